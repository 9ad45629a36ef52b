"""The display: every situation in two lines of sixteen characters, in five countries' ways."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.display import WIDTH, Display, duration, printable
from softphone.messages import (
    Caller,
    CallId,
    CallSnapshot,
    DisplaySnapshot,
    EarpieceSnapshot,
    HandsetSnapshot,
    LineSnapshot,
    PhoneSnapshot,
    Place,
    SecondCall,
    TextMessage,
)
from softphone.messages import CallState as S
from tests.softphone.profiles import CODES, market

SUNDAY = datetime(2025, 3, 9, 17, 5, 20)
REST = PhoneSnapshot("p", "FR", line=LineSnapshot(registered=True))
LOUD = EarpieceSnapshot(Place.FAR, loudspeaker=True)


WAITING = SecondCall(CallId("in-2"), waiting=True, caller=Caller("0698765432", "Paul"))
HELD = SecondCall(CallId("in-1"), waiting=False, caller=Caller("0612345678", "Jeanne"))


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
        (call(S.RINGING, "", caller=Caller("06", "Jeanne", "0144556677")), ("Jeanne", "par 01 44 55 66…")),
        (call(S.RINGING, "", caller=Caller("06", "", "2001")), ("06", "par 2001")),
        (call(S.RINGING, recall=True), ("Rappel", "01 23 45 67 89")),
        (talking(other=WAITING), ("Double appel", "Paul")),
        (talking(other=replace(WAITING, caller=Caller(""))), ("Double appel", "Numéro masqué")),
        (talking(other=HELD), ("01 23 45 67 89", "01:15 + attente")),
        (talking(other=HELD, sent_digits="5"), ("01 23 45 67 89", "01:15          5")),
        (call(S.HELD, answered_at=0.0), ("Mis en attente", "01:15")),
        (call(S.DIAL_TONE, "", other=HELD), ("En attente", "Jeanne")),
        (call(S.DIALLING, "01", other=HELD), ("Numéro", "01")),
        (call(S.CALLING, "sip:paul@lab", notice="transferring"), ("Transfert", "paul@lab")),
        (call(S.TRANSFERRING, transfer_to="0611111111"), ("Transfert", "06 11 11 11 11")),
        (call(S.TRANSFERRING, transfer_to="0611111111", status=180), ("Ça sonne", "06 11 11 11 11")),
        (talking(notice="transfer_failed"), ("Transf. échoué", "01:15")),
        (call(S.FAR_HUNG_UP, notice="transferred"), ("Transféré", "01 23 45 67 89")),
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


# ---------------------------------------------------------------- texts


def written(text: str, sender: Caller = Caller("0612345678", "Jeanne"), **more: object) -> PhoneSnapshot:  # noqa: B008
    line = LineSnapshot(registered=True, text=TextMessage(sender, text, at=10.0))
    return replace(REST, line=line, **more)  # type: ignore[arg-type]


def test_a_text_is_shown_page_by_page_its_sender_first_until_it_was_read() -> None:
    phone = written("Dîner à 20 heures chez Paul, apporte du vin")
    pages = [shown(phone, now=10.0 + seconds) for seconds in (0, 2.5, 5)]
    assert pages == [("Jeanne", "Dîner à 20"), ("heures chez", "Paul, apporte du"), ("vin", "")]
    assert shown(phone, now=17.5) == pages[0], "and from the beginning again"
    read = replace(phone, line=replace(phone.line, text=replace(phone.line.text, unread=False)))  # type: ignore[type-var]
    assert shown(read) == ("dim. 9 mars", "17:05")


def test_a_text_from_a_withheld_number_or_without_words_is_shown_all_the_same() -> None:
    assert shown(written("Salut", Caller("")), now=10.0) == ("Numéro masqué", "Salut")
    assert shown(written(" \n", Caller("0612345678")), now=10.0) == ("06 12 34 56 78", "")


def test_a_text_does_not_hide_who_calls_or_what_is_dialled() -> None:
    assert shown(written("Salut", call=CallSnapshot(S.RINGING, caller=Caller("06"))))[0] == "Appel entrant"
    assert shown(written("Salut", call=CallSnapshot(S.DIALLING, number="01")))[1] == "01"


def test_its_pages_turn_by_themselves() -> None:
    display = Display(market("FR"))
    assert display.next_change(written("Salut"), SUNDAY, 11.0) == pytest.approx(12.5, abs=0.01)
    assert display.next_change(written("Salut"), SUNDAY, 12.6) == pytest.approx(15.0, abs=0.01)


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=200), st.text(max_size=20), st.floats(0, 100))
def test_whatever_is_written_fits_the_display(text: str, name: str, now: float) -> None:
    lines = shown(written(text, Caller("06", name)), now=10.0 + now)
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
