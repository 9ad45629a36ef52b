"""The policies of the line as flags: each overrides one key of ``[line]``, for one run of a command."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.codecs import OFFERED
from gateway.config import Config, parse

COMMAND_LINE = "command line"
"""where a fault is that several flags make together"""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag."""

    name: str
    """with its dashes"""
    key: str
    """of ``[line]``"""
    meaning: str
    kind: Mapping[str, Any]
    """what argparse wants to know of it"""

    @property
    def destination(self) -> str:
        return f"line_{self.key}"


def _one_of(*choices: str) -> dict[str, Any]:
    return {"choices": choices}


def _codecs(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) > 86_400:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected whole seconds, at most 86400")
    return int(text)


SECONDS: Mapping[str, Any] = {"type": _seconds, "metavar": "SECONDS"}
YES_OR_NO: Mapping[str, Any] = {"action": argparse.BooleanOptionalAction}
FILE: Mapping[str, Any] = {"type": Path, "metavar": "PEM"}

FLAGS = (
    Flag("--transport", "transport", "by which we are called, and others where their address does not say",
         _one_of("udp", "tcp", "tls")),
    Flag("--codecs", "codecs", f"of {', '.join(OFFERED)}, the best first",
         {"type": _codecs, "metavar": "opus,..."}),
    Flag("--codec-order", "codec_order", "of an offer the first codec that we have is taken, or the best of ours",
         _one_of("theirs", "ours")),
    Flag("--silence-suppression", "silence_suppression", "silence is described to a far end that takes that, not sent",
         YES_OR_NO),
    Flag("--srtp", "srtp", "voice is encrypted: never, where the far end can, or always",
         _one_of("off", "optional", "mandatory")),
    Flag("--dtls", "dtls", "the keys come from a DTLS handshake, not from the SDP; by itself as with --srtp optional",
         YES_OR_NO),
    Flag("--ice", "ice", "look for the addresses that work, with a far end that does so, too", YES_OR_NO),
    Flag("--rtcp-mux", "rtcp_mux", "RTCP may share the port of RTP", YES_OR_NO),
    Flag("--session-timer", "session_timer_s", "how often a call is refreshed; 0 for no session timers", SECONDS),
    Flag("--min-se", "min_se_s", "the shortest such interval that is accepted", SECONDS),
    Flag("--100rel", "reliable", "ringing and early voice are acknowledged", _one_of("off", "supported", "required")),
    Flag("--refer", "refer", "whether the far end may transfer the call", _one_of("accept", "refuse")),
    Flag("--ca-file", "ca_file", "certificates of those we trust for TLS", FILE),
    Flag("--certificate", "certificate", "our own for TLS, with its chain", FILE),
    Flag("--key", "key", "of that certificate", FILE),
)  # fmt: skip

OF_A_CALL = (
    Flag("--outbound-proxy", "outbound_proxy", "which every request of the account passes first",
         {"metavar": "sip:HOST:PORT"}),
)  # fmt: skip


def add_flags(command: argparse.ArgumentParser, flags: tuple[Flag, ...], *, configured: bool) -> None:
    """Let a command take them.

    :param configured: there is a file whose keys they override
    """
    group = command.add_argument_group("policies of the line")
    defaults = Config().line
    for flag in flags:
        default = _shown(getattr(defaults, flag.key))
        standing = f"(the configuration's, else {default})" if configured else f"({default})"
        help_ = f"{flag.meaning} {standing}"
        group.add_argument(flag.name, dest=flag.destination, default=None, help=help_, **flag.kind)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def overridden(config: Config, options: argparse.Namespace) -> Config:
    """The configuration with the flags that were given. :raises ConfigFault: naming the flag, where it is one."""
    flags = [*FLAGS, *OF_A_CALL]
    given = [(f, v) for f in flags if (v := getattr(options, f.destination, None)) is not None]
    if not given:
        return config
    keys = {flag.key: value for flag, value in given}
    if "min_se_s" in keys and "session_timer_s" not in keys and config.line.session_timer_s:
        keys["session_timer_s"] = max(config.line.session_timer_s, keys["min_se_s"])
    if keys.get("dtls") and "srtp" not in keys and config.line.srtp == "off":
        keys["srtp"] = "optional"
    source = given[0][0].name if len(given) == 1 else COMMAND_LINE
    return parse(config.model_dump() | {"line": config.line.model_dump() | keys}, source, {})
