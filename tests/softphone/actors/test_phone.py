"""The phone: a whole life in simulated time, seen as a person sees it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import pytest

from softphone.actors.phone import Phone
from softphone.digit_map import DigitMapError
from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallArrived,
    CallEnded,
    Caller,
    CallId,
    CallState,
    DialKind,
    EndCall,
    LineCommand,
    LineRegistered,
    Mute,
    PhoneSnapshot,
    PlaceCall,
    SendDigit,
)
from softphone.settings import PhoneSettings
from tests.softphone.actors.ears import Heard
from tests.softphone.clock import live
from tests.softphone.profiles import market

OUT, IN = CallId("out-1"), CallId("in-1")

Story = Callable[["Life"], Coroutine[Any, Any, None]]


class Life:
    """A phone, its line, and everything it looked like."""

    def __init__(self, settings: PhoneSettings | None = None, code: str = "FR", name: str = "p") -> None:
        self.line = Heard[LineCommand]()
        self.phone = Phone(
            name, market(code), settings or PhoneSettings(), self.line, lambda: datetime(2025, 3, 9, 17, 5)
        )
        self.seen: list[PhoneSnapshot] = []
        self.phone.subscribe(self.seen.append)

    @property
    def now(self) -> PhoneSnapshot:
        return self.phone.snapshot

    async def run(self, story: Story) -> None:
        task = asyncio.create_task(self.phone.run())
        self.phone.call_control.tell(LineRegistered("sip:anna@lab"))
        await asyncio.sleep(0.01)
        await story(self)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def lived(story: Story, settings: PhoneSettings | None = None, code: str = "FR") -> Life:
    async def life() -> Life:
        begun = Life(settings, code)
        await begun.run(story)
        return begun

    return live(life())


def assert_shows(life: Life, state: CallState, led: str, line1: str, line2: str) -> None:
    now = life.now
    assert (now.call.state, now.led.pattern, now.display.line1, now.display.line2) == (state, led, line1, line2)


def assert_rings(life: Life, ringing: bool, bell: bool) -> None:
    assert (life.now.ringer.ringing, life.now.ringer.bell) == (ringing, bell)


async def moment(seconds: float = 0.01) -> None:
    await asyncio.sleep(seconds)


# ---------------------------------------------------------------- calls


def test_a_call_from_lifting_to_hanging_up() -> None:
    async def story(life: Life) -> None:
        assert_shows(life, CallState.IDLE, "idle", "dim. 9 mars", "17:05")
        life.phone.handset.lift()
        await moment()
        assert_shows(life, CallState.DIAL_TONE, "off_hook", "Numérotez", "")
        assert life.now.call.tone == "dial"
        life.phone.dial.touch("0123456789")
        await moment(2)
        assert_shows(life, CallState.CALLING, "off_hook", "Appel en cours", "01 23 45 67 89")
        life.phone.call_control.tell(CallAnswered(OUT))
        await moment(3.01)
        assert_shows(life, CallState.TALKING, "in_call", "01 23 45 67 89", "00:03")
        life.phone.handset.tell(Mute(True))
        life.phone.dial.touch("1")
        await moment()
        assert_shows(life, CallState.TALKING, "muted", "Micro coupé", "00:03          1")
        life.phone.handset.hang_up()
        await moment()
        assert_shows(life, CallState.IDLE, "idle", "dim. 9 mars", "17:05")

    life = lived(story)
    assert life.line.messages == [PlaceCall(OUT, "0123456789"), SendDigit(OUT, "1"), EndCall(OUT)]


def test_a_call_answered_with_the_earpiece_and_kept_when_the_handset_goes_down() -> None:
    async def story(life: Life) -> None:
        life.phone.call_control.tell(CallArrived(IN, Caller("+33612345678", "Jeanne")))
        await moment()
        assert_shows(life, CallState.RINGING, "ringing", "Jeanne", "06 12 34 56 78")
        assert_rings(life, ringing=True, bell=True)
        await moment(1.5)
        assert_rings(life, ringing=True, bell=False)
        life.phone.earpiece.take()
        life.phone.handset.lift()
        await moment()
        assert_shows(life, CallState.TALKING, "in_call", "Jeanne", "00:00")
        assert_rings(life, ringing=False, bell=False)
        life.phone.handset.hang_up()
        life.phone.earpiece.move(30)
        await moment(0.3)
        assert_shows(life, CallState.TALKING, "in_call", "Haut-parleur", "00:00")
        life.phone.call_control.tell(CallEnded(IN))
        await moment()
        assert_shows(life, CallState.FAR_HUNG_UP, "off_hook", "Appel terminé", "Jeanne")
        assert life.now.call.tone == "busy"
        life.phone.earpiece.dock()
        await moment()

    life = lived(story)
    assert life.line.messages == [AnswerCall(IN)]
    assert life.now.call.state is CallState.IDLE


def test_a_turned_number_mutes_the_receivers_and_shows_each_digit_when_the_dial_is_home() -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.dial.turn("31")
        await moment()
        assert life.now.dial.off_rest and life.now.call.tone == ""
        await moment(0.8)
        assert life.now.display.line2 == "3"
        await moment(5)
        assert life.now.display.line2 == "31"
        assert not life.now.dial.off_rest

    life = lived(story, PhoneSettings(dial=DialKind.ROTARY))
    assert max(snapshot.dial.pulses for snapshot in life.seen) == 3


def test_digits_asked_for_in_one_breath_with_lifting_are_all_dialled() -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.dial.touch("3103")
        await moment(1)

    assert lived(story).line.messages == [PlaceCall(OUT, "3103")]


def test_digits_of_the_call_before_do_not_leak_into_the_next() -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.dial.touch("0123456789")
        await moment(0.5)
        life.phone.handset.hang_up()
        life.phone.handset.lift()
        life.phone.dial.touch("3103")
        await moment(5)

    assert lived(story).line.messages == [PlaceCall(OUT, "3103")]


def test_an_emergency_number_is_refused_and_said() -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.dial.touch("112")
        await moment(1)
        assert_shows(life, CallState.FAILED, "off_hook", "Urgence bloquée", "112")

    assert lived(story).line.messages == []


def test_the_language_can_be_chosen() -> None:
    async def story(life: Life) -> None:
        assert life.now.display.line1 == "dim. 9 mars"
        life.phone.handset.lift()
        await moment()
        assert life.now.display.line1 == "Numérotez"

    lived(story, PhoneSettings(language="fr"), code="CA")


# ---------------------------------------------------------------- snapshots


def test_every_change_is_seen_once_and_in_order() -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.handset.lift()
        life.phone.dial.touch("3103")
        await moment(30)

    seen = lived(story).seen
    assert [snapshot.version for snapshot in seen] == list(range(1, len(seen) + 1))
    for before, after in zip(seen, seen[1:], strict=False):
        assert (before.handset, before.call, before.dial, before.led, before.display, before.ringer, before.line) != (
            *(after.handset, after.call, after.dial, after.led, after.display, after.ringer, after.line),
        )


def test_who_does_not_listen_any_more_hears_nothing() -> None:
    heard: list[PhoneSnapshot] = []

    async def story(life: Life) -> None:
        unsubscribe = life.phone.subscribe(heard.append)
        life.phone.handset.lift()
        await moment()
        assert heard
        heard.clear()
        life.phone.handset.hang_up()
        unsubscribe()
        unsubscribe()
        await moment()

    lived(story)
    assert heard == []


def test_a_listener_that_raises_is_the_loop_s_to_report_and_hurts_nobody() -> None:
    reported: list[dict[str, Any]] = []

    def clumsy(snapshot: PhoneSnapshot) -> None:
        raise ZeroDivisionError("a page's mistake")

    async def story(life: Life) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        life.phone.subscribe(clumsy)
        life.phone.handset.lift()
        await moment()
        assert life.now.call.state is CallState.DIAL_TONE
        assert life.now.failed == ""

    lived(story)
    assert isinstance(reported[0]["exception"], ZeroDivisionError)


def test_before_it_lives_a_phone_looks_as_it_was_set() -> None:
    async def life() -> PhoneSnapshot:
        return Life(PhoneSettings(dial=DialKind.ROTARY), "DE").now

    snapshot = live(life())
    assert (snapshot.name, snapshot.market, snapshot.version) == ("p", "DE", 0)
    assert snapshot.dial.kind is DialKind.ROTARY


def test_an_extension_that_is_no_rule_is_said_when_the_phone_is_made() -> None:
    with pytest.raises(DigitMapError, match="digit map rule '2y': 'y' at 1 is not understood"):
        Phone("p", market("FR"), PhoneSettings(extensions=("2y",)), Heard[LineCommand](), datetime.now)


# ---------------------------------------------------------------- out of order


def broken(life: Life) -> None:
    """What no wire can say and no type checker lets pass: a part's mistake."""
    life.phone.handset.set_volume("loud")  # type: ignore[arg-type]


def test_a_phone_whose_actor_raises_ends_its_call_is_seen_failed_and_starts_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(life: Life) -> None:
        life.phone.handset.lift()
        life.phone.dial.touch("3103")
        await moment(1)
        life.phone.call_control.tell(CallAnswered(OUT))
        await moment()
        broken(life)
        await moment()
        assert life.line.messages[-1] == EndCall(OUT)
        assert life.now.failed.startswith("TypeError: ")
        assert_shows(life, CallState.IDLE, "out_of_service", "En panne", "")
        assert not life.now.handset.lifted
        await moment(0.6)
        assert life.now.failed == ""
        assert_shows(life, CallState.IDLE, "idle", "dim. 9 mars", "17:05")
        life.phone.handset.lift()
        await moment()
        assert_shows(life, CallState.DIAL_TONE, "off_hook", "Numérotez", "")
        life.phone.dial.touch("3103")
        await moment(1)

    with caplog.at_level(logging.ERROR):
        life = lived(story)
    assert life.line.messages[-1] == PlaceCall(CallId("out-2"), "3103")
    assert [record.getMessage() for record in caplog.records] == ["p: out of order, starts anew in 0.5 s"]
    assert caplog.records[0].exc_info is not None and "clamped_volume" in caplog.text


def test_it_waits_longer_each_time_and_forgives_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    async def story(life: Life) -> None:
        for _ in range(3):
            broken(life)
            await moment(3)
        await moment(90)
        broken(life)
        await moment(1)
        assert life.now.failed == ""

    with caplog.at_level(logging.ERROR):
        lived(story)
    waits = [record.getMessage().rpartition(" in ")[2] for record in caplog.records]
    assert waits == ["0.5 s", "1 s", "2 s", "0.5 s"]


def test_other_phones_go_on() -> None:
    async def both() -> None:
        good, bad = Life(name="good"), Life(name="bad")

        async def fails(life: Life) -> None:
            broken(life)
            await moment(5)

        async def talks(life: Life) -> None:
            life.phone.handset.lift()
            await moment(1)
            assert life.now.call.state is CallState.DIAL_TONE
            assert life.now.failed == ""

        async with asyncio.TaskGroup() as group:
            group.create_task(good.run(talks))
            group.create_task(bad.run(fails))

    live(both())


def test_a_phone_that_is_cancelled_leaves_no_task() -> None:
    async def life() -> int:
        await Life().run(lambda life: moment())
        return len(asyncio.all_tasks())

    assert live(life()) == 1


def test_a_flood_of_distances_neither_stops_the_phone_nor_loses_the_last() -> None:
    async def story(life: Life) -> None:
        life.phone.earpiece.take()
        for burst in range(20):
            for number in range(200):
                life.phone.earpiece.move(30 + (burst + number) % 7)
            await asyncio.sleep(0.02)
        life.phone.earpiece.move(1)
        await moment(0.2)
        assert not life.now.earpiece.loudspeaker
        assert life.now.earpiece.distance_cm == 1
        assert life.now.display.line2 == ""
        assert life.now.call.state is CallState.DIAL_TONE

    lived(story)
