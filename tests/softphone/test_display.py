"""The display: every situation in two lines of sixteen characters, in five countries' ways."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.display import WIDTH, Display, duration, printable
from softphone.messages import (
    Caller,
    CallSnapshot,
    DisplaySnapshot,
    EarpieceSnapshot,
    HandsetSnapshot,
    LineSnapshot,
    PhoneSnapshot,
    Place,
)
from softphone.messages import CallState as S
from tests.softphone.profiles import CODES, market

SUNDAY = datetime(2025, 3, 9, 17, 5, 20)
REST = PhoneSnapshot("p", "FR", line=LineSnapshot(registered=True))
LOUD = EarpieceSnapshot(Place.FAR, loudspeaker=True)


def shown(phone: PhoneSnapshot, code: str = "FR", language: str = "", now: float = 0.0) -> tuple[str, str]:
    seen = Display(market(code), language).show(phone, SUNDAY, now)
    return seen.line1, seen.line2


def call(state: S, number: str = "0123456789", **more: object) -> PhoneSnapshot:
    return replace(REST, call=replace(CallSnapshot(state, number=number), **more))  # type: ignore[arg-type]


def talking(number: str = "0123456789", **more: object) -> PhoneSnapshot:
    return call(S.TALKING, number, answered_at=0.0, **more)


# ---------------------------------------------------------------- at rest


@pytest.mark.parametrize(
    ("code", "language", "lines"),
    [
        ("FR", "", ("dim. 9 mars", "17:05")),
        ("DE", "", ("So. 9. März", "17:05")),
        ("ES", "", ("dom 9 mar", "17:05")),
        ("US", "", ("Sun, Mar 9", "5:05 PM")),
        ("US", "es", ("dom 9 mar", "5:05 PM")),
        ("CA", "", ("Sun, Mar 9", "5:05 p.m.")),
        ("CA", "fr", ("dim. 9 mars", "17 h 05")),
        ("FR", "de", ("So. 9 März", "17:05")),
    ],
)
def test_at_rest_it_is_a_clock_as_the_market_writes_it(code: str, language: str, lines: tuple[str, str]) -> None:
    assert shown(REST, code, language) == lines


def test_at_rest_it_says_what_one_should_know_before_the_date() -> None:
    assert shown(replace(REST, line=LineSnapshot())) == ("Hors service", "17:05")
    assert shown(replace(REST, line=LineSnapshot(registered=True, messages=1))) == ("1 message", "17:05")
    assert shown(replace(REST, line=LineSnapshot(registered=True, messages=12))) == ("12 messages", "17:05")
    assert shown(replace(REST, pairing=True)) == ("Appairage", "17:05")
    assert shown(replace(talking(), failed="TypeError: x")) == ("En panne", "")


# ---------------------------------------------------------------- calls


@pytest.mark.parametrize(
    ("phone", "lines"),
    [
        (call(S.DIAL_TONE, ""), ("Numérotez", "")),
        (call(S.DIALLING, "01234"), ("Numéro", "01 23 4")),
        (call(S.CALLING), ("Appel en cours", "01 23 45 67 89")),
        (call(S.RINGBACK), ("Ça sonne", "01 23 45 67 89")),
        (call(S.EARLY_MEDIA), ("Appel en cours", "01 23 45 67 89")),
        (call(S.FAILED, failure="busy"), ("Occupé", "01 23 45 67 89")),
        (call(S.FAILED, "15", failure="emergency_refused"), ("Urgence bloquée", "15")),
        (call(S.FAILED, "", failure="out_of_service"), ("Hors service", "")),
        (call(S.FAR_HUNG_UP), ("Appel terminé", "01 23 45 67 89")),
        (call(S.HOWLER), ("Raccrochez SVP", "")),
        (call(S.RINGING, "", caller=Caller("+33612345678")), ("Appel entrant", "06 12 34 56 78")),
        (call(S.RINGING, "", caller=Caller("+33612345678", "Jeanne")), ("Jeanne", "06 12 34 56 78")),
        (call(S.RINGING, "", caller=Caller("")), ("Appel entrant", "Numéro masqué")),
        (call(S.RINGING, "", caller=Caller("", "Jeanne")), ("Jeanne", "Numéro masqué")),
        (call(S.RINGING, "", caller=Caller("anna")), ("Appel entrant", "anna")),
        (talking(), ("01 23 45 67 89", "01:15")),
        (talking("", caller=Caller("+33612345678", "Jeanne")), ("Jeanne", "01:15")),
        (talking("", caller=Caller("")), ("En ligne", "01:15")),
        (talking(sent_digits="12#"), ("01 23 45 67 89", "01:15        12#")),
        (talking(sent_digits="12345678901234"), ("01 23 45 67 89", "01:15 5678901234")),
        (talking("sip:echo@lab.example"), ("echo@lab.example", "01:15")),
    ],
)
def test_each_situation(phone: PhoneSnapshot, lines: tuple[str, str]) -> None:
    assert shown(phone, now=75.9) == lines


def test_a_muted_microphone_is_said() -> None:
    muted = replace(talking(), handset=HandsetSnapshot(lifted=True, muted=True))
    assert shown(muted) == ("Micro coupé", "00:00")


@pytest.mark.parametrize(
    ("code", "word"),
    [("FR", "Haut-parleur"), ("DE", "Lautsprecher"), ("ES", "Manos libres"), ("US", "Loudspeaker")],
)
def test_the_loudspeaker_is_said_in_a_call(code: str, word: str) -> None:
    assert shown(replace(talking(), earpiece=LOUD), code) == (word, "00:00")


def test_the_loudspeaker_is_said_before_a_call_where_there_is_room() -> None:
    assert shown(replace(call(S.DIAL_TONE, ""), earpiece=LOUD)) == ("Numérotez", "Haut-parleur")
    assert shown(replace(call(S.DIALLING, "01"), earpiece=LOUD)) == ("Numéro", "01")


@pytest.mark.parametrize(
    ("code", "number", "line"),
    [
        ("FR", "#31#0123456789", "#31#0123456789"),
        ("FR", "0033123456789", "0033123456789"),
        ("FR", "36510033123456789", "…510033123456789"),
        ("US", "*6712015550123", "*6712015550123"),
        ("US", "12015550123", "1 201-555-0123"),
        ("DE", "0123456789012345", "0123456789012345"),
    ],
)
def test_a_number_too_long_for_its_grouping_loses_that_first_and_keeps_its_end(
    code: str, number: str, line: str
) -> None:
    assert shown(call(S.CALLING, number), code)[1] == line


def test_a_name_too_long_keeps_its_beginning() -> None:
    phone = call(S.RINGING, "", caller=Caller("06", "Jeanne-Antoinette Poisson"))
    assert shown(phone)[0] == "Jeanne-Antoinet…"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Je\r\nanne\x00\x1b[2J", "Je anne [2J"),
        ("\u202eenna", "enna"),
        ("Rene\u0301", "René"),
        ("Z\u0336\u0337algo", "Zalgo"),
        ("  ", "Appel entrant"),
    ],
)
def test_a_far_end_s_name_is_shown_as_one_clean_line(name: str, line: str) -> None:
    assert shown(call(S.RINGING, "", caller=Caller("06", name)))[0] == line


NASTY = st.text("09+#*@:;. aZé\u0301\u202e\x00\n\ud800李", max_size=40)


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(
    st.sampled_from(CODES),
    st.sampled_from([S.DIALLING, S.CALLING, S.RINGING, S.TALKING, S.FAILED, S.FAR_HUNG_UP]),
    NASTY,
    NASTY,
    st.booleans(),
)
def test_no_line_is_ever_longer_than_the_display(code: str, state: S, number: str, name: str, arrived: bool) -> None:
    caller = Caller(number, name) if arrived else None
    lines = shown(call(state, number, caller=caller, failure=name, sent_digits="12#" * 9, answered_at=0.0), code)
    assert all(len(line) <= WIDTH and line.isprintable() for line in lines)


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (59.9, "00:59"),
        (60, "01:00"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36_061, "10:01:01"),
        (-1, "00:00"),
    ],
)
def test_a_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_clock_ticks_with_the_minute() -> None:
    display = Display(market("FR"))
    assert display.next_change(REST, SUNDAY, 100.0) == 140.0
    half = SUNDAY.replace(second=59, microsecond=500_000)
    assert display.next_change(REST, half, 100.0) == 100.5


def test_the_call_timer_ticks_with_the_second_of_the_call() -> None:
    display = Display(market("FR"))
    phone = replace(REST, call=CallSnapshot(S.TALKING, answered_at=10.4))
    assert display.next_change(phone, SUNDAY, 12.0) == pytest.approx(12.4, abs=0.002)
    assert display.show(phone, SUNDAY, 12.401).line2 == "00:02"


@pytest.mark.parametrize("state", [S.DIAL_TONE, S.DIALLING, S.CALLING, S.RINGING, S.FAILED, S.HOWLER])
def test_nothing_ticks_in_between(state: S) -> None:
    assert Display(market("FR")).next_change(call(state), SUNDAY, 100.0) is None


def test_printable_leaves_what_can_be_shown() -> None:
    assert printable("Zoë Ünal 李") == "Zoë Ünal 李"


def test_the_snapshot_is_two_lines() -> None:
    assert Display(market("FR")).show(REST, SUNDAY, 0.0) == DisplaySnapshot("dim. 9 mars", "17:05")
