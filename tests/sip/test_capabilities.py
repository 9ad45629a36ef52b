"""What we say we can do."""

from sipmessage import Headers

from gateway.sip.capabilities import EXTENSIONS, KNOWN_METHODS, METHODS, describe, introduce
from gateway.sip.settings import CallPolicy, Reliable

NOTHING = CallPolicy(reliable=Reliable.OFF, session_timer_s=0, refer="refuse")


def test_what_is_told_is_what_is_done() -> None:
    headers = Headers()
    describe(headers, CallPolicy())
    assert headers["Allow"].split(", ") == list(METHODS)
    assert headers["Supported"].split(", ") == sorted(EXTENSIONS)
    assert headers["Accept"].split(", ")[0] == "application/sdp"
    assert headers["Allow-Events"] == "refer"
    assert set(METHODS) < KNOWN_METHODS


def test_what_the_policy_switches_off_is_not_told() -> None:
    headers = Headers()
    describe(headers, NOTHING)
    assert not {"PRACK", "REFER"} & set(headers["Allow"].split(", "))
    assert "Allow-Events" not in headers.keys()
    assert not {"100rel", "timer", "norefersub"} & set(headers["Supported"].split(", "))


def test_an_invite_tells_its_extensions() -> None:
    headers = Headers()
    introduce(headers, CallPolicy())
    assert "100rel" in headers["Supported"]
    assert "UPDATE" in headers["Allow"]
