import pytest
from sipmessage import Headers

from gateway.sip.syntax.fields import (
    NameAddress,
    entries,
    name_address,
    number,
    read_parameters,
    split_outside,
    tag_of,
    tokens,
    unquoted,
)


def headers(name: str, *values: str) -> Headers:
    made = Headers()
    made.setlist(name, list(values))
    return made


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ('"x, y" <sip:a@b>, c', ['"x, y" <sip:a@b>', "c"]),
        ("<sip:a@b;p=1,2>,c", ["<sip:a@b;p=1,2>", "c"]),
        ('"quote \\" comma, here", c', ['"quote \\" comma, here"', "c"]),
        ('"never closed, c', ['"never closed, c']),
        ('"trailing backslash\\', ['"trailing backslash\\']),
        ("", [""]),
    ],
)
def test_a_list_is_split_outside_of_quotes_and_brackets(text: str, pieces: list[str]) -> None:
    assert split_outside(text, ",") == pieces


def test_entries_stand_on_one_line_or_on_several() -> None:
    assert entries(["a, b", "", "c,"]) == ["a", "b", "c"]
    assert tokens(headers("Require", "100rel , timer", "path"), "require") == ["100rel", "timer", "path"]


def test_the_first_parameter_of_a_name_counts_and_names_have_no_case() -> None:
    assert read_parameters(["Tag=a+b%20", "LR", "tag=2", "=x", ""]) == {"tag": "a+b%20", "lr": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Bob \\"B\\" Ö" <sip:b@c.example;lr>;tag=1', NameAddress('Bob "B" Ö', "sip:b@c.example;lr", {"tag": "1"})),
        ("<sip:bob@b.example>", NameAddress("", "sip:bob@b.example", {})),
        ("sip:bob@b.example;tag=1", NameAddress("", "sip:bob@b.example", {"tag": "1"})),
        ("Bob B <sip:bob@b.example> ; tag = 1", NameAddress("Bob B", "sip:bob@b.example", {"tag": "1"})),
        ('"a <b>" <sip:x@y>', NameAddress("a <b>", "sip:x@y", {})),
        ("<http://www.example.com>", NameAddress("", "http://www.example.com", {})),
        ("<sip:bob@b.example", None),
        ("<sip:bob@b.example> junk;tag=1", None),
        ("Bob", NameAddress("", "Bob", {})),
        ("two words", None),
        ("<>", None),
        ("", None),
    ],
)  # fmt: skip
def test_an_address_is_read_as_it_was_written(text: str, expected: NameAddress | None) -> None:
    assert name_address(text) == expected


def test_a_tag_is_empty_where_there_is_none() -> None:
    assert tag_of(headers("To", "<sip:a@b>;tag=x-1"), "To") == "x-1"
    assert tag_of(headers("To", "<sip:a@b>"), "To") == ""
    assert tag_of(headers("To", "<sip:a@b>;tag"), "To") == ""
    assert tag_of(Headers(), "To") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3600", 3600), ("18000;duration=3600", 18000), ("5 (busy)", 5), ("-1", None), ("x", None), ("9" * 11, None)],
)
def test_a_number_is_read_without_its_comments(text: str, expected: int | None) -> None:
    assert number(headers("Retry-After", text), "Retry-After") == expected


def test_an_absent_number_is_none() -> None:
    assert number(Headers(), "Expires") is None


def test_quotes_and_escapes_come_off() -> None:
    assert unquoted('"a \\\\ \\"b\\""') == 'a \\ "b"'
    assert unquoted("token") == "token"
    assert unquoted('"') == '"'
