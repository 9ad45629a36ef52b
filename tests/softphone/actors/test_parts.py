"""Handset, earpiece and dial as actors: commands in, events to call control, snapshots out, by their own clock."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

from softphone.actor import Actor
from softphone.actors.dial import DialActor
from softphone.actors.earpiece import EarpieceActor
from softphone.actors.handset import HandsetActor
from softphone.messages import (
    CallControlMessage,
    DialHome,
    DialKind,
    DialOffRest,
    DialPulsed,
    DialSnapshot,
    DigitDialled,
    EarpieceDocked,
    EarpieceSnapshot,
    EarpieceTaken,
    Flash,
    ForgetDigits,
    HandsetHungUp,
    HandsetLifted,
    HandsetSnapshot,
    HookFlashed,
    Place,
    Snapshot,
)
from softphone.proximity import Thresholds
from tests.softphone.actors.ears import Heard
from tests.softphone.clock import live
from tests.softphone.profiles import market

BEGIN = 1000.0
"""what the jumping clock shows at first"""

Story = Callable[[], Coroutine[Any, Any, None]]


class Neighbours:
    def __init__(self) -> None:
        self.call = Heard[CallControlMessage]()
        self.snapshots: list[Snapshot] = []

    @property
    def events(self) -> list[CallControlMessage]:
        return self.call.messages

    def last(self) -> Snapshot:
        return self.snapshots[-1]


async def settle(seconds: float = 0.0) -> None:
    await asyncio.sleep(seconds)
    await asyncio.sleep(0.001)


async def with_life(actor: Actor[Any], story: Story) -> None:
    task = asyncio.create_task(actor.run())
    await asyncio.sleep(0)
    await story()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_the_handset_tells_its_hook_to_call_control() -> None:
    around = Neighbours()

    async def life() -> None:
        handset = HandsetActor("p: handset", around.call, around.snapshots.append)

        async def story() -> None:
            handset.lift()
            handset.tell(Flash())
            handset.flash()
            handset.mute()
            handset.set_volume(3)
            await settle()
            assert around.last() == HandsetSnapshot(lifted=True, muted=True, volume=3)
            handset.mute(False)
            handset.hang_up()
            await settle()

        await with_life(handset, story)

    live(life())
    assert around.events[:3] == [HandsetLifted(), HookFlashed(), HookFlashed()]
    assert isinstance(around.events[3], HandsetHungUp) and around.events[3].at >= BEGIN
    assert around.last() == HandsetSnapshot(volume=3)


def test_a_part_is_seen_before_it_is_acted_upon() -> None:
    order: list[object] = []

    class Call:
        def tell(self, message: CallControlMessage) -> None:
            order.append(message)

    async def life() -> None:
        handset = HandsetActor("p: handset", Call(), order.append)

        async def story() -> None:
            handset.lift()
            await settle()

        await with_life(handset, story)

    live(life())
    assert order == [HandsetSnapshot(), HandsetSnapshot(lifted=True), HandsetLifted()]


def test_the_earpiece_turns_its_loudspeaker_on_by_itself() -> None:
    around = Neighbours()

    async def life() -> None:
        earpiece = EarpieceActor("p: earpiece", Thresholds(), around.call, around.snapshots.append)

        async def story() -> None:
            earpiece.take()
            earpiece.move(30)
            earpiece.move(math.nan)
            await settle(0.24)
            assert around.last() == EarpieceSnapshot(Place.NEAR, distance_cm=30)
            await settle(0.02)
            assert around.last() == EarpieceSnapshot(Place.FAR, loudspeaker=True, distance_cm=30)
            earpiece.lay()
            earpiece.mute()
            earpiece.set_volume(9)
            await settle()
            assert around.last() == EarpieceSnapshot(Place.TABLE, True, 30, muted=True, volume=9)
            earpiece.dock()
            await settle()

        await with_life(earpiece, story)

    live(life())
    assert around.events[0] == EarpieceTaken()
    assert isinstance(around.events[1], EarpieceDocked)
    assert around.last() == EarpieceSnapshot(volume=9)


def test_the_dial_turns_at_its_own_speed() -> None:
    around = Neighbours()
    seen: list[CallControlMessage] = []

    async def life() -> None:
        dial = DialActor("p: dial", market("FR"), DialKind.ROTARY, around.call, around.snapshots.append)

        async def story() -> None:
            dial.turn("2")
            await settle()
            assert around.last() == DialSnapshot(DialKind.ROTARY, off_rest=True, turning="2")
            assert around.events == [DialOffRest()]
            await settle(1)
            seen.extend(around.events)
            around.events.clear()
            dial.wind("9")
            dial.let_go(61)
            await settle(1)
            dial.touch("5#")
            await settle(1)
            dial.choose(DialKind.ROTARY)
            await settle()

        await with_life(dial, story)

    live(life())
    two = [DialPulsed(1), DialPulsed(2), DialHome(), DigitDialled("2", DialKind.ROTARY)]
    assert seen == [DialOffRest(), *two]
    one = [DialOffRest(), DialPulsed(1), DialHome(), DigitDialled("1", DialKind.ROTARY)]
    assert around.events == [*one, DigitDialled("5", DialKind.TOUCH), DigitDialled("#", DialKind.TOUCH)]
    assert around.last() == DialSnapshot(DialKind.ROTARY)


def test_the_dial_forgets_what_waits_when_the_phone_is_hung_up() -> None:
    around = Neighbours()

    async def life() -> None:
        dial = DialActor("p: dial", market("FR"), DialKind.TOUCH, around.call, around.snapshots.append)

        async def story() -> None:
            dial.touch("123")
            await settle(0.01)
            dial.tell(ForgetDigits(asked_before=dial.now()))
            await settle(5)

        await with_life(dial, story)

    live(life())
    assert around.events == [DigitDialled("1", DialKind.TOUCH)]


def test_every_life_begins_anew() -> None:
    around = Neighbours()

    async def life() -> None:
        handset = HandsetActor("p: handset", around.call, around.snapshots.append)
        earpiece = EarpieceActor("p: earpiece", Thresholds(), around.call, around.snapshots.append)
        dial = DialActor("p: dial", market("FR"), DialKind.ROTARY, around.call, around.snapshots.append)

        async def story() -> None:
            handset.lift()
            earpiece.take()
            dial.wind("5")
            await settle()

        async def nothing() -> None:
            around.snapshots.clear()

        for actor in (handset, earpiece, dial):
            await with_life(actor, story)
            await with_life(actor, settle)
            assert around.last() in (HandsetSnapshot(), EarpieceSnapshot(), DialSnapshot(DialKind.ROTARY))
            await nothing()

    live(life())
