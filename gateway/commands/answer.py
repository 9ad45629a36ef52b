"""``neoretro answer``: a phone that answers direct calls, as a person would: it rings, somebody lifts, and hangs up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.app import telephone
from gateway.base_station import BaseStation
from gateway.commands import CommandFault, Exit
from gateway.commands.progress import Progress
from gateway.config import Config
from gateway.legs.file import FileLeg, WaveFault
from softphone.audio.routing import Member
from softphone.messages import CallState, PhoneSnapshot


@dataclass(frozen=True, slots=True)
class AnswerOrder:
    """What the command line asked for."""

    play: Path | None
    record: Path | None
    earpiece_record: Path | None
    record_rate: int
    calls: int | None
    """how many to answer; None: until stopped"""
    phones: int
    """how many share the line, so that calls may overlap"""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """What is said of one call under ``--json``."""

    phone: str
    caller: str
    answered: bool
    talked_s: float
    voice: dict[str, object]
    """what the voice path counted"""


class _Person:
    """Sits at one phone: lifts when it rings, hangs up when the far end has."""

    def __init__(
        self, station: BaseStation, earpiece: bool, progress: Progress, ended: "asyncio.Queue[CallEnd]"
    ) -> None:
        self._station = station
        self._phone = station.phone
        self._earpiece = earpiece
        self._progress = progress
        self._ended = ended
        self._state = CallState.IDLE
        self._rang = False
        """a call came that has not been told yet"""
        self._caller = ""
        self._answered_at: float | None = None

    def __call__(self, snapshot: PhoneSnapshot) -> None:
        self._progress(snapshot)
        before, self._state = self._state, snapshot.call.state
        if self._state is before:
            return
        match self._state:
            case CallState.RINGING:
                self._rang = True
                self._caller = snapshot.call.caller.number if snapshot.call.caller is not None else ""
                self._answered_at = None
                if self._earpiece:
                    self._phone.earpiece.take()
                self._phone.handset.lift()
            case CallState.TALKING:
                self._answered_at = snapshot.call.answered_at
            case CallState.IDLE:
                if self._rang:
                    self._rang = False
                    self._ended.put_nowait(self._end())
            case _:
                # the far end is gone: all that is left to do is to hang up
                self._phone.earpiece.dock()
                self._phone.handset.hang_up()

    def _end(self) -> CallEnd:
        answered, at = self._answered_at is not None, self._answered_at or 0.0
        talked = round(asyncio.get_running_loop().time() - at, 3) if answered else 0.0
        return CallEnd(self._station.name, self._caller, answered, talked, self._station.last_call)


async def answer(config: Config, order: AnswerOrder, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Answer calls. :raises CommandFault: for a file that cannot be played."""
    try:
        for record in (order.record, order.earpiece_record):
            FileLeg.check(order.play, record)
    except WaveFault as fault:
        raise CommandFault(Exit.USAGE, str(fault)) from None
    tasks_before = len(asyncio.all_tasks())
    calls: list[CallEnd] = []
    with suppress(asyncio.CancelledError):  # asked to leave: what was answered so far is the report
        async for end in _calls(config, order, progress):
            calls.append(end)
    answered = sum(end.answered for end in calls)
    return Exit.DONE, {
        "result": "done",
        "answered": answered,
        "missed": len(calls) - answered,
        "calls": [asdict(end) for end in calls],
        "tasks_left": len(asyncio.all_tasks()) - tasks_before,
    }


async def _calls(config: Config, order: AnswerOrder, progress: Progress) -> AsyncGenerator[CallEnd, None]:
    """Every call, as it ends; the phones are in service until the last."""
    recordings = _Recordings(order)
    legs = {Member.HANDSET: recordings.handset}
    if order.earpiece_record is not None:
        legs[Member.EARPIECE] = recordings.earpiece
    ended: asyncio.Queue[CallEnd] = asyncio.Queue()
    async with telephone(config, order.phones, legs) as app:
        for station in app.stations:
            named = Progress(name=station.name) if order.phones > 1 else progress
            station.phone.subscribe(_Person(station, order.earpiece_record is not None, named, ended))
        progress.say(f"answering {app.line.address_of(config.phone.name)}")
        count = 0
        while order.calls is None or count < order.calls:
            count += 1
            yield await ended.get()


class _Recordings:
    """A leg for every call; the second call records beside the first, not over it."""

    def __init__(self, order: AnswerOrder) -> None:
        self._order = order
        self._calls = {Member.HANDSET: 0, Member.EARPIECE: 0}

    def handset(self) -> FileLeg:
        return FileLeg(
            play=self._order.play,
            record=self._numbered(Member.HANDSET, self._order.record),
            record_rate=self._order.record_rate,
        )

    def earpiece(self) -> FileLeg:
        record = self._numbered(Member.EARPIECE, self._order.earpiece_record)
        return FileLeg(play=None, record=record, record_rate=self._order.record_rate)

    def _numbered(self, member: Member, path: Path | None) -> Path | None:
        self._calls[member] += 1
        count = self._calls[member]
        return path if path is None or count == 1 else path.with_stem(f"{path.stem}-{count}")
