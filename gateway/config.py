"""The configuration: one TOML file, strictly read. Secrets may come from the environment instead.

Every fault is one sentence that names the file, the key, what was found and what was expected.
"""

import difflib
import os
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.sections import Config, LocalLegSection, split_address
from softphone.market import Market

__all__ = ["Config", "ConfigFault", "LocalLegSection", "load", "load_market", "parse", "split_address", "warnings"]

MARKET_FOLDERS = (Path(__file__).parent / "markets", Path(__file__).parent.parent / "configs" / "markets")
"""Where the profiles travel in a wheel, and where they stand in a checkout."""

SECRETS = {"NEORETRO_LINE_PASSWORD": ("line", "password"), "NEORETRO_WEB_TOKEN": ("web", "token")}
"""Environment variable -> the key it fills; the file's own value gives way to it."""


_PLAINER: Final = {
    "a valid tuple": "a list",
    "Input is not a valid path for <class 'pathlib.Path'>": "a path, in quotes",
    "a valid string": "a text, in quotes",
}
"""what pydantic says of Python's kinds, in those of TOML"""


class ConfigFault(ValueError):
    """The configuration is not good; the text says where and why."""


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
    if faults := _contradictions(config):
        raise ConfigFault("\n".join(f"{source}: {fault}" for fault in faults))
    return config


def _contradictions(config: Config) -> list[str]:
    """What each key allows and the keys together do not, a sentence each."""
    return [sentence for bad, sentence in (*_voice(config), *_line(config)) if bad]


def _voice(config: Config) -> Iterator[tuple[bool, str]]:
    line, proximity = config.line, config.phone.proximity
    first, last = line.rtp_ports
    yield (
        first + first % 2 >= last,
        f"line.rtp_ports: found [{first}, {last}], "
        "expected an even port and the next one between the first and the last",
    )
    yield (
        proximity.near_cm >= proximity.far_cm,
        (f"phone.proximity.near_cm: found {proximity.near_cm}, expected less than far_cm, which is {proximity.far_cm}"),
    )
    yield (
        line.dtls and line.srtp == "off",
        ("line.dtls: found true, expected false while line.srtp is 'off': there are no keys to agree on"),
    )
    yield (
        0 < line.session_timer_s < line.min_se_s,
        (
            f"line.session_timer_s: found {line.session_timer_s}, "
            f"expected 0 or at least min_se_s, which is {line.min_se_s}"
        ),
    )


def _line(config: Config) -> Iterator[tuple[bool, str]]:
    line = config.line
    _, port = split_address(line.bind)
    yield (
        bool(line.tls_port) and line.tls_port == port,
        (f"line.tls_port: found {line.tls_port}, expected another port than that of line.bind"),
    )
    for key, given in (("key", line.key), ("verify_clients", line.verify_clients)):
        yield (
            bool(given) and line.certificate is None,
            (f"line.{key}: found {_shown(given)}, expected nothing without line.certificate"),
        )
    for key in ("backup_registrars", "outbound_proxy"):
        given = getattr(line, key)
        yield (
            bool(given) and not line.registrar,
            (f"line.{key}: found {_shown(given)}, expected nothing without line.registrar"),
        )
    yield (
        bool(line.backup_registrars and line.outbound_proxy),
        (
            f"line.backup_registrars: found {_shown(line.backup_registrars)}, "
            "expected nothing beside line.outbound_proxy, which chooses the registrar"
        ),
    )


def _shown(value: object) -> str:
    """As it stands in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value) if isinstance(value, tuple) else str(value))


def warnings(config: Config) -> list[str]:
    """What is allowed, and what a person would want to know of it, a sentence each."""
    line = config.line
    found = []
    in_the_clear = line.transport != "tls" and not line.registrar.startswith("sips:")
    if line.srtp != "off" and not line.dtls and in_the_clear and "transport=tls" not in line.registrar.lower():
        found.append(
            f"line.srtp: {line.srtp!r} over {line.transport}: the keys stand in SDP that anybody on the way can read; "
            "line.transport = 'tls' or line.dtls = true hides them"
        )
    if line.verify_clients and line.ca_file is None:
        found.append(
            "line.verify_clients: without line.ca_file whoever has a certificate of a public authority may connect"
        )
    return found


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
    said = message.partition(", unable to parse")[0]
    return _PLAINER.get(said, said)


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
