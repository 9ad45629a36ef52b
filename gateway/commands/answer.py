"""``neoretro answer``: a phone that answers direct calls, as a person would: it rings, somebody lifts, and hangs up."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from gateway.app import App, telephone
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


class _Person:
    """Sits at one phone: lifts when it rings, hangs up when the far end has."""

    def __init__(self, station: BaseStation, earpiece: bool, progress: Progress, ended: "asyncio.Queue[bool]") -> None:
        self._phone = station.phone
        self._earpiece = earpiece
        self._progress = progress
        self._ended = ended
        self._state = CallState.IDLE
        self._talked = False

    def __call__(self, snapshot: PhoneSnapshot) -> None:
        self._progress(snapshot)
        before, self._state = self._state, snapshot.call.state
        if self._state is before:
            return
        match self._state:
            case CallState.RINGING:
                self._talked = False
                if self._earpiece:
                    self._phone.earpiece.take()
                self._phone.handset.lift()
            case CallState.TALKING:
                self._talked = True
            case CallState.FAR_HUNG_UP | CallState.FAILED:
                self._phone.earpiece.dock()
                self._phone.handset.hang_up()
            case CallState.IDLE:
                # a caller who gave up before we lifted may leave the receivers open
                if snapshot.handset.lifted or snapshot.earpiece.taken:
                    self._phone.earpiece.dock()
                    self._phone.handset.hang_up()
                self._ended.put_nowait(self._talked)
            case CallState.DIAL_TONE:
                self._phone.earpiece.dock()
                self._phone.handset.hang_up()


async def answer(config: Config, order: AnswerOrder, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Answer calls. :raises CommandFault: for a file that cannot be played."""
    try:
        FileLeg.check(order.play)
    except WaveFault as fault:
        raise CommandFault(Exit.USAGE, str(fault)) from None
    recordings = _Recordings(order)
    legs = {Member.HANDSET: recordings.handset}
    if order.earpiece_record is not None:
        legs[Member.EARPIECE] = recordings.earpiece
    ended: asyncio.Queue[bool] = asyncio.Queue()
    answered = missed = 0
    async with telephone(config, order.phones, legs) as app:
        for station in app.stations:
            name = station.settings.name if order.phones > 1 else ""
            person = _Person(station, order.earpiece_record is not None, Progress(name=name), ended)
            station.phone.subscribe(person)
        progress.say(f"answering sip:{config.phone.name}@{app.line.host}:{app.line.port}")
        while order.calls is None or answered + missed < order.calls:
            if await ended.get():
                answered += 1
            else:
                missed += 1
        report = {"result": "done", "answered": answered, "missed": missed, "figures": _figures(app)}
    return Exit.DONE, report | {"tasks_left": len(asyncio.all_tasks()) - 1}


def _figures(app: App) -> dict[str, object]:
    return {station.settings.name: station.figures() for station in app.stations}


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
