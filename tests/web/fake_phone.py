"""A phone made of snapshots: it keeps what it was told, and does the little that a page needs to see."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from gateway.rtp.emodel import rated
from gateway.rtp.equipment import G711
from gateway.rtp.figures import PlayoutFigures, SessionFigures, WebRtcFigures
from gateway.rtp.xr import VoipMetrics
from gateway.web import LegRefused, Part
from gateway.web.figures import LegFigures, PhoneFigures
from gateway.web.recorder import Leg, RecordedFile, RecordingRefused, RecordingState
from softphone.messages import (
    CallSnapshot,
    CallState,
    Choose,
    Dial,
    DialCommand,
    DialKind,
    DisplaySnapshot,
    Dock,
    EarpieceCommand,
    Flash,
    ForgetDigits,
    HandsetCommand,
    HangUp,
    Lay,
    LedSnapshot,
    LetGo,
    Lift,
    LineSnapshot,
    Move,
    Mute,
    PhoneSnapshot,
    Place,
    SetVolume,
    Take,
    Touch,
    Transfer,
    Turn,
    Wind,
)

M_contra = TypeVar("M_contra", contravariant=True)

Command = HandsetCommand | EarpieceCommand | DialCommand | Dial | Transfer


@dataclass
class FakePart(Generic[M_contra]):
    """An address: hands on what it is told."""

    hear: Callable[[M_contra], None]

    def tell(self, message: M_contra) -> None:
        self.hear(message)


class FakeRecorder:
    """Says that it records, or `refusal`."""

    def __init__(self) -> None:
        self.state = RecordingState()
        self.refusal = ""
        self.orders: list[tuple[tuple[Leg, ...], bool]] = []
        self.files: dict[str, Path] = {}

    async def start(self, legs: tuple[Leg, ...], *, mix: bool) -> RecordingState:
        if self.refusal:
            raise RecordingRefused(self.refusal)
        self.orders.append((legs, mix))
        self.state = RecordingState(True, "2025-11-24T10:42:00+00:00", 0.0, {"mix": "salon-mix.wav"})
        return self.state

    async def stop(self) -> RecordingState:
        if not self.state.recording:
            raise RecordingRefused("recording: found none, expected one that is under way")
        self.state = replace(self.state, recording=False, seconds=3.5)
        return self.state

    async def finished(self) -> tuple[RecordedFile, ...]:
        return tuple(RecordedFile(name, path.stat().st_size, 1.0) for name, path in self.files.items())

    async def find(self, name: str) -> Path | None:
        return self.files.get(name)


@dataclass
class FakePhone:
    """See the module."""

    name: str = "salon"
    snapshot: PhoneSnapshot = field(init=False)
    told: list[Command] = field(default_factory=list)
    """every command, oldest first"""
    offers: list[tuple[Part, str, str]] = field(default_factory=list)
    left: list[Part] = field(default_factory=list)
    """parts whose browser was let go"""
    refusal: str = ""
    """what :meth:`connect` says no with"""
    listeners: list[Callable[[PhoneSnapshot], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.snapshot = PhoneSnapshot(
            self.name,
            "FR",
            line=LineSnapshot(True, "sip:salon@example.test"),
            display=DisplaySnapshot("lun. 24 nov.", "10:42"),
        )
        self.handset: FakePart[HandsetCommand] = FakePart(self._handset)
        self.earpiece: FakePart[EarpieceCommand] = FakePart(self._earpiece)
        self.dial: FakePart[DialCommand] = FakePart(self._dial)
        self.call_control: FakePart[Dial | Transfer] = FakePart(self.told.append)
        self.recorder = FakeRecorder()

    def subscribe(self, listener: Callable[[PhoneSnapshot], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def connect(self, part: Part, sdp: str, kind: str) -> tuple[str, str]:
        await asyncio.sleep(0)
        if self.refusal:
            raise LegRefused(self.refusal)
        self.offers.append((part, sdp, kind))
        return "v=0\r\n", "answer"

    async def disconnect(self, part: Part) -> None:
        self.left.append(part)

    def figures(self) -> PhoneFigures:
        quality, metrics = rated(G711, 0.02, 1.0, 120), VoipMetrics(1, loss_rate=5)
        far = SessionFigures(PlayoutFigures(delay_ms=60.0), received=50, lost=1, quality=quality, metrics=metrics)
        return PhoneFigures(LegFigures(far, WebRtcFigures(PlayoutFigures())), {"far": -21.5})

    def change(self, **parts: Any) -> None:
        """Replace parts of the snapshot and tell everybody."""
        self.snapshot = replace(self.snapshot, version=self.snapshot.version + 1, **parts)
        for listener in tuple(self.listeners):
            listener(self.snapshot)

    def _handset(self, command: HandsetCommand) -> None:
        self.told.append(command)
        handset = self.snapshot.handset
        match command:
            case Lift():
                self.change(
                    handset=replace(handset, lifted=True),
                    call=CallSnapshot(CallState.DIAL_TONE),
                    led=LedSnapshot("off_hook", (("white", 0),)),
                    display=DisplaySnapshot("Composez", ""),
                )
            case HangUp():
                self.change(
                    handset=replace(handset, lifted=False, muted=False),
                    call=CallSnapshot(),
                    led=LedSnapshot(),
                    display=DisplaySnapshot("lun. 24 nov.", "10:42"),
                )
            case Mute(on):
                self.change(handset=replace(handset, muted=on))
            case SetVolume(level):
                self.change(handset=replace(handset, volume=level))
            case Flash():
                pass

    def _earpiece(self, command: EarpieceCommand) -> None:
        self.told.append(command)
        earpiece = self.snapshot.earpiece
        match command:
            case Take():
                self.change(earpiece=replace(earpiece, place=Place.NEAR, distance_cm=0.0))
            case Dock():
                self.change(earpiece=replace(earpiece, place=Place.DOCKED, loudspeaker=False))
            case Move(cm):
                place = Place.FAR if cm >= 8 else Place.NEAR
                self.change(earpiece=replace(earpiece, place=place, loudspeaker=place is Place.FAR, distance_cm=cm))
            case Lay():
                self.change(earpiece=replace(earpiece, place=Place.TABLE, loudspeaker=True))
            case Mute(on):
                self.change(earpiece=replace(earpiece, muted=on))
            case SetVolume(level):
                self.change(earpiece=replace(earpiece, volume=level))

    def _dial(self, command: DialCommand) -> None:
        self.told.append(command)
        match command:
            case Touch(keys):
                self._dialled(keys)
            case Turn(digits):
                self._dialled(digits)
            case Choose(kind):
                self.change(dial=replace(self.snapshot.dial, kind=DialKind(kind)))
            case Wind(digit):
                self.change(dial=replace(self.snapshot.dial, off_rest=True, turning=digit, pulses=0))
            case ForgetDigits():
                pass
            case LetGo():
                digit = self.snapshot.dial.turning
                self.change(dial=replace(self.snapshot.dial, off_rest=False, turning="", pulses=0))
                self._dialled(digit)

    def _dialled(self, keys: str) -> None:
        number = self.snapshot.call.number + keys
        self.change(
            call=replace(self.snapshot.call, state=CallState.DIALLING, number=number),
            display=DisplaySnapshot(self.snapshot.display.line1, number[-16:]),
        )
