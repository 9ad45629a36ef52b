"""``neoretro``: the command line."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from gateway import call_record
from gateway.collector import Collector
from gateway.commands import CommandFault, Exit
from gateway.commands.answer import AnswerOrder, answer
from gateway.commands.call import CallOrder, call
from gateway.commands.check import check
from gateway.commands.demo import demo
from gateway.commands.exchange import exchange
from gateway.commands.flags import FLAGS, OF_A_CALL, add_flags, overridden
from gateway.commands.progress import Progress
from gateway.commands.serve import serve
from gateway.commands.terminal import LogFormatter, harmless
from gateway.config import Config, ConfigFault, load, parse

Outcome: TypeAlias = tuple[Exit, dict[str, object]]


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code is :class:`~gateway.commands.Exit`'s."""
    try:
        options = arguments_parser().parse_args(arguments)
    except UsageError as fault:
        fault.parser.print_usage(sys.stderr)
        code, report = _refused(str(fault))
        if "--json" in (sys.argv if arguments is None else arguments):
            print(json.dumps(report))  # noqa: T201
        return int(code)
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[log], level=logging.DEBUG if options.verbose else logging.WARNING)
    call_record.logger.setLevel(logging.INFO)  # how each call went is worth a line to everybody
    try:
        code, report = options.run(options)
    except CommandFault as fault:
        code, report = fault.exit_code, {"result": fault.exit_code.name.lower(), "reason": str(fault)}
        print(f"neoretro: {harmless(str(fault))}", file=sys.stderr)  # noqa: T201
    except ConfigFault as fault:
        code, report = _refused(_in_its_file(str(fault), getattr(options, "config", None)))
    except OSError as fault:
        code, report = _refused(fault.strerror or str(fault))
    if options.json:
        print(json.dumps(report, default=str))  # noqa: T201
    return int(code)


def _refused(sentences: str) -> Outcome:
    for line in sentences.splitlines():
        print(f"neoretro: {line}", file=sys.stderr)  # noqa: T201
    return Exit.USAGE, {"result": "usage", "reason": sentences}


def _in_its_file(sentences: str, file: Path | None) -> str:
    """What only the parts could judge names its key; the file is ours to say."""
    if file is None:
        return sentences
    return "\n".join(s if s.startswith(str(file)) else f"{file}: {s}" for s in sentences.splitlines())


class UsageError(Exception):
    """The command line cannot be read."""

    def __init__(self, parser: argparse.ArgumentParser, sentence: str) -> None:
        super().__init__(sentence)
        self.parser = parser


class Parser(argparse.ArgumentParser):
    """Tells its errors instead of ending the process, so that ``--json`` holds for them too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(self, message)


def arguments_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="neoretro",
        description="The Orange NeoRetro of 2015 as software: a SIP base station with a WebRTC handset and earpiece.",
        epilog="exit codes: 0 done; 2 bad usage or configuration; 3 not registered; 4 refused, busy or unreachable; "
        "5 not answered in time",
    )
    parser.add_argument("--version", action="version", version=f"neoretro {version('neoretro')}")
    every = Parser(add_help=False)
    every.add_argument("--json", action="store_true", help="one JSON object on stdout, everything else on stderr")
    every.add_argument("--verbose", "-v", action="store_true", help="say everything that happens on stderr")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, help_: str, run: Any) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[every], help=help_, description=help_[0].upper() + help_[1:] + ".")
        sub.set_defaults(run=run)
        return sub

    _demo_arguments(command("demo", "try it: an exchange, a correspondent, the phone and its page, all here", _demo))
    serving = command("serve", "run the phone as a service, with its pages and its API", _serve)
    serving.add_argument("config", nargs="?", type=Path, metavar="CONFIG.toml", help="configuration; defaults without")
    _call_arguments(command("call", "lift, dial, talk and hang up, without a browser", _call))
    _answer_arguments(command("answer", "answer direct calls, with no registrar", _answer))
    exchanging = command("exchange", "run the embedded registrar and proxy alone", _exchange)
    exchanging.add_argument("config", nargs="?", type=Path, metavar="CONFIG.toml", help="its [exchange] section counts")
    checking = command("check", "say whether a configuration is good", lambda o: check(o.config, Progress()))
    checking.add_argument("config", type=Path, metavar="CONFIG.toml")
    return parser


def _demo_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--web", default="127.0.0.1:8080", metavar="HOST:PORT", help="where the page is (%(default)s)")
    sub.add_argument("--market", default="FR", help="FR, DE, ES, US or CA (%(default)s)")
    sub.add_argument("--dial", choices=("touch", "rotary"), default="touch", help="kind of dial (%(default)s)")


def _voice_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--play", type=Path, metavar="WAV", help="speak this (8, 16 or 48 kHz)")
    sub.add_argument("--record", type=Path, metavar="WAV", help="write what the handset's ear hears")
    sub.add_argument("--record-rate", type=int, choices=(8000, 16000, 48000), default=8000, help="Hz (%(default)s)")


def _call_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("number", metavar="NUMBER-or-SIP-URI", help="digits, dialled; or sip:user@host, called directly")
    sub.add_argument("--config", type=Path, metavar="F", help="configuration with the registrar and the account")
    _voice_arguments(sub)
    sub.add_argument("--seconds", type=_seconds, metavar="N", help="talk so long; else until WAV or far end ends")
    sub.add_argument("--answer-within", type=_seconds, default=60.0, metavar="N", help="seconds (%(default)g)")
    sub.add_argument("--dial", choices=("touch", "rotary"), help="kind of dial (the configuration's)")
    add_flags(sub, (*FLAGS, *OF_A_CALL), configured=True)


def _answer_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--bind",
        metavar="HOST:PORT",
        default="0.0.0.0:5060",
        help="SIP over UDP and TCP; TLS on the next port (%(default)s)",
    )
    _voice_arguments(sub)
    sub.add_argument("--earpiece-record", type=Path, metavar="WAV", help="take the earpiece too; write what it hears")
    sub.add_argument("--calls", type=_count, metavar="N", help="end after N calls")
    sub.add_argument("--phones", type=_count, default=4, metavar="N", help="calls at the same time (%(default)s)")
    add_flags(sub, FLAGS, configured=False)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected seconds above 0")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number above 0")
    return int(text)


# ---------------------------------------------------------------- from options to commands


def _demo(options: argparse.Namespace) -> Outcome:
    config = parse({"phone": {"market": options.market, "dial": options.dial}, "web": {"bind": options.web}}, "demo")
    return _run(demo(config, Progress()))


def _serve(options: argparse.Namespace) -> Outcome:
    return _run(serve(load(options.config) if options.config else Config(), Progress()))


def _exchange(options: argparse.Namespace) -> Outcome:
    return _run(exchange(load(options.config) if options.config else Config(), Progress()))


def _call(options: argparse.Namespace) -> Outcome:
    config = load(options.config) if options.config else parse({"line": {"bind": "0.0.0.0:0"}}, "--config")
    config = overridden(config, options)
    order = CallOrder(
        number=options.number,
        rotary=(options.dial or config.phone.dial) == "rotary",
        play=options.play,
        record=options.record,
        record_rate=options.record_rate,
        seconds=options.seconds,
        answer_within_s=options.answer_within,
    )
    return _run(call(config, order, Progress()))


def _answer(options: argparse.Namespace) -> Outcome:
    config = overridden(parse({"line": {"bind": options.bind}}, "--bind"), options)
    order = AnswerOrder(
        play=options.play,
        record=options.record,
        earpiece_record=options.earpiece_record,
        record_rate=options.record_rate,
        calls=options.calls,
        phones=options.phones,
    )
    return _run(answer(config, order, Progress()))


def _run(command: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Run a command until it is done, or until SIGINT or SIGTERM asks it to leave."""
    Collector().settle()
    return asyncio.run(_until_asked_to_leave(command))


async def _until_asked_to_leave(command: Awaitable[Outcome]) -> Outcome:
    task = asyncio.ensure_future(command)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return Exit.DONE, {"result": "stopped"}


if __name__ == "__main__":
    sys.exit(main())
