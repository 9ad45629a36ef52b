"""What a configuration file may hold: its sections, their keys, what each means and where it stands by itself.

docs/configuration.md shows this as tables; the tests keep the two alike.
"""

import difflib
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    create_model,
    field_validator,
)

from gateway.codecs import OFFERED, PREFERRED, OpusSettings
from gateway.sip.settings import Limits


def split_address(address: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPv6]:PORT`` -> host, port. :raises ValueError: when it is neither."""
    host, _, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or (":" in host and not bracketed) or not port.isdecimal() or int(port) > 65_535:
        raise ValueError("HOST:PORT with a port of 0 to 65535")
    return host.strip("[]"), int(port)


def _checked_address(address: str) -> str:
    split_address(address)
    return address


def _matching(pattern: str, expected: str) -> AfterValidator:
    """A text of one form, said in words when it is another."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(expected)
        return text

    return AfterValidator(check)


Address = Annotated[str, AfterValidator(_checked_address)]
PhoneName = Annotated[str, _matching(r"[a-z0-9][a-z0-9-]{0,31}", "1 to 32 of a-z 0-9 -, beginning with a-z 0-9")]
MarketCode = Annotated[str, _matching(r"[A-Z]{2}", "two capital letters, as in FR")]
Language = Annotated[str, _matching(r"([a-z]{2})?", "two small letters, as in fr, or nothing")]
SipAddress = Annotated[str, _matching(r"(sips?:[^@\s]+@\S+)?", "a SIP address like sip:user@host, or nothing")]
SipServer = Annotated[str, _matching(r"(sips?:[^@\s]+)?", "a SIP server like sip:host:5060, or nothing")]
Instance = Annotated[
    str,
    _matching(
        r"(urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?", "urn:uuid: and a UUID in small letters, or nothing"
    ),
]
SubscriberName = Annotated[str, _matching(r"[A-Za-z0-9._+*#-]+", "a name or number of A-Z a-z 0-9 . _ + * # -")]
Port = Annotated[int, Field(ge=1, le=65_535)]


def _not_empty(path: object) -> object:
    """To pathlib nothing is the folder that the process happens to be started in."""
    if path == "":
        raise ValueError("a path, in quotes")
    return path


GivenPath = Annotated[Path, BeforeValidator(_not_empty)]


def _codec(name: str) -> str:
    """As it is known, however it was written."""
    known = {each.upper(): each for each in OFFERED} | {"L16/16000": "L16"}
    if name.upper() in known:
        return known[name.upper()]
    near = difflib.get_close_matches(name.upper(), known, 1, 0.5)
    hint = f"; did you mean {known[near[0]]!r}?" if near else ""
    raise ValueError(f"one of {', '.join(OFFERED)}{hint}")


Codec = Annotated[str, AfterValidator(_codec)]


def _some(codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
    if not codecs or len(set(codecs)) < len(codecs):
        raise ValueError("at least one codec, each once")
    return codecs


Codecs = Annotated[tuple[Codec, ...], AfterValidator(_some)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _of_its_kind(cls, value: object, info: ValidationInfo) -> object:
        """Nothing is made of something else: neither "yes" nor 1 is a boolean, and neither "3" nor true is a number."""
        kind = cls.model_fields[str(info.field_name)].annotation
        if kind is bool and not isinstance(value, bool):
            raise ValueError("true or false")
        if kind in (int, float) and isinstance(value, bool | str):
            raise ValueError("a valid integer" if kind is int else "a valid number")
        return value


class ProximitySection(Section):
    near_cm: float = Field(4.0, ge=0, le=100)
    """the earpiece is quiet when it is at most so far from the ear, cm, ..."""
    near_ms: int = Field(100, ge=0, le=10_000)
    """... for so long, milliseconds"""
    far_cm: float = Field(8.0, ge=0, le=100)
    """its loudspeaker comes on when it is at least so far, cm, ..."""
    far_ms: int = Field(250, ge=0, le=10_000)
    """... for so long, milliseconds"""


class GainSection(Section):
    """What each voice is turned up by before it is mixed."""

    far_db: float = Field(0.0, ge=-40, le=20)
    """the far end's, dB"""
    handset_db: float = Field(0.0, ge=-40, le=20)
    """that of the handset's microphone, dB"""
    earpiece_db: float = Field(0.0, ge=-40, le=20)
    """that of the earpiece's microphone, dB; 6 more while its loudspeaker is on"""


class PhoneSection(Section):
    name: PhoneName = "neoretro"
    """in addresses, logs and the API"""
    market: MarketCode = "FR"
    """tones, cadences, digit map and language: FR, DE, ES, US or CA"""
    language: Language = ""
    """of the display; the market's first when empty"""
    dial: Literal["touch", "rotary"] = "touch"
    """kind of dial: rotary turns, with pulses"""
    room: Literal["apart", "same"] = "apart"
    """same: handset and earpiece are in one room and hear each other through the air"""
    echo: Literal["cancel", "duck", "off"] = "cancel"
    """of the loudspeaker: cancelled, where the extra `echo` is installed, and ducked; only ducked; left to browsers"""
    allow_emergency_calls: bool = False
    """unless true, emergency numbers are refused and nothing is sent"""
    extensions: tuple[str, ...] = ()
    """digit map rules of a private exchange, ``2xxx``: complete at once"""
    call_waiting: bool = True
    """whether a second call may wait while one talks; else its caller finds the line busy"""
    unlisted_numbers: Literal["send", "refuse"] = "send"
    """what happens to numbers that the market does not know"""
    proximity: ProximitySection = ProximitySection()
    """when the earpiece's loudspeaker comes on and goes off"""
    gain: GainSection = GainSection()
    """how loud each voice is mixed"""


def _limits() -> type[Section]:
    """The keys of [line.limits] are the fields of :class:`~gateway.sip.settings.Limits`, so that none is forgotten."""
    keys: dict[str, Any] = {f.name: (Annotated[type(f.default), Field(ge=1)], f.default) for f in fields(Limits)}
    return create_model("LimitsSection", __base__=Section, **keys)


if TYPE_CHECKING:

    class LimitsSection(Section):
        """Whose keys only pydantic knows."""

else:
    LimitsSection = _limits()


class OpusSection(Section):
    bitrate: int = Field(OpusSettings.bitrate, ge=6_000, le=510_000)
    """bit/s that the far end is sent at most; less where it wants less"""
    browser_bitrate: int = Field(80_000, ge=6_000, le=510_000)
    """the same for browsers; below 76000 each costs three times the CPU, for the same quality"""
    complexity: int = Field(OpusSettings.complexity, ge=0, le=10)
    """how hard the encoder tries, from cheap to thorough; beyond 5 wideband speech gains nothing"""
    browser_complexity: int = Field(0, ge=0, le=10)
    """the same for browsers: with their bitrate it gains nothing at all"""
    fec: bool = OpusSettings.fec
    """whether packets carry a coarse copy of the one before them, where the far end makes use of it"""
    expected_loss: int = Field(OpusSettings.expected_loss, ge=0, le=100)
    """percent of the packets that are taken for lost until the far end reports: decides how many bits the copies get;
    with 0 there are none before it does"""
    dtx: bool = OpusSettings.dtx
    """whether silence is left out of what is sent, but for a packet every 400 ms"""


class LineSection(Section):
    bind: Address = "0.0.0.0:5060"
    """address of SIP over UDP and TCP; port 0 takes a free one"""
    tls_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """where others connect to us by TLS, if there is a certificate; 0: the port after that of `bind`"""
    advertise: str = ""
    """host that others reach us at, behind NAT or in a container; found out when empty"""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    """towards registrar and outbound proxy, or without them whoever is called, where their own address names none"""
    registrar: SipServer = ""
    """registrar, like sip:host:5060; empty for direct calls only"""
    backup_registrars: tuple[SipServer, ...] = ()
    """tried in turn when the registrar is silent, unreachable or overloaded"""
    outbound_proxy: SipServer = ""
    """proxy, like sip:host:5060, that every request passes first"""
    address: SipAddress = ""
    """our address of record; sip:USER@REGISTRAR-HOST, or sips: where the registrar is so, when empty"""
    user: str = "phone"
    """whom to authenticate as, and who we are where `address` is empty"""
    password: str = Field("", repr=False)
    """better in NEORETRO_LINE_PASSWORD; it never leaves the phone, only digests of it do"""
    realms: tuple[str, ...] = ()
    """the only realms whose challenges are answered, whoever asks; when empty: any realm, but only on the way to our
    registrar or outbound proxy"""
    instance: Instance = ""
    """urn:uuid:... of this device at its registrar (RFC 5626); made from address and machine when empty"""
    keep_alive_s: float = Field(0.0, ge=0, le=3600)
    """longest time between two signs of life to the registrar, seconds, where it names none; 0: 29 over UDP, 120 over
    TCP and TLS, and only where an address translation is in the way"""
    display_name: str = ""
    """name that the called may be shown"""
    expires_s: int = Field(300, ge=10, le=86_400)
    """how long a registration shall last, seconds; the registrar may decide otherwise"""
    ca_file: GivenPath | None = None
    """PEM certificates of those we trust for TLS; the system's when not given"""
    certificate: GivenPath | None = None
    """PEM certificate of our own, with its chain: without one nobody can connect to us by TLS, only we to others"""
    key: GivenPath | None = None
    """PEM private key of that certificate, without a passphrase; in the same file when not given"""
    verify_clients: bool = False
    """whether who connects to us by TLS must show a certificate that we trust"""
    nameservers: tuple[str, ...] = ()
    """whom to ask for hosts and services, HOST or HOST:PORT; the system's when empty"""
    codecs: Codecs = PREFERRED
    """of opus, G722, PCMU, PCMA, L16 and L16/8000, the best first"""
    codec_order: Literal["theirs", "ours"] = "theirs"
    """which codec of an offer is taken: the first that we have, or the best of ours that is in it"""
    silence_suppression: bool = False
    """whether silence is described (comfort noise, RFC 3389; Opus: DTX) to a far end that takes that, not sent"""
    opus: OpusSection = OpusSection()
    """how Opus is encoded, for the line and for browsers: the table below"""
    srtp: Literal["off", "optional", "mandatory"] = "off"
    """whether voice is encrypted: never, where the far end can, or always"""
    dtls: bool = False
    """whether the keys come from a DTLS handshake (RFC 5763), not from the SDP (RFC 4568)"""
    ice: bool = False
    """whether we and a far end that does so, too, look for the addresses that work (RFC 8445)"""
    rtcp_mux: bool = False
    """whether RTCP may share the port of RTP (RFC 5761)"""
    xr: bool = False
    """whether VoIP metrics are told in RTCP (RFC 3611)"""
    session_timer_s: int = Field(1800, ge=0, le=86_400)
    """how often a call must be refreshed (RFC 4028), seconds; 0 for no session timers"""
    min_se_s: int = Field(90, ge=90, le=86_400)
    """the shortest such interval that we accept, seconds"""
    refresher: Literal["", "uac", "uas"] = ""
    """who refreshes, uac (who called) or uas; as the far end wants it when empty"""
    reliable: Literal["off", "supported", "required"] = "supported"
    """whether ringing and early voice are acknowledged (100rel, RFC 3262)"""
    digits: Literal["voice", "info"] = "voice"
    """how digits go to a far end that takes no events (RFC 4733): as tones in the voice, or in SIP (INFO)"""
    voicemail: bool = False
    """whether the registrar is asked to tell of voicemail (RFC 3842); what it tells unasked is always taken"""
    refer: Literal["accept", "refuse"] = "accept"
    """whether the far end may transfer us to somebody else"""
    redirects: int = Field(5, ge=0, le=50)
    """how many addresses of a redirection one call tries at most; 0 follows none"""
    rtp_ports: tuple[Port, Port] = (16_384, 32_766)
    """first and last port for voice; even ports carry RTP, the next one RTCP"""
    silence_s: float = Field(60.0, ge=0, le=86_400)
    """a call whose far end sends nothing for so long, though it should, is ended, seconds; 0 for never"""
    limits: LimitsSection = LimitsSection()
    """above these strangers are turned away and the calls in progress do not notice: the table below"""


class LocalLegSection(Section):
    """A voice path without a browser."""

    play: GivenPath | None = None
    """WAV that is the microphone, from the moment a call stands"""
    record: GivenPath | None = None
    """WAV of what the ear hears, from the same moment"""
    record_rate: Literal[8000, 16000, 48000] = 16_000
    """of that WAV, Hz"""


class WebSection(Section):
    bind: Address = "127.0.0.1:8080"
    """address of the pages and the API"""
    token: str = Field("", repr=False)
    """asked of every client unless bound to loopback; made up and printed when empty"""


class RecordingsSection(Section):
    folder: GivenPath | None = None
    """where calls are recorded to when the API asks for it; when not given they cannot be"""


class SubscriberSection(Section):
    name: SubscriberName
    """of the subscriber, who may also be called by it"""
    password: str = Field(repr=False, min_length=1)
    """at least one character"""
    numbers: tuple[SubscriberName, ...] = ()
    """what else reaches this subscriber"""


class ExchangeSection(Section):
    bind: Address = "127.0.0.1:5060"
    """address of the embedded registrar and proxy, UDP and TCP"""
    realm: str = Field("neoretro", min_length=1)
    """in whose name it asks for passwords"""
    subscribers: tuple[SubscriberSection, ...] = ()
    """who may register there: a table each"""


class Config(Section):
    phone: PhoneSection = PhoneSection()
    line: LineSection = LineSection()
    handset: LocalLegSection = LocalLegSection()
    earpiece: LocalLegSection = LocalLegSection()
    web: WebSection = WebSection()
    recordings: RecordingsSection = RecordingsSection()
    exchange: ExchangeSection = ExchangeSection()
