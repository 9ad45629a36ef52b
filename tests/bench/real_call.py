"""The voice over real calls: ``neoretro answer`` as its users run it beside pjsua, called through the same networks.

``python -m tests.bench.real_call``. Each call is a receiver in a process of its own, a caller that keeps its schedule,
and real time; several calls go on at once, ours and pjsua's side by side, so that both see the same machine. PESQ
narrow band of the recording, and the delay added to the voice: from when it was spoken until it was heard, by
correlation and by how the recording grew on the disk, less the 20 ms that a packet takes to be spoken. For the delay
ours records at its own 16 kHz: on the way to 8 kHz the file is written some 0.1 s later. A machine that was held up is
told in the row: it measured itself.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from tests.bench.delay import JITTER_AIM_MS, PACKETISATION_MS, QUIET_AIM_MS
from tests.bench.network import OFFICIAL, Clip, Samples, delay_ms, score
from tests.bench.pipe import Pipe
from tests.bench.quality import AIMS
from tests.bench.recorded import Seen, began_at
from tests.end_to_end.lab import free_port
from tests.end_to_end.peers.process import Process
from tests.end_to_end.speech import to_int16

SEED = 7
GROUPS = (("clean", "jitter30"), ("loss1", "loss5"), ("loss10burst", "wifi"))
"""traces whose calls go on at once"""
DELAY_AIMS_MS = {"clean": QUIET_AIM_MS, "jitter30": JITTER_AIM_MS}
BEFORE_MS = 250
"""ms of the recording before the first word that are scored with it"""
HELD_UP_MS = 5.0
"""ms by which the caller's packets may leave late at the 99th percentile"""
STARTED_WITHIN_S = 30.0
ENDED_WITHIN_S = 20.0
LOOKED_AT_S = 4.0
LOOK_EVERY_S = 0.003


@dataclass(frozen=True)
class Receiver:
    """A program that answers and records."""

    name: str
    command: tuple[str, ...]
    """with {port} and {out}; it says "answering" when it can be called"""
    rate: int
    """Hz, of the recording"""
    ahead: int
    """samples of a piece of the recording that are heard after it was written"""


ANSWER = ("-m", "gateway", "answer", "--bind", "127.0.0.1:{port}", "--record", "{out}", "--calls", "1", "--json")
OURS = Receiver("ours", (sys.executable, *ANSWER, "--record-rate", "8000"), 8_000, 160)
OURS_WIDE = Receiver("ours at 16 kHz", (sys.executable, *ANSWER, "--record-rate", "16000"), 16_000, 320)
PJSUA = Receiver("pjsua", (sys.executable, "-m", "tests.bench.answer_pjsua", "{port}", "{out}"), 8_000, 0)


@dataclass(frozen=True)
class Called:
    """One call that was made."""

    receiver: Receiver
    trace: str
    clip: Clip
    recording: Path
    caller: dict[str, Any]
    """what the caller told: when, and how late its packets left"""
    began_at: float | None
    """s, monotonic, when the first sample of the recording was heard; None where nobody looked"""
    voice: dict[str, Any]
    """what our voice path counted; empty for others"""

    def heard(self) -> Samples:
        """At 8 kHz."""
        with wave.open(str(self.recording)) as file:
            samples, rate = np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()
        if rate == 8_000:
            return samples
        narrow = soxr.resample(samples.astype(np.float32), rate, 8_000)
        return to_int16(narrow)

    def pesq(self) -> float:
        """From a little before the first word: the recording begins with a second of silence."""
        said, heard = self.clip.samples(), self.heard()
        start = max(0, round(8 * delay_ms(said, heard)) - 8 * BEFORE_MS)
        return score(said, heard[start:])

    def added_ms(self) -> float:
        """Delay from the word to the ear, packetisation left out."""
        assert self.began_at is not None, "nobody looked at the recording of this call"
        position_ms = delay_ms(self.clip.samples(), self.heard())
        first_word_at: float = self.caller["first_word_at"]
        return (self.began_at - first_word_at) * 1000 + position_ms - PACKETISATION_MS


@dataclass(frozen=True)
class VoiceRow:
    """One receiver on one network."""

    receiver: str
    trace: str
    pesq: float
    """mean of the voices"""
    worst: float
    """of them"""
    caller_late_ms: float
    """the 99th percentile of how late packets left, of the worst call"""
    voice: list[dict[str, Any]]
    """what our voice path counted, call by call"""
    aim: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.aim is None else self.pesq >= self.aim

    def __str__(self) -> str:
        aim = "" if self.aim is None else f"   aim {self.aim:.2f} {'reached' if self.met else 'missed'}"
        start = f"{self.receiver + ', real call':22s} {self.trace:12s} PESQ {self.pesq:.2f} (worst {self.worst:.2f})"
        return f"{start}{aim}{_held_up(self.caller_late_ms)}"


@dataclass(frozen=True)
class DelayRow:
    """What a receiver added to the delay of a voice."""

    receiver: str
    trace: str
    added_ms: float
    """mean of the voices, packetisation of 20 ms left out"""
    caller_late_ms: float
    aim_ms: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.aim_ms is None else self.added_ms <= self.aim_ms

    def __str__(self) -> str:
        aim = "" if self.aim_ms is None else f"   aim {self.aim_ms:.0f} {'reached' if self.met else 'missed'}"
        start = f"{self.receiver + ', real call':22s} {self.trace:12s} delay {self.added_ms:4.0f} ms"
        return f"{start}{aim}{_held_up(self.caller_late_ms)}"


def _held_up(late_ms: float) -> str:
    return f"   MACHINE HELD UP: packets left {late_ms:.0f} ms late" if late_ms > HELD_UP_MS else ""


@dataclass
class Line:
    """A receiver that waits for its call."""

    order: tuple[Receiver, str, Clip]
    port: int
    out: Path
    process: Process
    looks: asyncio.Task[list[Seen]] | None = None

    @classmethod
    def to(cls, order: tuple[Receiver, str, Clip], folder: Path, number: int) -> "Line":
        port, out = free_port(), folder / f"{number}.wav"
        command = [part.format(port=port, out=out) for part in order[0].command]
        said = out.with_suffix(".json")
        process = Process(command, out.with_suffix(".log"), stdout=said, environment=_one_thread())
        return cls(order, port, out, process)

    def look(self) -> None:
        """Watch how the recording grows, where the delay is wanted."""
        receiver, trace, _ = self.order
        if trace in DELAY_AIMS_MS and receiver is not OURS:
            self.looks = asyncio.create_task(look_at(self.out))

    async def over(self, caller: dict[str, Any]) -> Called:
        """The call ended. :raises RuntimeError: where it failed."""
        receiver, trace, clip = self.order
        if "fault" in caller:
            raise RuntimeError(f"{receiver.name} on {trace}: {caller['fault']}; {self.process.output[-500:]}")
        await self.process.ended(ENDED_WITHIN_S)
        began = began_at(await self.looks, receiver.rate, receiver.ahead) if self.looks is not None else None
        said = self.out.with_suffix(".json").read_text()
        voice = json.loads(said)["calls"][0]["voice"] if said.startswith("{") else {}
        return Called(receiver, trace, clip, self.out, caller, began, voice)


async def together(wanted: Sequence[tuple[Receiver, str, Clip]], folder: Path) -> list[Called]:
    """Calls that go on at once."""
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(Pipe.open("tests.bench.caller"))
        lines = [Line.to(order, folder, number) for number, order in enumerate(wanted)]
        for line in lines:
            await stack.enter_async_context(line.process)
        for line in lines:
            await line.process.says("answering", STARTED_WITHIN_S)
            line.look()
        voices = [{"port": x.port, "voice": asdict(x.order[2]), "trace": x.order[1], "seed": SEED} for x in lines]
        told = await caller.ask("call_all", calls=voices)
        return [await line.over(said) for line, said in zip(lines, told["calls"], strict=True)]


def _one_thread() -> dict[str, str]:
    """A dozen processes that each take every core for their linear algebra would measure that."""
    return {"OPENBLAS_NUM_THREADS": "1", **os.environ}


async def look_at(recording: Path) -> list[Seen]:
    """Every size that a file takes in the first seconds after it is there."""
    looks, end = [Seen(time.monotonic(), 0)], time.monotonic() + STARTED_WITHIN_S
    while (now := time.monotonic()) < end:
        size = recording.stat().st_size if recording.exists() else 0  # noqa: ASYNC240 - microseconds
        if size != looks[-1].size:
            end = min(end, now + LOOKED_AT_S)
            looks.append(Seen(now, size))
        await asyncio.sleep(LOOK_EVERY_S)
    return looks


def voice_row(receiver: Receiver, trace: str, calls: Sequence[Called], aim: float | None) -> VoiceRow:
    scores = [call.pesq() for call in calls]
    late = max(call.caller["late_p99_ms"] for call in calls)
    voice = [call.voice for call in calls if call.voice]
    return VoiceRow(receiver.name, trace, float(np.mean(scores)), min(scores), late, voice, aim)


def delay_row(receiver: Receiver, trace: str, calls: Sequence[Called], aim_ms: float | None) -> DelayRow:
    added = float(np.mean([call.added_ms() for call in calls]))
    return DelayRow(receiver.name, trace, added, max(call.caller["late_p99_ms"] for call in calls), aim_ms)


async def measure(clips: Sequence[Clip] = OFFICIAL) -> list[VoiceRow | DelayRow]:
    """Every call, group by group, then the scores: a scorer at work would hold the calls up."""
    made: list[Called] = []
    with tempfile.TemporaryDirectory(prefix="neoretro-bench-") as folder:
        for number, traces in enumerate(GROUPS):
            wanted = [(receiver, trace, clip) for trace in traces for clip in clips for receiver in (OURS, PJSUA)]
            wanted += [(OURS_WIDE, trace, clip) for trace in traces if trace in DELAY_AIMS_MS for clip in clips]
            place = Path(folder) / str(number)
            place.mkdir()
            made += await together(wanted, place)
        rows: list[VoiceRow | DelayRow] = []
        for receiver, wants in ((PJSUA, False), (OURS, True)):
            for trace, aim in AIMS.items():
                calls = [call for call in made if (call.receiver, call.trace) == (receiver, trace)]
                rows.append(voice_row(receiver, trace, calls, aim if wants else None))
        for receiver, wants in ((PJSUA, False), (OURS_WIDE, True)):
            for trace, aim_ms in DELAY_AIMS_MS.items():
                calls = [call for call in made if (call.receiver, call.trace) == (receiver, trace)]
                rows.append(delay_row(receiver, trace, calls, aim_ms if wants else None))
        return rows


def run() -> list[VoiceRow | DelayRow]:
    """Every row, in the order of the table."""
    return asyncio.run(measure())


if __name__ == "__main__":
    for found in run():
        sys.stdout.write(f"{found}\n")
