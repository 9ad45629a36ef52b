"""A flood of INVITEs on the SIP port: the call that stands loses nothing, and the memory comes back."""

import asyncio
import re
import sys
import time

import pytest

from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.caller import Caller
from tests.end_to_end.peers.neoretro import Answering
from tests.end_to_end.peers.process import Process
from tests.end_to_end.peers.sipp import Sipp
from tests.end_to_end.peers.steady_voice import SteadyVoice

PER_S, SECONDS = 2_000, 10.0
LATE_MS = 60.0
"""between two packets of ours: a far end's playout has grown to that long before"""
GROWN_MB = 10.0
"""at the end of a second flood like the first, whose 10,000 INVITEs would weigh ten times as much if they were held"""
ALL_OVER_S = 36.0
"""64 times T1 and T4 (:rfc:`3261#section-17.2.1`)"""


@pytest.mark.alone
async def test_two_thousand_invites_a_second_cost_a_call_no_frame(lab: Lab) -> None:
    async with Answering(lab, "--calls", "2", "--phones", "1", "--json") as phone:
        port = int(phone.address.rpartition(":")[2])
        with SteadyVoice() as voice, Caller(port, media_port=voice.port) as caller:
            caller.invite()
            ok = await caller.hears("SIP/2.0 200")
            caller.ack()
            media = re.search(r"m=audio (\d+)", ok)
            assert media is not None
            voice.call(int(media[1]))
            await asyncio.sleep(2)
            before = phone.resident_mb
            quiet = voice.gaps_ms(time.monotonic() - 1.5, time.monotonic())
            since = time.monotonic()
            sent = await flood(lab, port)
            until, during = time.monotonic(), phone.resident_mb
            await asyncio.sleep(1)
            caller.bye()
            await caller.hears("SIP/2.0 200")
        gaps = voice.gaps_ms(since, until)
        heard = [packet for packet in voice.packets if since <= packet.at <= until]
        lab.measured(
            junk_per_s=sent / SECONDS,
            gap_quiet_max_ms=quiet[-1],
            gap_max_ms=gaps[-1],
            gap_p99_ms=gaps[len(gaps) * 99 // 100],
            grown_during_mb=during - before,
            packets=len(heard),
        )
        assert sent > 0.95 * PER_S * SECONDS, "a flood it was"
        numbers = [packet.sequence for packet in heard]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "not one is missing or out of order"
        assert {later.timestamp - earlier.timestamp for earlier, later in zip(heard, heard[1:], strict=False)} == {160}
        assert len(heard) >= (until - since) * 50 - 3, "and none was never sent"
        # one gap alone may be the machine's own: then the packets come after it, which was counted above
        assert gaps[len(gaps) * 99 // 100] < LATE_MS, gaps[-10:]
        async with Sipp(lab, phone.address, talk_ms=200) as later:
            assert (await later.finished(10)).successful == 1, "the phone is usable afterwards"
        outcome = await phone.finished(10)
        assert outcome.report["answered"] == 2 and "Traceback" not in outcome.story, outcome
        (figures,) = [call["voice"] for call in outcome.report["calls"] if call["talked_s"] > SECONDS]
        lab.measured(lost=figures["playout"]["lost"])
        assert figures["playout"]["lost"] == 0, "what the far end said came whole, too"


async def test_of_a_flood_that_is_over_no_memory_is_held(lab: Lab) -> None:
    async with Answering(lab, "--phones", "1") as phone:
        port, peaks = int(phone.address.rpartition(":")[2]), []
        for pause in (ALL_OVER_S, 0):
            await flood(lab, port, SECONDS / 2)
            peaks.append(phone.resident_mb)
            await asyncio.sleep(pause)
        lab.measured(first_mb=peaks[0], second_mb=peaks[1])
        assert peaks[1] - peaks[0] < GROWN_MB


async def flood(lab: Lab, port: int, seconds: float = SECONDS) -> int:
    """How many were sent."""
    out = lab.place("flood") / "stdout"
    command = [sys.executable, "-m", "tests.end_to_end.peers.flood", str(port), str(PER_S), str(seconds)]
    async with Process(command, out.with_name("log"), stdout=out) as process:
        assert await process.ended(seconds + 10) == 0, process.output
    return int(out.read_text())
