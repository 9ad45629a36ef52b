"""Who calls: From, P-Asserted-Identity (:rfc:`3325`) and Privacy (:rfc:`3323`)."""

import re
from dataclasses import dataclass

from sipmessage import URI, Headers

from gateway.sip.syntax.fields import entries, name_address, split_outside
from gateway.sip.syntax.uri import read_uri

ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
"""From of a caller who does not want to be known (:rfc:`3323#section-4.1.1.3`)"""

WITHHELD = frozenset({"id", "user", "header"})
"""Privacy values with which nothing of the caller is shown"""

_SEPARATORS = re.compile(r"[-.()]")
"""of a telephone number, without meaning (:rfc:`3966#section-5.1.1`)"""

_TELEPHONE = re.compile(r"\+?[0-9*#()\-.]+\Z")


@dataclass(frozen=True, slots=True)
class Identity:
    number: str = ""
    """user part or telephone number; empty when there is none"""
    name: str = ""
    """display name; empty when there is none"""


def caller_identity(headers: Headers, *, trusted: bool) -> Identity:
    """What the person called gets to see.

    :param trusted: whether the message came from somebody whose word about others is believed: a
        P-Asserted-Identity of anybody else is not looked at (:rfc:`3325#section-8`)
    """
    if WITHHELD & privacy(headers):
        return Identity()
    if trusted and (asserted := _asserted(headers)) is not None:
        return asserted
    return identity_in(headers.get("From", "") or "")


def privacy(headers: Headers) -> frozenset[str]:
    """The values of Privacy, in lower case."""
    return frozenset(
        value.lower() for line in headers.getlist("Privacy") for value in split_outside(line, ";") if value
    )


def identity_in(address: str) -> Identity:
    """Number and name in one address; nothing for the anonymous (:rfc:`3261#section-8.1.1.3`)."""
    read = name_address(address)
    if read is None:
        return Identity()
    uri = read_uri(read.uri)
    if uri is not None and uri.host.lower() == "anonymous.invalid":
        return Identity()
    return Identity(telephone_number(uri.user or "") if uri is not None else "", read.name)


def called_user(uri: URI) -> str:
    """Who a Request-URI calls: user part or telephone number; where it has neither, all of it."""
    if not uri.user:
        return str(uri)
    return telephone_number(uri.user) if uri.scheme == "tel" else uri.user


def telephone_number(user: str) -> str:
    """The user part; without separators, and without ``;phone-context=...``, when it is a telephone number."""
    number = user.partition(";")[0]
    return _SEPARATORS.sub("", number) if _TELEPHONE.match(number) else user


def asserted_by_us(address: str) -> dict[str, str]:
    """Headers of a request whose caller wants to stay unknown to the called: the network may know (`address`), and is
    asked to keep it to itself (:rfc:`3325#section-9.2`, :rfc:`3325#section-9.3`)."""
    return {"Privacy": "id", "P-Preferred-Identity": address}


def _asserted(headers: Headers) -> Identity | None:
    """There may be two: a SIP one, with the name, and a telephone number (:rfc:`3325#section-9.1`)."""
    found = entries(headers.getlist("P-Asserted-Identity"))[:2]
    if not found:
        return None
    identities = [identity_in(entry) for entry in found]
    telephones = [i for i, entry in zip(identities, found, strict=True) if _is_telephone(entry) and i.number]
    number = (telephones or identities)[0].number
    name = next((identity.name for identity in identities if identity.name), "")
    return Identity(number, name) if number or name else None


def _is_telephone(entry: str) -> bool:
    read = name_address(entry)
    return read is not None and read.uri.lower().startswith("tel:")
