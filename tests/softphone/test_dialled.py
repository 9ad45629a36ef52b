"""What was dialled so far: is it a number, may it be called, how long is the next digit waited for."""

from softphone.call_table import Input
from softphone.dialled import Dialled
from softphone.messages import DialKind
from softphone.settings import PhoneSettings
from tests.softphone.profiles import market


def dialled(digits: str = "", kind: DialKind = DialKind.TOUCH, **settings: bool) -> Dialled:
    begun = Dialled(market("FR"), PhoneSettings(**settings))  # type: ignore[arg-type]
    for digit in digits:
        begun.digit(digit, kind)
    return begun


def test_digits_become_a_number_with_the_last_one() -> None:
    begun = dialled("012345678")
    assert begun.digit("9", DialKind.TOUCH) is Input.NUMBER
    assert begun.number == begun.digits == "0123456789"


def test_forgotten_one_begins_anew() -> None:
    begun = dialled("0123")
    begun.forget()
    assert (begun.digits, begun.number) == ("", "")


def test_the_next_digit_is_waited_for_longer_where_the_dial_turns() -> None:
    assert dialled().wait_s == 16
    assert dialled("0123").wait_s == 10
    assert dialled("0123", DialKind.ROTARY).wait_s == 12
    assert dialled("00493012345").wait_s == 4


def test_a_whole_number_happens_as_what_it_is_for() -> None:
    assert dialled().whole("06 11 11 11 11", Input.HAND_OVER) is Input.HAND_OVER
    assert dialled().whole("112", Input.HAND_OVER) is Input.EMERGENCY
    assert dialled().whole("x", Input.HAND_OVER) is Input.NO_NUMBER


def test_no_far_end_makes_the_phone_call_for_help_even_where_a_person_may() -> None:
    begun = dialled(allow_emergency_calls=True)
    assert begun.may_follow("sip:paul@lab") and begun.remarks == []
    assert not begun.may_follow("sip:112@lab")
    [remark] = begun.remarks
    assert remark.warns and "112" in remark.sentence
