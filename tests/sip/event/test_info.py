"""INFO within a call, against a far end that is written out by hand."""

import pytest
from sipmessage import Request, Response

from gateway.sip.events import DigitReceived, Ended
from tests.sip.messages import request_bytes
from tests.sip.scripted import response
from tests.sip.standing import Called, Calling

RELAY = "Content-Type: application/dtmf-relay"
DTMF = "Content-Type: application/dtmf"


class Pressing(Called):
    def presses(self, body: str, more: str = RELAY) -> Response:
        self.cseq += 1
        data = request_bytes(
            "INFO", branch=f"z9hG4bKi{self.cseq}", cseq=self.cseq, to_tag=self.tag, more=more, body=body
        )
        (answer,) = self.says(data)
        assert isinstance(answer, Response)
        return answer


def test_a_digit_is_told_in_both_forms() -> None:
    far = Pressing()
    assert far.presses("Signal=5\r\nDuration=250\r\n").code == 200
    assert far.presses("#", DTMF).code == 200
    assert far.all(DigitReceived) == [DigitReceived(far.call, "5", 250), DigitReceived(far.call, "#", 160)]


@pytest.mark.parametrize(
    ("body", "more", "status", "header"),
    [
        ("", "", 200, ""),
        ("", RELAY, 200, ""),
        ("Signal=x", RELAY, 400, ""),
        ("Duration=100", RELAY, 400, ""),
        ("123", DTMF, 400, ""),
        ("<xml/>", "Content-Type: application/media_control+xml", 415, "Accept"),
        ("5", "", 415, "Accept"),
        ("5", f"{DTMF}\nContent-Encoding: gzip", 415, "Accept"),
        ("", "Info-Package: infoDtmf", 469, "Recv-Info"),
        ("Signal=5", f"{RELAY}\nInfo-Package: dtmf", 469, "Recv-Info"),
    ],
)
def test_what_is_no_digit_is_answered_and_not_told(body: str, more: str, status: int, header: str) -> None:
    far = Pressing()
    answer = far.presses(body, more)
    assert answer.code == status
    assert not header or header in answer.headers.keys()
    assert far.all(DigitReceived) == []
    assert far.all(Ended) == []


def test_a_bad_info_package_is_said_by_its_phrase() -> None:
    assert Pressing().presses("", "Info-Package: x").phrase == "Bad Info Package"


def test_info_outside_of_a_call_is_481() -> None:
    far = Pressing()
    assert far.asks("INFO", more=RELAY, body="Signal=1", call_id="other") == ["481"]
    far.agent.hang_up(far.call, far.now)
    far.sent()
    assert far.presses("Signal=1").code == 481
    assert far.all(DigitReceived) == []


def pressed(far: Calling, *digits: str) -> Request:
    for digit in digits:
        far.agent.send_info_digit(far.call, digit, 90, far.now)
    (request,) = far.sent()
    assert isinstance(request, Request)
    return request


def test_ours_go_one_after_the_other() -> None:
    far = Calling()
    first = pressed(far, "1", "2")
    assert (first.method, first.headers["Content-Type"]) == ("INFO", "application/dtmf-relay")
    assert first.body == b"Signal=1\r\nDuration=90\r\n"
    (second,) = far.says(response(first, 200))
    assert isinstance(second, Request)
    assert second.body == b"Signal=2\r\nDuration=90\r\n"
    assert far.says(response(second, 200)) == []


def test_who_does_not_take_one_form_is_given_the_other() -> None:
    far = Calling()
    (again,) = far.says(response(pressed(far, "7"), 415))
    assert isinstance(again, Request)
    assert (again.headers["Content-Type"], again.body) == ("application/dtmf", b"7")
    assert far.says(response(again, 415)) == []
    assert pressed(far, "8").headers["Content-Type"] == "application/dtmf"


@pytest.mark.parametrize("status", [405, 500, 501])
def test_a_digit_that_is_refused_does_not_hurt_the_call(status: int) -> None:
    far = Calling()
    (second,) = far.says(response(pressed(far, "1", "2"), status))
    assert isinstance(second, Request)
    assert second.body.startswith(b"Signal=2")
    assert far.all(Ended) == []


def test_digits_that_wait_are_dropped_with_the_call() -> None:
    far = Calling()
    first = pressed(far, "1", "2")
    far.agent.hang_up(far.call, far.now)
    far.sent()
    assert far.says(response(first, 200)) == []


@pytest.mark.parametrize("status", [408, 481])
def test_who_knows_of_no_such_call_has_none(status: int) -> None:
    far = Calling()
    assert isinstance(said := far.says(response(pressed(far, "1"), status))[0], Request)
    assert said.method == "BYE"
    assert (far.the(Ended).status, far.the(Ended).by_far) == (status, True)
