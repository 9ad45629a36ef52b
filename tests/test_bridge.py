"""The bridge in simulated time: its clock moves only when it sleeps, or when a conference takes long."""

import asyncio

import numpy as np
import pytest

from gateway.bridge import Bridge


class Clock:
    """Time that passes by sleeping; every sleep lets the loop turn once."""

    def __init__(self, until: float, overslept: float = 0.0) -> None:
        self.now = 50.0
        self.until = self.now + until
        self.overslept = overslept
        """s that every sleep takes too long"""

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + (self.overslept if seconds else 0)
        if self.now > self.until:
            raise TimeIsUp
        await asyncio.sleep(0)


class TimeIsUp(Exception):
    pass


class Phone:
    """A conference that notes when it was ticked."""

    def __init__(self, clock: Clock, name: str = "phone") -> None:
        self.clock, self.name = clock, name
        self.ticked: list[float] = []
        self.due: list[float] = []
        self.stalls: dict[int, float] = {}
        """tick number -> s that it takes"""
        self.raises: set[int] = set()

    def tick(self, at: float) -> None:
        self.ticked.append(self.clock.now)
        self.due.append(at)
        self.clock.now += self.stalls.get(len(self.ticked), 0.0)
        if len(self.ticked) in self.raises:
            raise RuntimeError("out of tune")


async def play(clock: Clock, *phones: Phone) -> Bridge:
    bridge = Bridge(clock, clock.sleep)
    for phone in phones:
        bridge.add(phone)
    with pytest.raises(TimeIsUp):
        await bridge.run()
    return bridge


async def test_a_minute_has_three_thousand_ticks_each_at_its_time() -> None:
    phone = Phone(clock := Clock(60, overslept=0.0007))
    bridge = await play(clock, phone)
    assert len(phone.ticked) == pytest.approx(3000, abs=1)
    lateness = [(at - 50.0) % 0.02 for at in phone.ticked]
    assert max(min(late, 0.02 - late) for late in lateness) < 0.0008
    assert bridge.figures.late_p50_ms == pytest.approx(0.7, abs=0.01)
    assert bridge.figures.skipped == 0


async def test_a_stall_is_caught_up_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone(clock := Clock(5))
    phone.stalls[10] = 2.0
    bridge = await play(clock, phone)
    assert len(phone.ticked) == pytest.approx(250, abs=1)
    assert np.allclose(np.diff(phone.due), 0.02), "a stall does not disturb the time that the voice is told"
    assert bridge.figures.skipped == 0
    assert bridge.figures.late_max_ms == pytest.approx(1980, abs=1)
    assert [record.getMessage() for record in caplog.records] == ["bridge: 1.98 s behind, catching up"]


async def test_a_stall_too_long_is_skipped_and_said(caplog: pytest.LogCaptureFixture) -> None:
    phone = Phone(clock := Clock(20))
    phone.stalls[10] = 10.0
    bridge = await play(clock, phone)
    assert len(phone.ticked) == pytest.approx(1000 - 499, abs=2)
    assert bridge.figures.skipped == 499
    assert [record.getMessage() for record in caplog.records] == [
        "bridge: 10.0 s behind, skipped 499 frames of every phone"
    ]
    assert phone.ticked[-1] == pytest.approx(70, abs=0.021)


async def test_while_it_catches_up_the_loop_reads_its_sockets_between_two_ticks() -> None:
    phone = Phone(clock := Clock(2))
    phone.stalls[10] = 1.0
    turns_at_tick: list[int] = []
    turns = 0

    async def sockets() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    tick = phone.tick

    def counted(at: float) -> None:
        turns_at_tick.append(turns)
        tick(at)

    phone.tick = counted  # type: ignore[method-assign]
    reading = asyncio.create_task(sockets())
    await play(clock, phone)
    reading.cancel()
    assert all(later > earlier for earlier, later in zip(turns_at_tick, turns_at_tick[1:], strict=False))


async def test_a_conference_that_raises_does_not_disturb_the_others(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock(1)
    good, bad = Phone(clock, "good"), Phone(clock, "bad")
    bad.raises = {5, 6, 7, 20}
    await play(clock, good, bad)
    assert len(good.ticked) == pytest.approx(50, abs=1)
    assert len(bad.ticked) == pytest.approx(50, abs=1)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["bad: 20 ms of voice failed"] * 2, "once for each run of faults"


async def test_conferences_come_and_go_while_it_runs() -> None:
    clock = Clock(3)
    bridge = Bridge(clock, clock.sleep)
    first, second = Phone(clock), Phone(clock)
    bridge.add(first)
    tick = first.tick

    def change(at: float) -> None:
        tick(at)
        if len(first.ticked) == 50:
            bridge.add(second)
        if len(first.ticked) == 100:
            bridge.remove(first)

    first.tick = change  # type: ignore[method-assign]
    with pytest.raises(TimeIsUp):
        await bridge.run()
    assert len(first.ticked) == 100
    assert len(second.ticked) == pytest.approx(100, abs=1)
    assert second.ticked[0] == pytest.approx(51, abs=0.021)
    bridge.remove(first)


async def test_without_a_phone_it_rests_until_one_comes() -> None:
    clock = Clock(1)
    rests: list[float] = []
    bridge = Bridge(clock, clock.sleep, rests.append)
    phone = Phone(clock)
    running = asyncio.create_task(bridge.run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert clock.now == 50.0, "it slept for nobody"
    assert rests == [50.0], "and said so once"
    clock.now = 50.9
    bridge.add(phone)
    with pytest.raises(TimeIsUp):
        await running
    assert phone.ticked[0] == pytest.approx(50.9, abs=0.021)
    assert bridge.figures.skipped == 0


async def test_many_phones_share_the_frame() -> None:
    clock = Clock(1)
    phones = [Phone(clock, f"phone{i}") for i in range(20)]
    await play(clock, *phones)
    starts = {round((phone.ticked[1] - 50.0) % 0.02 * 1000) % 20 for phone in phones}
    assert starts == {0, 2, 4, 6, 8, 10, 12, 14, 16, 18}
