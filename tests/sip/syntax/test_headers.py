"""Headers by name: the same as the library's, but found at once."""

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from gateway.sip.syntax.headers import IndexedHeaders

NAMES = st.sampled_from(["Via", "via", "VIA", "To", "to", "X-Any"])
STEPS = st.tuples(st.sampled_from(["add", "set", "setlist", "remove"]), NAMES, st.lists(st.text("ab"), min_size=1))


@given(st.lists(STEPS, max_size=12))
def test_whatever_is_done_to_them_they_hold_what_the_librarys_headers_hold(
    steps: list[tuple[str, str, list[str]]],
) -> None:
    ours, theirs = IndexedHeaders(), sipmessage.Headers()
    for verb, name, values in steps:
        for headers in (ours, theirs):
            match verb:
                case "add":
                    headers.add(name, values[0])
                case "set":
                    headers.set(name, values[0])
                case "setlist":
                    headers.setlist(name, list(values))
                case _:
                    headers.remove(name)
    assert str(ours) == str(theirs)
    assert ours.keys() == theirs.keys()
    for name in ("Via", "To", "X-Any", "Missing"):
        assert ours.getlist(name) == theirs.getlist(name)
        assert ours.get(name, "none") == theirs.get(name, "none")


def test_no_values_are_no_header() -> None:
    headers = IndexedHeaders()
    headers.add("Route", "<sip:a>")
    headers.setlist("route", [])
    assert headers.get("Route") is None
    assert str(headers) == "\r\n"
    with pytest.raises(KeyError):
        headers["Route"]


def test_a_copy_is_changed_by_itself() -> None:
    headers = IndexedHeaders()
    headers.setlist("Route", ["<sip:a>", "<sip:b>"])
    headers.add("via", "one")
    copy = headers.copied("Via", ["two"])
    assert str(copy) == "Via: two\r\nVia: one\r\nRoute: <sip:a>\r\nRoute: <sip:b>\r\n\r\n"
    copy.getlist("Route").clear()
    copy.add("Via", "three")
    assert headers.getlist("Route") == ["<sip:a>", "<sip:b>"] and headers.getlist("Via") == ["one"]
    assert str(headers.copied()) == str(headers)
