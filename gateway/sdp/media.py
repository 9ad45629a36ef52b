"""Values that offer/answer speaks in: what we can do, and what was agreed.

Nothing of SDP's notation is in here, so that the voice path needs to know these values only.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    """Which way a stream flows, seen from the end that says it (:rfc:`3264#section-5.1`)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def reversed(self) -> "Direction":
        """The same stream, seen from its other end."""
        return direction(sends=self.receives, receives=self.sends)

    def limited_to(self, other: "Direction") -> "Direction":
        """What both allow."""
        return direction(sends=self.sends and other.sends, receives=self.receives and other.receives)


def direction(*, sends: bool, receives: bool) -> Direction:
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


@dataclass(frozen=True)
class Format:
    """One RTP payload format as one end declared it."""

    payload_type: int
    """0-127"""
    name: str
    """the encoding name as registered with IANA (``PCMU``); compare without case"""
    clock_rate: int
    """Hz, of the RTP timestamp (8000 for G.722, too)"""
    channels: int = 1
    """1 or more"""
    fmtp: str = ""
    """format specific parameters as they stood in ``a=fmtp``; empty when none were given"""


class Srtp(StrEnum):
    """The policy on encryption of one account or call."""

    OFF = "off"
    """plain RTP only; an offer of RTP/SAVP is refused"""
    OPTIONAL = "optional"
    """encrypted when the far end can do it, too (:rfc:`8643`), else plain"""
    MANDATORY = "mandatory"
    """encrypted or not at all"""


@dataclass(frozen=True)
class MasterKey:
    """What one end encrypts with, in one SDES crypto suite (:rfc:`4568#section-6.1`)."""

    suite: str
    """a key of ``crypto.SUITES``: ``AES_CM_128_HMAC_SHA1_80``, ..."""
    key_and_salt: bytes = field(repr=False)
    """master key and, right behind it, master salt: as long as the suite says"""


@dataclass(frozen=True)
class DtlsParameters:
    """How we shake hands by DTLS (:rfc:`5763`)."""

    fingerprints: tuple[tuple[str, str], ...]
    """hash function (``sha-256``) and digest (``AB:CD:...``) of our certificate"""
    setup: str = "actpass"
    """the role we offer: ``actpass``, ``active`` (we begin) or ``passive``"""


@dataclass(frozen=True)
class IceParameters:
    """Where we can be reached (:rfc:`8839#section-5`)."""

    ufrag: str
    """4-256 letters, digits, ``+`` and ``/``"""
    pwd: str = field(repr=False)
    """22-256 of the same"""
    candidates: tuple[str, ...] = ()
    """values of ``a=candidate``; one of them is the host and port of :class:`LocalMedia`"""
    lite: bool = False


@dataclass(frozen=True)
class LocalMedia:
    """What this end can do for one call."""

    host: str
    """IP address to receive at, 4 or 6, without brackets; any other text: not known yet, of any kind"""
    port: int
    """UDP port of RTP, 1-65534; RTCP is ``port + 1``"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """encoding names, the dearest first; the known ones are in ``formats.CODECS``"""
    telephone_event: bool = True
    """whether digits go as :rfc:`4733` events"""
    comfort_noise: bool = False
    """whether silence may be described instead of sent (:rfc:`3389`)"""
    codec_order: str = "theirs"
    """``theirs``: of an offer we take the first codec we have; ``ours``: of our codecs the first that is offered"""
    opus: str = "useinbandfec=1"
    """what our ``a=fmtp`` says of Opus (:rfc:`7587#section-6.1`): what we receive best"""
    direction: str = Direction.SENDRECV
    """one of :class:`Direction`: what we want; less is agreed when the far end wants less"""
    srtp: Srtp = Srtp.OFF
    keys: tuple[MasterKey, ...] = ()
    """what we send with, one for each SDES suite we can do, the dearest first; none: no SDES"""
    dtls: DtlsParameters | None = None
    """None: no DTLS-SRTP"""
    ice: IceParameters | None = None
    """None: no ICE"""
    rtcp_mux: bool = False
    """whether RTCP may share the port of RTP (:rfc:`5761`)"""
    xr: bool = False
    """whether we take VoIP metrics reports (:rfc:`3611#section-4.7`)"""
    ptime_ms: int = 20
    """packet time we ask for"""


@dataclass(frozen=True)
class SdesSession:
    """The keys of both directions were said in the descriptions (:rfc:`4568`)."""

    send: MasterKey
    receive: MasterKey


@dataclass(frozen=True)
class DtlsSession:
    """The keys come from a DTLS handshake on the path of the voice (:rfc:`5764`)."""

    role: str
    """ours: ``client`` (we begin) or ``server``"""
    fingerprints: tuple[tuple[str, str], ...]
    """hash function in lower case and digest in capitals; their certificate has to have all of these"""
    tls_id: str = ""
    """of the far end; another one than before means another handshake (:rfc:`8842#section-5`)"""

    def same(self, fingerprints: tuple[tuple[str, str], ...], tls_id: str) -> bool:
        """Whether the far end means this association still (:rfc:`8842#section-4`)."""
        return (self.fingerprints, self.tls_id) == (fingerprints, tls_id)


@dataclass(frozen=True)
class IceSession:
    """Where the far end can be reached. Another `ufrag` or `pwd` than before means that ICE begins anew
    (:rfc:`8839#section-4.4.1.1.1`)."""

    ufrag: str
    pwd: str = field(repr=False)
    candidates: tuple[str, ...]
    """values of their ``a=candidate``"""
    lite: bool
    """they only answer checks"""
    controlling: bool
    """whether we choose the pair (:rfc:`8445#section-6.1.1`)"""
    local_ufrag: str = ""
    """ours, as our description of this session says them"""
    local_pwd: str = field(default="", repr=False)
    renewed: bool = False
    """they are others than :class:`IceParameters` has, for the far end began anew"""


@dataclass(frozen=True)
class MediaSession:
    """What one offer and its answer agreed on for the one voice stream."""

    remote: tuple[str, int]
    """address and port to send RTP to; the address is ``0.0.0.0`` or ``::`` in an old-style hold"""
    remote_rtcp: tuple[str, int]
    """address and port to send RTCP to; the same as `remote` with `rtcp_mux`"""
    send: Format
    """the voice format to send, with the payload type the far end wants"""
    receive: tuple[Format, ...]
    """voice formats that may arrive, with our payload types, the likeliest first"""
    telephone_event: Format | None
    """how to send digits, at the clock rate of ``send`` or at 8000; None when the far end takes none"""
    direction: str
    """one of :class:`Direction`, seen from us: ``recvonly`` means that we must not send"""
    ptime_ms: int = 20
    """packet time the far end asked for, within its ``maxptime``; 20 when it said nothing"""
    receive_events: tuple[Format, ...] = ()
    """telephone-event formats that may arrive, with our payload types"""
    comfort: Format | None = None
    """how to describe silence (:rfc:`3389`), at the clock rate of ``send``; None unless both ends have it"""
    receive_comfort: tuple[Format, ...] = ()
    """comfort noise formats that may arrive, with our payload types"""
    events: frozenset[int] = frozenset(range(16))
    """the event codes that the far end takes (:rfc:`4733#section-3.2`)"""
    security: SdesSession | DtlsSession | None = None
    """None: plain RTP"""
    ice: IceSession | None = None
    """None: to `remote`, as the descriptions say"""
    rtcp_mux: bool = False
    xr: bool = False
    """whether the far end takes VoIP metrics reports"""
    reports: bool = True
    """False: the far end asked for no RTCP at all (:rfc:`3556#section-2`)"""
