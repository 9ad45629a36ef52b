"""SRTP and SRTCP (:rfc:`3711`, :rfc:`7714`) through libsrtp: datagrams in the clear in, protected ones out, and back.

Bytes of strangers never raise: what does not authenticate, or was there before, is counted and None. A key never
shows in a ``repr``, a log or an error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from pylibsrtp import Error, Policy, Session

REKEY_S: Final = 1.0
"""s for which packets under the key before are still taken once one under the new key came: they were overtaken"""

_REPLAYED: Final = frozenset(("replay check failed (bad index)", "replay check failed (index too old)"))
"""what libsrtp says of a packet that was there before, or may have been"""


@dataclass(frozen=True, slots=True)
class Suite:
    """One protection that both ends must agree on."""

    name: str
    """as in ``a=crypto`` (:rfc:`4568#section-6.2`, :rfc:`7714#section-14.2`)"""
    profile: int
    """libsrtp's number for it"""
    dtls: str
    """OpenSSL's name for its ``use_srtp`` profile (:rfc:`5764#section-4.1.2`)"""
    key: int
    """bytes of the master key"""
    salt: int
    """bytes of the master salt"""


_KNOWN: Final = (
    Suite("AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, "SRTP_AEAD_AES_256_GCM", 32, 12),
    Suite("AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, "SRTP_AEAD_AES_128_GCM", 16, 12),
    Suite("AES_CM_128_HMAC_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, "SRTP_AES128_CM_SHA1_80", 16, 14),
    Suite("AES_CM_128_HMAC_SHA1_32", Policy.SRTP_PROFILE_AES128_CM_SHA1_32, "SRTP_AES128_CM_SHA1_32", 16, 14),
)


class MasterKey(Protocol):
    """A key as SDP or DTLS agreed on it."""

    @property
    def suite(self) -> str:
        """Name of its :class:`Suite`."""
        ...

    @property
    def key_and_salt(self) -> bytes:
        """Master key, then master salt."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """A master key of ours, or one out of a DTLS handshake."""

    suite: str
    key_and_salt: bytes = field(repr=False)


def _works(suite: Suite) -> bool:
    """Whether this libsrtp has it: some are built without AES-GCM."""
    try:
        session = Session(Policy(bytes(suite.key + suite.salt), Policy.SSRC_ANY_OUTBOUND, 0, suite.profile))
        session.protect(b"\x80" + bytes(12))
    except Error:
        return False
    return True


SUITES: Final = {suite.name: suite for suite in _KNOWN if _works(suite)}
"""those that libsrtp has here, the strongest first"""

OFFERED: Final = tuple(
    name
    for name in ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM", "AEAD_AES_128_GCM")
    if name in SUITES
)
"""the order of an offer: that which every phone has first, for some look at the first ``a=crypto`` only"""


def new_key(suite: str, random_bytes: Callable[[int], bytes]) -> Key:
    """A fresh key. ``KeyError``: a suite that libsrtp does not have."""
    found = SUITES[suite]
    return Key(suite, random_bytes(found.key + found.salt))


class Srtp:
    """Both directions of one voice path: any number of sources each, one rollover counter for each source."""

    def __init__(self, send: MasterKey, receive: MasterKey) -> None:
        """``ValueError`` for a key that its suite cannot use, with a sentence."""
        self._send, self._receive = send, receive
        self._outbound = _session(send, Policy.SSRC_ANY_OUTBOUND)
        self._inbound = _session(receive, Policy.SSRC_ANY_INBOUND)
        self._before: Session | None = None
        self._forget_before_at: float | None = None
        self.replayed = 0
        """packets that were there before, or are too old to tell"""
        self.unauthentic = 0
        """packets that the far end did not protect, at least not with this key"""
        self.unsent = 0
        """packets of ours that could not be protected: too long"""

    @property
    def suite(self) -> str:
        """Name of what protects the packets we receive."""
        return self._receive.suite

    def rekey(self, send: MasterKey, receive: MasterKey) -> None:
        """Offer and answer agreed on these keys now; a key that stays keeps its rollover counters and its window
        (:rfc:`4568#section-7.1.4`). ``ValueError`` as above: nothing changes then."""
        outbound = None if _same(send, self._send) else _session(send, Policy.SSRC_ANY_OUTBOUND)
        inbound = None if _same(receive, self._receive) else _session(receive, Policy.SSRC_ANY_INBOUND)
        self._send, self._receive = send, receive
        if outbound is not None:
            self._outbound = outbound
        if inbound is not None:
            self._before, self._inbound, self._forget_before_at = self._inbound, inbound, None

    def protect_rtp(self, data: bytes) -> bytes | None:
        """The packet as it goes out; None where it cannot."""
        return self._protect(self._outbound.protect, data)

    def protect_rtcp(self, data: bytes) -> bytes | None:
        """The same for a compound of RTCP."""
        return self._protect(self._outbound.protect_rtcp, data)

    def unprotect_rtp(self, data: bytes, now: float) -> bytes | None:
        """The packet in the clear; None, and counted, where it is not authentic or was there before."""
        before = None if self._before is None else self._before.unprotect
        return self._unprotect(self._inbound.unprotect, before, data, now)

    def unprotect_rtcp(self, data: bytes, now: float) -> bytes | None:
        """The same for a compound of RTCP."""
        before = None if self._before is None else self._before.unprotect_rtcp
        return self._unprotect(self._inbound.unprotect_rtcp, before, data, now)

    def _protect(self, protect: Callable[[bytes], bytes], data: bytes) -> bytes | None:
        try:
            return protect(data)
        except (Error, ValueError):  # ValueError: longer than libsrtp's binding takes
            self.unsent += 1
            return None

    def _unprotect(
        self,
        unprotect: Callable[[bytes], bytes],
        before: Callable[[bytes], bytes] | None,
        data: bytes,
        now: float,
    ) -> bytes | None:
        try:
            clear = unprotect(data)
        except ValueError:
            self.unauthentic += 1
            return None
        except Error as error:
            if str(error) in _REPLAYED:
                self.replayed += 1
                return None
            return self._under_the_key_before(before, data, now)
        if self._before is not None and self._forget_before_at is None:
            self._forget_before_at = now + REKEY_S
        return clear

    def _under_the_key_before(
        self, unprotect: Callable[[bytes], bytes] | None, data: bytes, now: float
    ) -> bytes | None:
        if self._forget_before_at is not None and now >= self._forget_before_at:
            self._before, self._forget_before_at, unprotect = None, None, None
        if unprotect is not None:
            try:
                return unprotect(data)
            except Error as error:
                if str(error) in _REPLAYED:
                    self.replayed += 1
                    return None
        self.unauthentic += 1
        return None


def _session(key: MasterKey, direction: int) -> Session:
    suite = SUITES.get(key.suite)
    if suite is None:
        raise ValueError(f"SRTP suite {key.suite!r:.60} is not one of {', '.join(SUITES)}")
    if len(key.key_and_salt) != suite.key + suite.salt:
        raise ValueError(f"{key.suite} takes a key of {suite.key + suite.salt} bytes, not {len(key.key_and_salt)}")
    return Session(Policy(key.key_and_salt, direction, 0, suite.profile))


def _same(one: MasterKey, other: MasterKey) -> bool:
    return (one.suite, one.key_and_salt) == (other.suite, other.key_and_salt)
