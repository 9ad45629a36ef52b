"""What signalling costs: calls set up and torn down, registrations, and an idle phone's memory; ours beside PJSIP's.

``python -m tests.bench.signalling``. The subject is alone in its process; SIPp calls it, or is its registrar.
Ours and pjsua2 take turns and the median counts: both see the same machine. pjsua2 has room for 8 accounts and 4 calls
in a process: so both are given 4 calls at a time, its registrations are the same 8 accounts again and again, and of
its calls the CPU is what can be compared.
"""

import asyncio
import csv
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.pipe import Pipe
from tests.end_to_end.lab import LOOPBACK, free_media_ports, free_port, program

SCENARIOS = Path(__file__).parents[1] / "end_to_end" / "scenarios"
SUBJECTS = {"ours": "tests.bench.signalling_phones", "pjsua2": "tests.bench.signalling_pjsua"}
AT_A_TIME = 4
CALLS = {"ours": 1_500, "pjsua2": 200}
RATE = {"ours": 1_000, "pjsua2": 25}
"""calls a second that SIPp tries; pjsua2 keeps each of 64 sockets for half a second after a call, and aborts above"""
PHONES = {"ours": 1_000, "pjsua2": 8}
ANSWERING = {"ours": 8, "pjsua2": 1}
"""phones that answer: one account of pjsua2 takes all four calls"""
TRIALS = 3
REFRESH_S = 3.0
CALLS_WANTED, KILOBYTES_WANTED = 100.0, 250.0


@dataclass(frozen=True)
class Calls:
    """INVITE to the answer to BYE."""

    kind: str
    per_second: float
    failed: int
    milliseconds: float
    """of CPU, each"""

    def __str__(self) -> str:
        whole = "" if not self.failed else f"   {self.failed} FAILED"
        return (
            f"{self.kind:6s} {self.per_second:6.0f} calls set up and torn down a second, {AT_A_TIME} at a time, "
            f"{self.milliseconds:5.2f} ms of CPU each{whole}"
        )


@dataclass(frozen=True)
class Registrations:
    """REGISTER to its 200, and what the phone weighs that is registered and idle."""

    kind: str
    phones: int
    per_second: float
    kilobytes: float
    """of resident memory, each"""

    def __str__(self) -> str:
        return (
            f"{self.kind:6s} {self.per_second:6.0f} registrations a second, "
            f"{self.kilobytes:6.1f} kB a registered phone ({self.phones} in the process)"
        )


@dataclass(frozen=True)
class Wanted:
    """What ours is measured against."""

    calls: float
    kilobytes: float

    @property
    def met(self) -> bool:
        return self.calls >= CALLS_WANTED and self.kilobytes < KILOBYTES_WANTED

    def __str__(self) -> str:
        return (
            f"ours: {self.calls:.0f} calls a second, wanted at least {CALLS_WANTED:.0f}; "
            f"{self.kilobytes:.0f} kB a phone, wanted under {KILOBYTES_WANTED:.0f}"
        )


async def calls(kind: str) -> Calls:
    """One trial: SIPp calls as fast as it is answered."""
    wanted = CALLS[kind]
    async with Pipe.open(SUBJECTS[kind]) as subject:
        port = (await subject.ask("open", phones=ANSWERING[kind]))["port"]
        before = (await subject.ask("cpu"))["cpu"]
        row = await _sipp(
            f"{LOOPBACK}:{port}",
            "-sn",
            "uac",
            "-d",
            "0",
            "-m",
            str(wanted),
            "-l",
            str(AT_A_TIME),
            "-r",
            str(RATE[kind]),
        )
        cpu = (await subject.ask("cpu"))["cpu"] - before
        await subject.ask("close")
    made = int(row["SuccessfulCall(C)"])
    return Calls(kind, made / _elapsed(row), wanted - made, 1_000 * cpu / max(1, made))


async def registrations(kind: str) -> Registrations:
    """One trial: every phone registers, then is idle."""
    phones, port = PHONES[kind], free_port()
    registrar = asyncio.create_task(_sipp("-sf", str(SCENARIOS / "registrar.xml"), port=port))
    try:
        async with Pipe.open(SUBJECTS[kind]) as subject:
            opened = await subject.ask("open", phones=phones, registrar=f"{LOOPBACK}:{port}")
            made, elapsed = float(phones), opened["seconds"]
            if kind == "pjsua2":  # eight are too few to be timed once
                refreshed = await subject.ask("refresh", seconds=REFRESH_S)
                made, elapsed = refreshed["registrations"], refreshed["seconds"]
            await subject.ask("close")
    finally:
        registrar.cancel()
        await asyncio.gather(registrar, return_exceptions=True)
    return Registrations(kind, phones, made / elapsed, opened["bytes"] / 1_000)


async def _sipp(*arguments: str, port: int = 0) -> dict[str, str]:
    """Run SIPp to its end; the last row of its statistics."""
    with tempfile.TemporaryDirectory() as folder:
        statistics_file = Path(folder) / "statistics.csv"
        command = [program("sipp", "sip-tester"), *arguments, "-i", LOOPBACK, "-p", str(port or free_port())]
        command += ["-mp", str(free_media_ports()), "-cp", str(free_port()), "-nostdin", "-timeout", "60"]
        command += ["-deadcall_wait", "0"]  # what comes again is answered again
        command += ["-trace_stat", "-stf", str(statistics_file), "-fd", "1", "-buff_size", "4000000"]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=folder
        )
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        with statistics_file.open(newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))[-1]


def _elapsed(row: dict[str, str]) -> float:
    """Seconds of a run, from the epochs behind SIPp's tabulators."""
    began, now = (float(row[name].rpartition("\t")[2]) for name in ("StartTime", "CurrentTime"))
    return now - began


async def measure() -> list[Calls | Registrations | Wanted]:
    called: dict[str, list[Calls]] = {kind: [] for kind in SUBJECTS}
    registered: dict[str, list[Registrations]] = {kind: [] for kind in SUBJECTS}
    for _ in range(TRIALS):
        for kind in SUBJECTS:
            called[kind].append(await calls(kind))
            registered[kind].append(await registrations(kind))
    rows: list[Calls | Registrations | Wanted] = [_middle_call(trials) for trials in called.values()]
    rows += [_middle_registration(trials) for trials in registered.values()]
    ours = _middle_call(called["ours"]), _middle_registration(registered["ours"])
    return [*rows, Wanted(ours[0].per_second, ours[1].kilobytes)]


def _middle_call(trials: list[Calls]) -> Calls:
    """The median; of failures, the most."""
    return Calls(
        trials[0].kind,
        statistics.median(trial.per_second for trial in trials),
        max(trial.failed for trial in trials),
        statistics.median(trial.milliseconds for trial in trials),
    )


def _middle_registration(trials: list[Registrations]) -> Registrations:
    return Registrations(
        trials[0].kind,
        trials[0].phones,
        statistics.median(trial.per_second for trial in trials),
        statistics.median(trial.kilobytes for trial in trials),
    )


def run() -> list[Calls | Registrations | Wanted]:
    return asyncio.run(measure())


if __name__ == "__main__":
    for found in run():
        sys.stdout.write(f"{found}\n")
