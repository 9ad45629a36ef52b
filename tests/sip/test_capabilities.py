from sipmessage import Headers

from gateway.sip.capabilities import KNOWN_METHODS, METHODS, describe


def test_what_is_told_is_what_is_done() -> None:
    headers = Headers()
    describe(headers)
    assert headers["Allow"].split(", ") == list(METHODS)
    assert headers["Supported"] == ""
    assert set(METHODS) < KNOWN_METHODS
