"""The light: the design's table, highest truth first."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from softphone.led import TABLE, led
from softphone.messages import (
    CallId,
    CallSnapshot,
    CallState,
    EarpieceSnapshot,
    HandsetSnapshot,
    LedSnapshot,
    LineSnapshot,
    PhoneSnapshot,
    Place,
    SecondCall,
)
from tests.softphone.profiles import market

REST = PhoneSnapshot("p", "FR", line=LineSnapshot(registered=True))
LIFTED = replace(REST, handset=HandsetSnapshot(lifted=True))


WAITING = SecondCall(CallId("in-2"), waiting=True)
HELD = SecondCall(CallId("in-1"), waiting=False)


def calling(phone: PhoneSnapshot, state: CallState) -> PhoneSnapshot:
    return replace(phone, call=CallSnapshot(state))


TRUTHS: list[tuple[str, Callable[[PhoneSnapshot], PhoneSnapshot]]] = [
    ("out_of_service", lambda phone: replace(phone, line=LineSnapshot(messages=phone.line.messages))),
    ("ringing", lambda phone: calling(phone, CallState.RINGING)),
    ("pairing", lambda phone: replace(phone, pairing=True)),
    ("call_waiting", lambda phone: replace(phone, call=CallSnapshot(CallState.TALKING, other=WAITING))),
    ("muted", lambda phone: replace(phone, handset=HandsetSnapshot(lifted=True, muted=True))),
    ("held", lambda phone: calling(phone, CallState.HELD)),
    ("in_call", lambda phone: calling(phone, CallState.TALKING)),
    ("off_hook", lambda phone: replace(phone, earpiece=EarpieceSnapshot(Place.NEAR))),
    ("voicemail", lambda phone: replace(phone, line=replace(phone.line, messages=1))),
    ("idle", lambda phone: phone),
]
"""each row of the table, and what makes it true"""


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("out_of_service", (("red", 100), ("off", 100), ("red", 100), ("off", 700))),
        ("ringing", (("amber", 1500), ("off", 3500))),
        ("pairing", (("blue", 500), ("green", 500))),
        ("call_waiting", (("green", 700), ("amber", 300))),
        ("muted", (("red", 0),)),
        ("held", (("green", 500), ("off", 500))),
        ("in_call", (("green", 0),)),
        ("off_hook", (("white", 0),)),
        ("voicemail", (("white", 300), ("off", 2700))),
        ("idle", (("off", 0),)),
    ],
)
def test_each_row(name: str, steps: tuple[tuple[str, int], ...]) -> None:
    phone = dict(TRUTHS)[name](REST)
    assert led(phone, market("FR")) == LedSnapshot(name, steps)


def test_the_highest_of_several_truths_is_shown() -> None:
    phone = REST
    for name, make_true in reversed(TRUTHS):
        phone = make_true(phone)
        assert led(phone, market("FR")).pattern == name


def test_the_table_has_the_design_s_rows_in_its_order() -> None:
    assert [row.name for row in TABLE] == [name for name, _ in TRUTHS]


def test_a_phone_that_is_out_of_order_is_out_of_service() -> None:
    assert (
        led(replace(calling(LIFTED, CallState.TALKING), failed="TypeError"), market("FR")).pattern == "out_of_service"
    )


def test_it_rings_with_the_market_s_cadence() -> None:
    ringing = calling(REST, CallState.RINGING)
    assert led(ringing, market("DE")).steps == (("amber", 1000), ("off", 4000))
    assert led(ringing, market("US")).steps == (("amber", 2000), ("off", 4000))


def test_off_the_hook_without_a_conversation_it_is_white() -> None:
    for state in set(CallState) - {CallState.TALKING, CallState.HELD, CallState.IDLE, CallState.RINGING}:
        assert led(calling(LIFTED, state), market("FR")).pattern == "off_hook", state


def test_a_muted_earpiece_is_as_red_as_a_muted_handset() -> None:
    talking = calling(replace(REST, earpiece=EarpieceSnapshot(Place.NEAR, muted=True)), CallState.TALKING)
    assert led(talking, market("FR")).pattern == "muted"


@pytest.mark.parametrize("state", [CallState.DIAL_TONE, CallState.CALLING, CallState.FAR_HUNG_UP])
def test_while_one_holds_somebody_and_speaks_with_nobody_it_blinks_as_held(state: CallState) -> None:
    held = replace(LIFTED, call=CallSnapshot(state, other=HELD))
    assert led(held, market("FR")).pattern == "held"


def test_who_talks_while_another_is_held_is_in_a_call() -> None:
    assert led(replace(LIFTED, call=CallSnapshot(CallState.TALKING, other=HELD)), market("FR")).pattern == "in_call"


def test_who_is_sent_on_holds_nobody() -> None:
    sent_on = CallSnapshot(CallState.CALLING, other=replace(HELD, sends_on=True))
    assert led(replace(LIFTED, call=sent_on), market("FR")).pattern == "off_hook"


def test_it_rings_as_the_call_asks_for_where_the_market_knows_that() -> None:
    inside = replace(REST, call=CallSnapshot(CallState.RINGING, alert="bellcore-dr2"))
    assert led(inside, market("US")).steps == (("amber", 800), ("off", 400), ("amber", 800), ("off", 4000))
    assert led(inside, market("FR")).steps == (("amber", 1500), ("off", 3500))
