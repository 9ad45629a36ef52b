"""``neoretro call``: lifts, dials, talks and hangs up, without a browser."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.app import telephone
from gateway.base_station import BaseStation
from gateway.commands import CommandFault, Exit
from gateway.commands.progress import Progress
from gateway.commands.watch import seen
from gateway.config import Config, load_market
from gateway.legs.file import FileLeg, WaveFault
from gateway.sip.account import read_sip_address
from softphone.actors.phone import Phone
from softphone.audio.routing import Member
from softphone.messages import CallState, Dial, PhoneSnapshot
from softphone.numbering import as_dialled, is_uri

REGISTER_S = 10.0
"""how long a person waits for the dial tone"""

OVER = frozenset({CallState.FAILED, CallState.FAR_HUNG_UP, CallState.HOWLER, CallState.IDLE})


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What the command line asked for."""

    number: str
    """digits, or a SIP address"""
    rotary: bool
    play: Path | None
    record: Path | None
    record_rate: int
    seconds: float | None
    """of talking; None: until the file is played, or the far end hangs up"""
    answer_within_s: float


@dataclass(slots=True)
class CallReport:
    """What ``--json`` prints."""

    result: str
    """done, not_registered, refused, no_answer"""
    number: str
    status: int | None = None
    reason: str = ""
    setup_s: float | None = None
    """from lifting to the answer"""
    talked_s: float | None = None
    ended_by: str = ""
    """us or far"""
    figures: dict[str, Any] | None = None


async def call(config: Config, order: CallOrder, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Place one call. :raises CommandFault: for a number that is none or a file that cannot be played."""
    try:
        dialled = as_dialled(order.number, load_market(config.phone.market))
        if is_uri(dialled):
            read_sip_address(dialled, "what is called")
        FileLeg.check(order.play, order.record)
    except (ValueError, WaveFault) as fault:  # NumberError is one
        raise CommandFault(Exit.USAGE, str(fault)) from None
    if not is_uri(dialled) and not config.line.registrar:
        sentence = f"{dialled}: digits are dialled at a registrar, and none is configured (line.registrar in --config)"
        raise CommandFault(Exit.USAGE, sentence)
    legs = {Member.HANDSET: lambda: FileLeg(play=order.play, record=order.record, record_rate=order.record_rate)}
    async with telephone(config, local_legs=legs, reach=dialled) as app:
        station = app.stations[0]
        unsubscribe = station.phone.subscribe(progress)
        report = CallReport("done", order.number)
        if config.line.registrar:
            progress.say(f"registering at {config.line.registrar}")
        try:
            code = await _call(station, dialled, order, report)
        finally:
            unsubscribe()
        return code, {key: value for key, value in asdict(report).items() if value is not None}


async def _call(station: BaseStation, dialled: str, order: CallOrder, report: CallReport) -> Exit:
    phone = station.phone
    try:
        snapshot = await seen(phone, lambda s: s.line.registered or bool(s.line.reason), REGISTER_S)
    except TimeoutError:
        snapshot = phone.snapshot
    if not snapshot.line.registered:
        assert station.account is not None, "without a registrar the line is in service at once"
        silent = f"{station.account.registrar} does not answer"
        report.result, report.reason = "not_registered", snapshot.line.reason or silent
        return Exit.NOT_REGISTERED
    began = asyncio.get_running_loop().time()
    phone.handset.lift()
    try:
        await seen(phone, lambda s: s.call.state is CallState.DIAL_TONE, REGISTER_S)
    except TimeoutError:
        state = phone.snapshot.call.state
        raise CommandFault(Exit.REFUSED, f"no dial tone within {REGISTER_S:g} s: the phone is {state}") from None
    if is_uri(dialled):
        phone.call_control.tell(Dial(dialled))
    elif order.rotary:
        phone.dial.turn(dialled)
    else:
        phone.dial.touch(dialled)
    try:
        snapshot = await seen(phone, _decided, order.answer_within_s)
    except TimeoutError:
        report.result, report.reason = "no_answer", f"not answered within {order.answer_within_s:g} s"
        await _hang_up(phone)
        return Exit.NO_ANSWER
    if snapshot.call.state is not CallState.TALKING:
        failed = snapshot.call
        report.result, report.status = "refused", failed.status
        report.reason = failed.reason or failed.failure.replace("_", " ")
        await _hang_up(phone)
        return Exit.REFUSED
    report.setup_s = round(asyncio.get_running_loop().time() - began, 3)
    await _talk(station, order, report)
    await _hang_up(phone)
    return Exit.DONE


def _decided(snapshot: PhoneSnapshot) -> bool:
    return snapshot.call.state in (CallState.TALKING, CallState.FAILED, CallState.FAR_HUNG_UP)


async def _talk(station: BaseStation, order: CallOrder, report: CallReport) -> None:
    """Until the seconds are over, the file is played, or the far end hangs up; whichever comes first."""
    began = asyncio.get_running_loop().time()
    ends = [asyncio.create_task(seen(station.phone, _over, None))]
    if order.seconds is None and order.play is not None:
        ends.append(asyncio.create_task(_played(station)))
    done, pending = await asyncio.wait(ends, timeout=order.seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    far_left = ends[0] in done
    report.ended_by = "far" if far_left else "us"
    report.talked_s = round(asyncio.get_running_loop().time() - began, 3)
    report.figures = asdict(station.figures())
    if far_left:
        report.figures["legs"]["far"] = station.last_call.voice if station.last_call is not None else {}


def _over(snapshot: PhoneSnapshot) -> bool:
    return snapshot.call.state in OVER


async def _played(station: BaseStation) -> PhoneSnapshot:
    await station.receivers.played_out.wait()
    return station.phone.snapshot


async def _hang_up(phone: Phone) -> None:
    phone.handset.hang_up()
    with suppress(TimeoutError):  # a phone that does not come to rest is left as it is: the command is over
        await seen(phone, lambda s: s.call.state is CallState.IDLE, REGISTER_S)
