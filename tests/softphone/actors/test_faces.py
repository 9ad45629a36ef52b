"""Light, display and bell as actors: the phone's state in, what a person sees and hears out."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from softphone.actor import Follower
from softphone.actors.display import DisplayActor
from softphone.actors.led import LedActor
from softphone.actors.ringer import RingerActor
from softphone.display import Display
from softphone.messages import CallSnapshot, CallState, DisplaySnapshot, LineSnapshot, PhoneSnapshot, RingerSnapshot
from tests.softphone.clock import live
from tests.softphone.profiles import market

REST = PhoneSnapshot("p", "FR", line=LineSnapshot(registered=True))
RINGING = replace(REST, call=CallSnapshot(CallState.RINGING))

Told = list[tuple[float, PhoneSnapshot]]


def faced(make: Callable[[Callable[[Any], None]], Follower[PhoneSnapshot]], told: Told, until: float) -> list[Any]:
    """What an actor published, with the second, when it was told these snapshots at these seconds."""
    seen: list[tuple[float, Any]] = []

    async def life() -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        actor = make(lambda part: seen.append((round(loop.time() - begin, 2), part)))
        task = asyncio.create_task(actor.run())
        for when, snapshot in told:
            await asyncio.sleep(begin + when - loop.time())
            actor.tell(snapshot)
        await asyncio.sleep(begin + until - loop.time())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    live(life())
    return seen


def test_the_light_follows_the_phone() -> None:
    seen = faced(
        lambda publish: LedActor("p: led", market("FR"), publish), [(0, REST), (1, RINGING), (2, REST)], until=3
    )
    assert [(when, led.pattern) for when, led in seen] == [(0.0, "idle"), (1.0, "ringing"), (2.0, "idle")]


def test_the_bell_keeps_its_cadence_until_the_call_is_taken() -> None:
    seen = faced(lambda publish: RingerActor("p: ringer", market("FR"), publish), [(0, RINGING), (7, REST)], until=20)
    assert [(when, ringer.bell) for when, ringer in seen] == [
        *((0.0, True), (1.5, False), (5.0, True), (6.5, False), (7.0, False))
    ]
    assert seen[-1][1] == RingerSnapshot()


def test_the_bell_rings_as_the_call_asks_for() -> None:
    asked = replace(REST, call=CallSnapshot(CallState.RINGING, alert="bellcore-dr2"))
    seen = faced(lambda publish: RingerActor("p: ringer", market("US"), publish), [(0, asked)], until=3)
    assert [(when, ringer.bell) for when, ringer in seen] == [(0.0, True), (0.8, False), (1.2, True), (2.0, False)]


def display(clock: Callable[[], datetime]) -> Callable[[Callable[[DisplaySnapshot], None]], Follower[PhoneSnapshot]]:
    return lambda publish: DisplayActor("p: display", Display(market("FR")), clock, publish)


def ticking(begin: datetime) -> Callable[[], datetime]:
    """A wall clock that goes with the loop."""
    started: list[float] = []

    def clock() -> datetime:
        now = asyncio.get_running_loop().time()
        started.append(now)
        return begin + timedelta(seconds=now - started[0])

    return clock


def test_the_clock_wakes_once_a_minute_and_never_between() -> None:
    seen = faced(display(ticking(datetime(2025, 3, 9, 17, 5, 20))), [(0, REST)], until=170)
    assert [(when, shown.line2) for when, shown in seen] == [
        (0, "17:05"),
        (40, "17:06"),
        (100, "17:07"),
        (160, "17:08"),
    ]


def test_the_call_timer_wakes_once_a_second() -> None:
    async def answered() -> float:
        return asyncio.get_running_loop().time()

    talking = replace(REST, call=CallSnapshot(CallState.TALKING, answered_at=live(answered())))
    seen = faced(display(lambda: datetime(2025, 3, 9)), [(0, talking)], until=3.5)
    assert [shown.line2 for _, shown in seen] == ["00:00", "00:01", "00:02", "00:03"]


def test_a_dead_display_has_nothing_to_say() -> None:
    async def life() -> None:
        actor = display(lambda: datetime(2025, 3, 9))(lambda shown: None)
        actor.start()
        actor.handle_timer()
        assert actor.get_timer() is None

    live(life())
