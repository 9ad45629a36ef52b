"""The configuration: one TOML file, strictly read. Secrets may come from the environment instead.

Every fault is one sentence that names the file, the key, what was found and what was expected.
"""

import difflib
import os
import re
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from softphone.market import Market

MARKET_FOLDERS = (Path(__file__).parent / "markets", Path(__file__).parent.parent / "configs" / "markets")
"""Where the profiles travel in a wheel, and where they stand in a checkout."""

SECRETS = {"NEORETRO_LINE_PASSWORD": ("line", "password"), "NEORETRO_WEB_TOKEN": ("web", "token")}
"""Environment variable -> the key it fills; the file's own value gives way to it."""


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
SipAddress = Annotated[str, _matching(r"(sip:[^@\s]+@\S+)?", "a SIP address like sip:user@host, or nothing")]
SipServer = Annotated[str, _matching(r"(sip:[^@\s]+)?", "a SIP server like sip:host:5060, or nothing")]
SubscriberName = Annotated[str, _matching(r"[A-Za-z0-9._+*#-]+", "a name or number of A-Z a-z 0-9 . _ + * # -")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Codec = Literal["PCMU", "PCMA"]


class ConfigFault(ValueError):
    """The configuration is not good; the text says where and why."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ProximitySection(Section):
    near_cm: float = Field(4.0, ge=0, le=100)
    near_ms: int = Field(100, ge=0, le=10_000)
    far_cm: float = Field(8.0, ge=0, le=100)
    far_ms: int = Field(250, ge=0, le=10_000)


class PhoneSection(Section):
    name: PhoneName = "neoretro"
    market: MarketCode = "FR"
    language: Language = ""
    """of the display; the market's first when empty"""
    dial: Literal["touch", "rotary"] = "touch"
    room: Literal["apart", "same"] = "apart"
    allow_emergency_calls: bool = False
    extensions: tuple[str, ...] = ()
    """digit map rules of a private exchange, ``2xxx``: complete at once"""
    unlisted_numbers: Literal["send", "refuse"] = "send"
    """what happens to numbers that the market does not know"""
    proximity: ProximitySection = ProximitySection()


class LineSection(Section):
    bind: Address = "0.0.0.0:5060"
    """UDP and TCP; port 0 takes a free one"""
    advertise: str = ""
    """host that others reach us at; found out when empty"""
    transport: Literal["udp", "tcp"] = "udp"
    """towards the registrar"""
    registrar: SipServer = ""
    """``sip:host:port``; empty for direct calls only"""
    address: SipAddress = ""
    """our address of record; ``sip:USER@REGISTRAR-HOST`` when empty"""
    user: str = "phone"
    password: str = Field("", repr=False)
    display_name: str = ""
    expires_s: int = Field(300, ge=10, le=86_400)
    codecs: tuple[Codec, ...] = Field(("PCMU", "PCMA"), min_length=1)
    rtp_ports: tuple[Port, Port] = (16_384, 32_766)
    """first and last port for voice; even ports carry RTP, the next one RTCP"""
    silence_s: float = Field(60.0, ge=0, le=86_400)
    """a call whose far end sends nothing for so long, though it should, is ended; 0 for never"""


class LocalLegSection(Section):
    """A voice path without a browser."""

    play: Path | None = None
    """WAV that is the microphone, from the moment a call stands"""
    record: Path | None = None
    """WAV of what the ear hears, from the same moment"""
    record_rate: Literal[8000, 16000, 48000] = 16_000


class WebSection(Section):
    bind: Address = "127.0.0.1:8080"
    token: str = Field("", repr=False)
    """asked of every client unless bound to loopback; made up and printed when empty"""


class SubscriberSection(Section):
    name: SubscriberName
    password: str = Field(repr=False, min_length=1)
    numbers: tuple[SubscriberName, ...] = ()
    """what else reaches this subscriber"""


class ExchangeSection(Section):
    bind: Address = "127.0.0.1:5060"
    realm: str = Field("neoretro", min_length=1)
    subscribers: tuple[SubscriberSection, ...] = ()


class Config(Section):
    phone: PhoneSection = PhoneSection()
    line: LineSection = LineSection()
    handset: LocalLegSection = LocalLegSection()
    earpiece: LocalLegSection = LocalLegSection()
    web: WebSection = WebSection()
    exchange: ExchangeSection = ExchangeSection()


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration file. :raises ConfigFault: in one sentence a fault."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigFault(f"{path}: {fault.strerror or fault}") from None
    except UnicodeDecodeError:
        raise ConfigFault(f"{path}: not a text file in UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigFault(f"{path}: not TOML: {fault}") from None
    return parse(tables, str(path), environment)


def parse(tables: dict[str, Any], source: str, environment: Mapping[str, str] = os.environ) -> Config:
    """Check the tables of a configuration. :raises ConfigFault: naming `source` and the key."""
    for variable, (section, key) in SECRETS.items():
        if variable in environment and isinstance(tables.setdefault(section, {}), dict):
            tables[section][key] = environment[variable]
    try:
        config = Config.model_validate(tables)
    except ValidationError as fault:
        raise ConfigFault("\n".join(f"{source}: {_sentence(error, tables)}" for error in fault.errors())) from None
    first, last = config.line.rtp_ports
    if first + first % 2 >= last:
        expected = "an even port and the next one between the first and the last"
        raise ConfigFault(f"{source}: line.rtp_ports: found [{first}, {last}], expected {expected}")
    if config.phone.proximity.near_cm >= config.phone.proximity.far_cm:
        raise ConfigFault(
            f"{source}: phone.proximity.near_cm: found {config.phone.proximity.near_cm}, "
            f"expected less than far_cm, which is {config.phone.proximity.far_cm}"
        )
    return config


def _sentence(error: ErrorDetails, tables: Mapping[str, Any]) -> str:
    location = error["loc"]
    key = ".".join(str(part) for part in location)
    if error["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(sorted(known))
        return f"{key}: unknown key; {hint}"
    found = _found(location, tables)
    said = "" if found is None else f"found {found}, "
    return f"{key}: {said}expected: {_expected(error['msg'])}"


def _expected(message: str) -> str:
    """Of pydantic's sentence, what was expected."""
    for opening in ("Input should be ", "Value error, "):
        message = message.removeprefix(opening)
    return message.partition(", unable to parse")[0]


def _found(location: tuple[int | str, ...], tables: Any) -> str | None:
    """The value at a key as the file has it; secrets stay hidden."""
    for part in location:
        try:
            tables = tables[part]
        except (LookupError, TypeError):
            return None
    return "a secret (not shown)" if location[-1] in ("password", "token") else repr(tables)


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Config
    for part in location:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        candidates = [annotation, *get_args(annotation)]
        if get_origin(annotation) in (Union, types.UnionType):
            candidates = list(get_args(annotation))
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    return list(model.model_fields)


def load_market(code: str, folders: tuple[Path, ...] = MARKET_FOLDERS) -> Market:
    """Read the profile of one country. :raises ConfigFault: naming the markets there are."""
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise ConfigFault(f"market profiles missing: looked in {', '.join(map(str, folders))}")
    path = folder / f"{code}.toml"
    if not path.is_file():
        known = sorted(p.stem for p in folder.glob("??.toml"))
        raise ConfigFault(f"phone.market: found {code!r}, expected one of {', '.join(known)}")
    try:
        tables, common = (tomllib.loads(p.read_text(encoding="utf-8")) for p in (path, folder / "common.toml"))
        return Market.from_tables(tables, common, str(path))
    except (OSError, ValueError) as fault:
        raise ConfigFault(str(fault) if str(path) in str(fault) else f"{path}: {fault}") from None
