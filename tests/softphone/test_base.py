"""The base station: its line and its pairing window."""

from softphone.base import MAX_TEXT, PAIRING_S, Base
from softphone.messages import (
    Caller,
    CallState,
    LineLost,
    LineRegistered,
    LineSnapshot,
    MessagesWaiting,
    TextMessage,
    TextReceived,
)


def test_the_line_is_out_of_service_until_the_registrar_accepts_us() -> None:
    base = Base()
    assert not base.line.registered
    base.hear(LineRegistered("sip:anna@lab"))
    assert base.line == LineSnapshot(registered=True, address="sip:anna@lab")


def test_a_lost_line_says_why_and_forgets_it_when_it_is_back() -> None:
    base = Base()
    base.hear(LineRegistered("sip:anna@lab"))
    base.hear(LineLost("sip:lab: no answer"))
    assert base.line == LineSnapshot(registered=False, address="sip:anna@lab", reason="sip:lab: no answer")
    base.hear(LineRegistered("sip:anna@lab"))
    assert base.line.reason == ""


def test_messages_wait_at_the_operator_whether_we_are_registered_or_not() -> None:
    base = Base()
    base.hear(MessagesWaiting(3))
    base.hear(LineRegistered("sip:anna@lab"))
    base.hear(LineLost("gone"))
    assert base.line.messages == 3
    base.hear(MessagesWaiting(-1))
    assert base.line.messages == 0


def test_a_text_is_unread_until_the_phone_leaves_a_state_in_which_it_was_shown() -> None:
    base = Base()
    base.note_down(TextReceived(Caller("06"), "Salut" + "!" * 2000), 3.0)
    assert base.line.text == TextMessage(Caller("06"), ("Salut" + "!" * 2000)[:MAX_TEXT], 3.0)
    base.turn_page(CallState.RINGING)
    assert base.line.text.unread
    base.turn_page(CallState.IDLE)
    read = base.line.text
    assert (read.unread, read.text[:6]) == (False, "Salut!")


def test_a_text_outlives_a_lost_line() -> None:
    base = Base()
    base.note_down(TextReceived(Caller("06"), "Salut"), 3.0)
    base.hear(LineLost("gone"))
    base.hear(LineRegistered("sip:anna@lab"))
    assert base.line.text is not None and base.line.text.unread


def test_the_base_listens_for_a_new_part_for_a_minute() -> None:
    base = Base()
    assert base.get_timer() is None
    base.pair(5.0)
    assert base.pairing and base.get_timer() == 5.0 + PAIRING_S
    base.handle_timer(64.9)
    assert base.pairing
    base.handle_timer(65.0)
    assert not base.pairing


def test_the_window_can_be_closed_early() -> None:
    base = Base()
    base.pair(5.0)
    base.stop_pairing()
    assert not base.pairing and base.get_timer() is None
