"""A browser's offer, read before aiortc sees it.

aiortc answers a bad offer with whatever its parser trips over. Here every reason to refuse has a sentence of its own,
and what passes can be answered: one audio section with Opus, ICE credentials, a DTLS fingerprint and rtcp-mux.
"""

from dataclasses import dataclass

from aiortc.sdp import MediaDescription, SessionDescription

LONGEST_OFFER = 65_536
"""characters; a browser's offer for one microphone has 2 to 4 thousand"""

DIGESTS = ("sha-256", "sha-384", "sha-512")
"""what aiortc can verify of ``a=fingerprint`` (:rfc:`8122#section-5`)"""

DYNAMIC = range(96, 128)
"""payload types that aiortc takes over from an offer (:rfc:`3551#section-6`); all browsers stay within"""

# What aiortc's SDP parser lets out when a line is not what it expects; found by feeding it damaged offers.
PARSER_FAILURES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, StopIteration)


class LegRefused(Exception):
    """The peer's fault: its offer cannot be answered. The message is a sentence for the one who made the offer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that can be answered."""

    sdp: str
    """SDP, without the candidates that only multicast DNS could resolve"""
    payload_type: int
    """of Opus in this session, 0-127"""
    listens: bool
    """the browser wants to hear us"""
    parameters: str = ""
    """what it says of Opus in its ``a=fmtp`` (:rfc:`7587#section-6.1`)"""


def read_offer(sdp: str) -> Offer:
    """Check an offer. Raises :class:`LegRefused`, never anything else."""
    if not sdp.strip():
        raise LegRefused("The offer is empty: an SDP text is expected.")
    if len(sdp) > LONGEST_OFFER:
        raise LegRefused(f"The offer has {len(sdp)} characters: at most {LONGEST_OFFER} are read.")
    text = without_names(sdp)
    try:
        session = SessionDescription.parse(text)
    except PARSER_FAILURES as error:
        raise LegRefused(f"The offer is not SDP as WebRTC has it ({describe(error)}).") from error
    media = only_audio(session.media)
    check_transport(media)
    payload_type, parameters = opus_of(media)
    direction = media.direction or "sendrecv"
    if direction == "inactive":
        raise LegRefused("The offer's audio is inactive: it neither sends nor receives.")
    return Offer(text, payload_type, direction in ("sendrecv", "recvonly"), parameters)


def without_names(sdp: str) -> str:
    """The offer without candidates named by multicast DNS (draft-ietf-mmusic-mdns-ice-candidates).

    Resolving them takes a multicast socket and up to a second, and gains nothing: our own candidates are addresses, so
    the browser's checks reach us and show its address (:rfc:`8445#section-7.3.1.3`).
    """
    lines = sdp.replace("\r\n", "\n").split("\n")
    return "\r\n".join(line for line in lines if not (line.startswith("a=candidate:") and ".local " in line))


def describe(error: Exception) -> str:
    """What the parser said, in one line."""
    return " ".join(str(error).split())[:120] or type(error).__name__


def only_audio(sections: list[MediaDescription]) -> MediaDescription:
    """The one audio section of the offer."""
    others = sorted({section.kind for section in sections if section.kind != "audio"})
    if others:
        raise LegRefused(f"The offer has a section for {', '.join(others)}: this phone takes audio only.")
    if len(sections) != 1:
        raise LegRefused(f"The offer has {len(sections)} audio sections: exactly 1 is expected.")
    return sections[0]


def check_transport(media: MediaDescription) -> None:
    """ICE, DTLS and multiplexed RTCP (:rfc:`8834#section-4.5`): without them no packet can flow."""
    if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
        raise LegRefused("The offer has no ICE credentials (a=ice-ufrag, a=ice-pwd).")
    if media.dtls is None or not media.dtls.fingerprints:
        raise LegRefused("The offer has no DTLS fingerprint (a=fingerprint, a=setup).")
    if media.dtls.role not in ("auto", "client", "server"):
        raise LegRefused("The offer has no DTLS role (a=setup).")
    if not any(fingerprint.algorithm.lower() in DIGESTS for fingerprint in media.dtls.fingerprints):
        raise LegRefused(f"The offer's DTLS fingerprint uses none of {', '.join(DIGESTS)}.")
    if not media.rtcp_mux:
        raise LegRefused("The offer does not multiplex RTCP with RTP (a=rtcp-mux).")
    if not media.rtp.muxId:
        raise LegRefused("The offer's audio has no identification (a=mid).")


def opus_of(media: MediaDescription) -> tuple[int, str]:
    """Payload type and parameters of Opus at 48 kHz (:rfc:`7587#section-7`: the clock rate is always 48000)."""
    for codec in media.rtp.codecs:
        if codec.mimeType.lower() == "audio/opus" and codec.clockRate == 48_000 and codec.payloadType is not None:
            if codec.payloadType not in DYNAMIC:
                raise LegRefused(f"The offer gives Opus the payload type {codec.payloadType}: 96 to 127 are expected.")
            return codec.payloadType, ";".join(f"{name}={value}" for name, value in codec.parameters.items())
    names = ", ".join(codec.mimeType.partition("/")[2] for codec in media.rtp.codecs) or "nothing named"
    raise LegRefused(f"The offer's audio has no Opus (it has {names}).")
