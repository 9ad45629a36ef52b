"""What descriptions say of ICE (:rfc:`8839`): credentials, candidates, and whether both ends can do it.

Nothing here checks a path: the leg does. An end without ICE, or whose ``c=`` and ``m=`` are none of its candidates
(an application gateway in between changed them), is spoken to as if ICE did not exist (:rfc:`8839#section-4.2.5`).
"""

import base64
import hmac
import re
from dataclasses import dataclass, replace

from gateway.host import is_host, read_address
from gateway.sdp.attribute import Attribute, SdpError, is_number, values
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import IceParameters, IceSession
from gateway.sdp.media_description import MediaDescription

MISMATCH = Attribute("ice-mismatch")
"""of an answer to an offer whose default destination is none of its candidates"""

_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}\Z", re.ASCII)
_PWD = re.compile(r"[A-Za-z0-9+/]{22,256}\Z", re.ASCII)
_FOUNDATION = re.compile(r"[A-Za-z0-9+/]{1,32}\Z", re.ASCII)


@dataclass(frozen=True)
class Candidate:
    """``a=candidate`` (:rfc:`8839#section-5.1`), as far as offer and answer look at it."""

    component: int
    """1 for RTP, 2 for RTCP"""
    transport: str
    """``udp``, ``tcp``, in lower case"""
    host: str
    """an address, or a name (``.local`` of a browser)"""
    port: int
    """0-65535"""

    @classmethod
    def parse(cls, text: str) -> "Candidate":
        """:raises SdpError: for what is no candidate"""
        fields = text.split()
        if len(fields) < 8 or fields[6] != "typ" or not _FOUNDATION.match(fields[0]):
            raise SdpError(
                f"SDP candidate is not 'foundation component transport priority address port typ type': {text[:80]!r}"
            )
        component, priority, port = fields[1], fields[3], fields[5]
        if not (is_number(component, 5) and 1 <= int(component) <= 256 and is_number(priority, 10)):
            raise SdpError(f"SDP candidate has a component or priority out of range: {text[:80]!r}")
        if not (is_number(port, 5) and int(port) < 65536 and is_host(fields[4])):
            raise SdpError(f"SDP candidate has no address and port: {text[:80]!r}")
        return cls(int(component), fields[2].lower(), fields[4], int(port))


@dataclass(frozen=True)
class FarIce:
    """What the far end said of ICE for one stream."""

    ufrag: str
    pwd: str
    candidates: tuple[str, ...]
    lite: bool
    mismatch: bool
    """its default destination is none of its candidates"""


def read_ice(theirs: SessionDescription, media: MediaDescription) -> FarIce | None:
    """None for an end without ICE, or that found a mismatch in what we said (``a=ice-mismatch``)."""
    ufrag, pwd = theirs.first_of(media, "ice-ufrag"), theirs.first_of(media, "ice-pwd")
    if ufrag is None or pwd is None or not _UFRAG.match(ufrag) or not _PWD.match(pwd):
        return None
    if media.first("ice-mismatch") is not None:
        return None
    legible = {text: candidate for text in media.values("candidate") if (candidate := _candidate(text)) is not None}
    trickles = "trickle" in " ".join(theirs.values_of(media, "ice-options")).split()
    complete = not trickles or bool(theirs.values_of(media, "end-of-candidates"))
    return FarIce(
        ufrag,
        pwd,
        tuple(legible),
        bool(values(theirs.attributes, "ice-lite")),
        not _default_is_known(theirs, media, list(legible.values()), complete),
    )


def _candidate(text: str) -> Candidate | None:
    """One that cannot be read is passed over (:rfc:`8839#section-5.1`)."""
    try:
        return Candidate.parse(text)
    except SdpError:
        return None


def _default_is_known(
    theirs: SessionDescription, media: MediaDescription, candidates: list[Candidate], complete: bool
) -> bool:
    """Whether ``c=`` and ``m=`` are a candidate. A name cannot be compared, and an end that trickles says
    ``0.0.0.0`` and port 9 as long as it knows none (:rfc:`8840#section-4.1`)."""
    connection = theirs.connection_of(media)
    if connection is None:
        return False
    if connection.named or (connection.unspecified and media.port == 9):
        return bool(candidates) or not complete
    default = (read_address(connection.host), media.port)
    return any((read_address(c.host), c.port) == default for c in candidates if c.component == 1)


def agree_ice(
    far: FarIce | None, ours: IceParameters | None, before: IceSession | None, *, we_offered: bool
) -> IceSession | None:
    """None: without ICE. Who chooses stays for the whole session, unless an end becomes lite or full
    (:rfc:`8445#section-6.1.1`). Where the far end begins anew, so do we (:rfc:`8445#section-9`)."""
    if far is None or ours is None or far.mismatch:
        return None
    if far.lite != ours.lite:
        controlling = far.lite
    elif before is not None and before.lite == far.lite:
        controlling = before.controlling
    else:
        controlling = we_offered
    local, renewed = standing(ours, before), before is not None and before.renewed
    if before is not None and not we_offered and (far.ufrag, far.pwd) != (before.ufrag, before.pwd):
        local, renewed = _renew(ours, far.ufrag, far.pwd), True
    return IceSession(
        far.ufrag,
        far.pwd,
        far.candidates,
        far.lite,
        controlling,
        local_ufrag=local.ufrag,
        local_pwd=local.pwd,
        renewed=renewed,
    )


def standing(ours: IceParameters, before: IceSession | None) -> IceParameters:
    """With the credentials that hold in this call as long as nobody begins anew."""
    return _renew(ours, before.ufrag, before.pwd) if before is not None and before.renewed else ours


def _renew(ours: IceParameters, ufrag: str, pwd: str) -> IceParameters:
    """Other credentials for each restart of the far end, whose new ones these are; as hard to guess as those of the
    leg, which they are made of, for nothing here throws dice."""
    made = base64.b64encode(hmac.digest(ours.pwd.encode(), f"{ufrag}:{pwd}".encode(), "sha256")).decode()
    return replace(ours, ufrag=made[:8], pwd=made[8:40])


def ice_attributes(ice: IceParameters) -> tuple[Attribute, ...]:
    """Those of our media line."""
    attributes = [Attribute("ice-ufrag", ice.ufrag), Attribute("ice-pwd", ice.pwd)]
    attributes += [Attribute("candidate", value) for value in ice.candidates]
    return tuple(attributes)
