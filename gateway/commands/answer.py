"""``neoretro answer``: a phone that answers direct calls, as a person would: it rings, somebody lifts, and hangs up."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.app import telephone
from gateway.base_station import BaseStation
from gateway.call_record import CallRecord
from gateway.commands import CommandFault, Exit
from gateway.commands.progress import Progress
from gateway.config import Config
from gateway.legs.file import FileLeg, WaveFault
from softphone.audio.routing import Member
from softphone.messages import CallState, PhoneSnapshot

OVER = frozenset({CallState.FAILED, CallState.FAR_HUNG_UP, CallState.HOWLER, CallState.DIAL_TONE, CallState.DIALLING})
"""the far end is gone, maybe before the handset was up: all that is left to do is to hang up"""


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
    voice: dict[str, Any]
    """what the voice path counted"""
    caller_name: str
    diverted_by: str
    codec: str
    srtp: str
    """suite that voice was encrypted with; empty: it was not"""
    ice: bool
    changes: list[dict[str, Any]]
    digits: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    """these as in :class:`~gateway.call_record.CallRecord`"""

    @classmethod
    def of(cls, phone: str, record: CallRecord) -> "CallEnd":
        return cls(
            phone,
            record.caller,
            record.answered_at is not None,
            record.talked_s,
            record.voice,
            record.caller_name,
            record.diverted_by,
            record.codec,
            record.srtp,
            record.ice,
            record.changes,
            record.digits,
            record.transfers,
        )


class _Person:
    """Sits at one phone: lifts when it rings, goes along with whom the far end sends it to, hangs up when it has."""

    def __init__(
        self, station: BaseStation, earpiece: bool, progress: Progress, ended: "asyncio.Queue[CallEnd]"
    ) -> None:
        self._station = station
        self._phone = station.phone
        self._earpiece = earpiece
        self._progress = progress
        self._ended = ended
        self._state = CallState.IDLE
        self._records = deque[CallRecord]()
        """conversations that are over and not told yet"""
        station.on_over = self._over

    def __call__(self, snapshot: PhoneSnapshot) -> None:
        self._progress(snapshot)
        before, self._state = self._state, snapshot.call.state
        if self._state is before:
            return
        if self._state is CallState.RINGING:
            if self._earpiece:
                self._phone.earpiece.take()
            self._phone.handset.lift()
        elif self._state in OVER:
            self._phone.earpiece.dock()
            self._phone.handset.hang_up()
        self._tell()

    def _over(self, record: CallRecord) -> None:
        self._records.append(record)
        self._tell()

    def _tell(self) -> None:
        """A call is told when the phone is at rest again, free for the next."""
        while self._records and self._phone.snapshot.call.state is CallState.IDLE:
            record = self._records.popleft()
            if record.arrived:
                self._ended.put_nowait(CallEnd.of(self._station.name, record))


async def answer(config: Config, order: AnswerOrder, progress: Progress) -> tuple[Exit, dict[str, object]]:
    """Answer calls. :raises CommandFault: for a file that cannot be played, or TLS that nobody can come by."""
    if config.line.transport == "tls" and config.line.certificate is None:
        raise CommandFault(Exit.USAGE, "--transport tls: nobody can connect by TLS without --certificate")
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
    async with telephone(_without_call_waiting(config), order.phones, legs) as app:
        for station in app.stations:
            named = Progress(name=station.name) if order.phones > 1 else progress
            station.phone.subscribe(_Person(station, order.earpiece_record is not None, named, ended))
        progress.say(f"answering {app.line.address_of(config.phone.name, config.line.transport)}")
        count = 0
        while order.calls is None or count < order.calls:
            count += 1
            yield await ended.get()


def _without_call_waiting(config: Config) -> Config:
    """Nobody is there to tap the hook: who calls while one talks finds the line busy, or another phone of the line."""
    return config.model_copy(update={"phone": config.phone.model_copy(update={"call_waiting": False})})


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
