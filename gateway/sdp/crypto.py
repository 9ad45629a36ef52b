"""Keys said in the description: ``a=crypto``, or SDES (:rfc:`4568`, :rfc:`7714`).

What is written here is readable by whoever reads the description, so no sentence of this module has a key in it.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.media import MasterKey, SdesSession

SUITES = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""bytes of master key and salt of each suite we can do (:rfc:`4568#section-6.2`, :rfc:`7714`)"""

LONGEST_LIFETIME = 2**48
"""packets (:rfc:`3711#section-9.2`)"""

_TAG = re.compile(r"(0|[1-9][0-9]{0,8})\Z", re.ASCII)
_LIFETIME = re.compile(r"(2\^)?([1-9][0-9]{0,14})\Z", re.ASCII)
_MKI = re.compile(r"[0-9]+:[1-9][0-9]{0,2}\Z", re.ASCII)


@dataclass(frozen=True)
class Inline:
    """``inline:key||salt|lifetime|MKI:length`` (:rfc:`4568#section-6.1`)."""

    key_and_salt: bytes = field(repr=False)
    lifetime: str = ""
    """``2^20`` or a number of packets; empty: the longest the suite allows"""
    mki: str = ""
    """``value:length``; empty: none"""

    @classmethod
    def parse(cls, text: str, tag: str) -> "Inline":
        method, colon, rest = text.partition(":")
        if method.lower() != "inline" or not colon:
            raise SdpError(f"SDP crypto {tag} has a key that is not 'inline:...'")
        encoded, *more = rest.split("|")
        try:
            key_and_salt = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise SdpError(f"SDP crypto {tag} has a key that is not base64") from None
        lifetime = more.pop(0) if more and ":" not in more[0] else ""
        mki = more.pop(0) if more else ""
        if more or (lifetime and not _is_lifetime(lifetime)) or (mki and not _MKI.match(mki)):
            raise SdpError(f"SDP crypto {tag} is not 'inline:key|lifetime|MKI:length', with a lifetime up to 2^48")
        return cls(key_and_salt, lifetime, mki)

    def __str__(self) -> str:
        return "|".join(
            filter(None, [f"inline:{base64.b64encode(self.key_and_salt).decode()}", self.lifetime, self.mki])
        )


def _is_lifetime(text: str) -> bool:
    match = _LIFETIME.match(text)
    if match is None:
        return False
    number = int(match[2])
    return number <= 48 if match[1] else number <= LONGEST_LIFETIME


@dataclass(frozen=True)
class Crypto:
    """One ``a=crypto`` line: a suite that is offered or taken, and the key its writer sends with."""

    tag: str
    """1 to 9 digits; the answer repeats that of the line it takes"""
    suite: str
    keys: tuple[Inline, ...]
    parameters: tuple[str, ...] = ()
    """session parameters (:rfc:`4568#section-6.3`)"""

    @classmethod
    def parse(cls, text: str) -> "Crypto":
        """:raises SdpError: for what has no tag or no key"""
        fields = text.split()
        if not fields or not _TAG.match(fields[0]):
            raise SdpError("SDP crypto does not begin with a tag of 1 to 9 digits")
        tag = fields[0]
        if len(fields) < 3:
            raise SdpError(f"SDP crypto {tag} is not 'tag suite key'")
        keys = tuple(Inline.parse(text, tag) for text in fields[2].split(";"))
        return cls(tag, fields[1], keys, tuple(fields[3:]))

    def __str__(self) -> str:
        return " ".join([self.tag, self.suite, ";".join(map(str, self.keys)), *self.parameters])

    @property
    def master_key(self) -> MasterKey:
        """:raises SdpError: when we cannot do what this line asks for

        A master key identifier, and with it several keys, is not taken: libsrtp as we have it keeps one key for a
        stream, and every phone that offers an MKI offers the same suite without. Session parameters that change
        what goes over the wire are refused, as are those nobody here knows; one with ``-`` before it may be passed
        over, and a window size is a hint to the receiver.
        """
        length = SUITES.get(self.suite)
        if length is None:
            raise SdpError(f"SDP crypto {self.tag} has a suite we do not know: {self.suite[:40]}")
        if len(self.keys) != 1 or self.keys[0].mki:
            raise SdpError(f"SDP crypto {self.tag} has a master key identifier, which we cannot do")
        if len(self.keys[0].key_and_salt) != length:
            found = len(self.keys[0].key_and_salt)
            raise SdpError(f"SDP crypto {self.tag} has a key of {found} bytes, {self.suite} needs {length}")
        for parameter in self.parameters:
            if not parameter.startswith(("-", "WSH=")):
                raise SdpError(f"SDP crypto {self.tag} has a session parameter we cannot meet: {parameter[:40]}")
        return MasterKey(self.suite, self.keys[0].key_and_salt)


def offered_crypto(keys: Sequence[MasterKey]) -> tuple[Attribute, ...]:
    """A line for each, numbered from 1."""
    return tuple(_attribute(str(i), k) for i, k in enumerate(keys, 1))


def _attribute(tag: str, key: MasterKey) -> Attribute:
    return Attribute("crypto", str(Crypto(tag, key.suite, (Inline(key.key_and_salt),))))


def choose_crypto(offered: Sequence[str], ours: Iterable[MasterKey]) -> tuple[SdesSession, Attribute]:
    """The first offered line that we can do, and our line in the answer (:rfc:`4568#section-5.1.2`).

    :raises SdpError: for none, saying what is wrong with the first
    """
    mine = {key.suite: key for key in ours}
    tags = Counter(tag for text in offered for tag in text.split(maxsplit=1)[:1])
    faults = []
    for text in offered:
        try:
            line = Crypto.parse(text)
            theirs = line.master_key
            if tags[line.tag] > 1:
                raise SdpError(f"SDP crypto {line.tag} is there more than once")
            if line.suite not in mine:
                raise SdpError(f"SDP crypto {line.tag} has a suite we do not take here: {line.suite}")
        except SdpError as fault:
            faults.append(fault)
        else:
            key = mine[line.suite]
            return SdesSession(key, theirs), _attribute(line.tag, key)
    raise faults[0] if faults else SdpError("SDP has no crypto line")


def read_crypto(answered: Sequence[str], offered: Sequence[str]) -> SdesSession:
    """What an answer took of what we offered (:rfc:`4568#section-5.1.3`). :raises SdpError: when that is nothing"""
    if len(answered) != 1:
        raise SdpError(f"SDP answer has {len(answered) or 'no'} crypto lines, one is needed")
    taken = Crypto.parse(answered[0])
    line = next((line for line in map(Crypto.parse, offered) if line.tag == taken.tag), None)
    if line is None:
        raise SdpError(f"SDP crypto {taken.tag} answers none that was offered")
    if line.suite != taken.suite:
        raise SdpError(f"SDP crypto {taken.tag} answers {line.suite} with {taken.suite[:40]}")
    return SdesSession(line.master_key, taken.master_key)
