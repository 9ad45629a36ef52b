"""The Replaces header, as a value."""

import pytest
from sipmessage import Headers

from gateway.sip.syntax.replaces import Replaces, read_replaces, replaces_fault

GOOD = "12345@192.168.118.3;to-tag=12345;from-tag=5FFE-3994"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (GOOD, Replaces("12345@192.168.118.3", "12345", "5FFE-3994")),
        (" a@b ; from-tag=1 ; TO-TAG=2 ; Early-Only ", Replaces("a@b", "2", "1", True)),
        ("a@b;to-tag=1", None),
        ("a@b;from-tag=1", None),
        ("a@b;to-tag=;from-tag=1", None),
        ("a@b;to-tag=1;to-tag=2;from-tag=3", None),
        (";to-tag=1;from-tag=2", None),
        ("a b;to-tag=1;from-tag=2", None),
        ("<a@b>;to-tag=1;from-tag=2", None),
        ("", None),
    ],
)
def test_a_dialog_is_named_by_call_id_and_both_tags(text: str, value: Replaces | None) -> None:
    assert read_replaces(text) == value


def test_it_is_written_as_it_is_read() -> None:
    for text in (GOOD, f"{GOOD};early-only"):
        assert str(read_replaces(text)) == text


def test_it_names_the_dialog_as_its_receiver_knows_it() -> None:
    value = Replaces("id", "ours", "theirs")
    assert value.names("id", "ours", "theirs")
    assert not value.names("id", "theirs", "ours")
    assert not value.names("ID", "ours", "theirs")
    assert Replaces("id", "ours", "0").names("id", "ours", "")
    assert Replaces("id", "ours", "0").names("id", "ours", "0")


@pytest.mark.parametrize(
    ("method", "lines", "fault"),
    [
        ("INVITE", [], ""),
        ("INVITE", [("Replaces", GOOD)], ""),
        ("REFER", [("Replaces", GOOD)], "Replaces Is for INVITE Only"),
        ("INVITE", [("Replaces", GOOD), ("Replaces", GOOD)], "Replaces Stands More than Once"),
        ("INVITE", [("Replaces", f"{GOOD}, {GOOD}")], "Replaces Stands More than Once"),
        ("INVITE", [("Replaces", GOOD), ("Join", GOOD)], "Replaces Contradicts Another Header"),
        ("INVITE", [("Replaces", "x")], "Replaces Cannot Be Read"),
        ("INVITE", [("Replaces", "")], "Replaces Cannot Be Read"),
    ],
)
def test_what_is_wrong_with_it_is_said(method: str, lines: list[tuple[str, str]], fault: str) -> None:
    headers = Headers()
    for name, value in lines:
        headers.add(name, value)
    assert replaces_fault(method, headers) == fault
