"""Descriptions of a far end, written out by hand, and what both ends have for encryption and ICE in tests."""

from gateway.sdp.answer import answer_offer
from gateway.sdp.crypto import SUITES
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import DtlsParameters, IceParameters, LocalMedia, MasterKey, MediaSession
from gateway.sdp.media_description import MediaDescription

OURS = LocalMedia("192.0.2.1", 4000)
THEIRS = LocalMedia("203.0.113.9", 6000)


def an_offer(*lines: str, connection: str | None = "IN IP4 203.0.113.9") -> bytes:
    """Or an answer: its media lines, under a session of 203.0.113.9."""
    head = ["v=0", "o=- 1 1 IN IP4 203.0.113.9", "s=-"] + ([f"c={connection}"] if connection else []) + ["t=0 0"]
    return "".join(f"{line}\r\n" for line in head + list(lines)).encode()


def answered(offer: bytes, local: LocalMedia = OURS) -> tuple[SessionDescription, MediaSession]:
    answer, session = answer_offer(offer, local, 5, 1)
    return SessionDescription.parse(answer.decode()), session


def described(*media_lines: str) -> tuple[SessionDescription, MediaDescription]:
    """A description and its first media line."""
    session = SessionDescription.parse(an_offer(*media_lines).decode())
    return session, session.media[0]


def key(suite: str, fill: int) -> MasterKey:
    return MasterKey(suite, bytes([fill]) * SUITES[suite])


def keys(fill: int) -> tuple[MasterKey, ...]:
    return tuple(key(suite, fill) for suite in SUITES)


def dtls(fill: int, setup: str = "actpass") -> DtlsParameters:
    return DtlsParameters((("sha-256", ":".join([f"{fill:02X}"] * 32)),), setup)


def ice(local: LocalMedia, letter: str, *, lite: bool = False) -> IceParameters:
    candidate = f"1 1 udp 2130706431 {local.host} {local.port} typ host"
    return IceParameters(letter * 4, letter * 22, (candidate,), lite)
