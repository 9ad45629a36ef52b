"""Numbers: complete, for help, written, typed."""

import pytest

from softphone.numbering import NumberError, Numbering, Reading, Verdict, as_dialled, is_uri, user_of
from tests.softphone.profiles import market

FRENCH, AMERICAN = Numbering(market("FR")), Numbering(market("US"))


def test_a_prefix_is_kept_in_the_number_that_is_sent() -> None:
    assert FRENCH.read("#31#0123456789") == Reading(Verdict.COMPLETE, "#31#0123456789")


def test_the_prefix_3651_is_looked_at_before_the_service_numbers_of_four_digits() -> None:
    assert FRENCH.read("3651").verdict is Verdict.PARTIAL
    assert FRENCH.read("3652").verdict is Verdict.COMPLETE


def test_a_prefix_may_follow_a_prefix() -> None:
    assert AMERICAN.read("*6710112342015550123").verdict is Verdict.COMPLETE


def test_a_hash_ends_dialling_and_is_not_sent() -> None:
    assert FRENCH.read("0123#") == Reading(Verdict.COMPLETE, "0123")
    assert FRENCH.read("#31#0123#") == Reading(Verdict.COMPLETE, "#31#0123")


@pytest.mark.parametrize("digits", ["#", "*21#", "#21#", "#31##"])
def test_a_hash_does_not_end_what_begins_with_a_star_or_a_hash(digits: str) -> None:
    assert FRENCH.read(digits).verdict is not Verdict.COMPLETE


def test_an_extension_of_a_private_exchange_is_complete_at_once_where_it_is_known() -> None:
    assert FRENCH.read("2001").verdict is Verdict.UNLISTED
    assert Numbering(market("FR"), ["2xxx"]).read("2001").verdict is Verdict.COMPLETE


def test_an_extension_never_hides_an_emergency_number() -> None:
    assert Numbering(market("FR"), ["1xx"]).read("15").verdict is Verdict.EMERGENCY


@pytest.mark.parametrize(
    "number",
    [
        "15",
        "15#",
        "911",
        "#31#15",
        "365115",
        "1 5",
        "sip:15@home",
        "SIPS:15@home;x=y",
        "sip:%31%35@home",
        "sip:15;phone-context=+33@home",
        "sip:15:secret@home",
    ],
)
def test_a_number_for_help_is_known_in_every_disguise(number: str) -> None:
    assert FRENCH.is_emergency(number)


@pytest.mark.parametrize("number", ["", "1", "150", "110", "sip:home", "sip:115@home", "sip:echo@15"])
def test_other_numbers_are_not_for_help(number: str) -> None:
    assert not FRENCH.is_emergency(number)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+33123456789", "01 23 45 67 89"),
        ("+442079460000", "+442079460000"),
        ("#31#0123456789", "#31# 01 23 45 67 89"),
        ("#31#", "#31#"),
        ("sip:echo@lab.example;transport=tcp?x=y", "echo@lab.example"),
        ("sip:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_caller_s_number_is_written_as_at_home(number: str, shown: str) -> None:
    assert FRENCH.written(number) == shown


@pytest.mark.parametrize(
    ("text", "code", "dialled"),
    [
        ("01 23 45 67 89", "FR", "0123456789"),
        (" (201) 555-0123\t", "US", "2015550123"),
        ("030/123-456", "DE", "030123456"),
        ("01\u202f23\u00a045", "FR", "012345"),
        ("*69", "US", "*69"),
        ("#31#3103", "FR", "#31#3103"),
        ("+33 1 23 45 67 89", "FR", "0123456789"),
        ("+33 1 23 45 67 89", "US", "01133123456789"),
        ("+1 201 555 0123", "US", "12015550123"),
        ("+34 612 34 56 78", "ES", "612345678"),
        ("sip:echo@127.0.0.1:5060;transport=tcp", "FR", "sip:echo@127.0.0.1:5060;transport=tcp"),
        ("sips:bob@[2001:db8::1]:5061", "FR", "sips:bob@[2001:db8::1]:5061"),
        ("sip:lab.example", "FR", "sip:lab.example"),
    ],
)
def test_what_a_person_types_is_understood(text: str, code: str, dialled: str) -> None:
    assert as_dialled(text, market(code)) == dialled


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is no number: there is no digit in it"),
        (" - ", "'-' is no number: there is no digit in it"),
        ("0800 FLOWERS", "'0800 FLOWERS' is no number: 'F' is on no dial (0-9 * #, or a SIP URI)"),
        ("tel:112", "'tel:112' is no number: 't' is on no dial (0-9 * #, or a SIP URI)"),
        ("\u0661\u0662", "'\u0661\u0662' is no number: '\u0661' is on no dial (0-9 * #, or a SIP URI)"),
        ("1" * 33, f"'{'1' * 33}' is no number: 33 digits, 32 are the most"),
        ("sip:", "'sip:' is no SIP URI; one looks like sip:user@host or sip:user@host:5060"),
        ("sip:a b@c", "'sip:a b@c' is no SIP URI; one looks like sip:user@host or sip:user@host:5060"),
        ("sip:a@b\r\nX: y", "'sip:a@b\\r\\nX: y' is no SIP URI; one looks like sip:user@host or sip:user@host:5060"),
        ("+", "'+' is no number: after + come 1 to 15 digits (E.164)"),
        ("+33*", "'+33*' is no number: after + come 1 to 15 digits (E.164)"),
        ("+" + "1" * 16, f"'+{'1' * 16}' is no number: after + come 1 to 15 digits (E.164)"),
        ("+33 1", "'+33 1': what + stands for depends on the market; dial its prefix, such as 00 or 011"),
    ],
)
def test_what_is_no_number_is_said(text: str, sentence: str) -> None:
    with pytest.raises(NumberError) as raised:
        as_dialled(text)
    assert str(raised.value) == sentence


def test_a_uri_says_of_itself_that_it_is_one() -> None:
    assert is_uri("SIP:a@b") and is_uri("sips:a@b") and not is_uri("0123")
    assert (user_of("sip:a%20b;x@c"), user_of("sip:c"), user_of("0123")) == ("a b", "", "0123")
