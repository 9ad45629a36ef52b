"""What shares a dialog with a call: each is given its own, and none disturbs the call (RFC 5057)."""

from sipmessage import Request, Response

from gateway.sip.call.usage import Usages
from tests.sip.messages import request


class Recorder:
    """A usage that takes INFO, and one request of its own."""

    methods = frozenset({"INFO"})

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.over = False
        self.takes = True
        self.at: float | None = None

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        self.heard.append(request.method)
        return self.takes

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        self.heard.append(str(response.code))

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self.heard.append(f"failed {status}")

    def get_timer(self) -> float | None:
        return self.at

    def handle_timer(self, now: float) -> None:
        self.at = None
        self.heard.append(f"time {now}")


def test_a_request_is_offered_to_those_of_its_method_until_one_takes_it() -> None:
    usages, first, second, third = Usages(), Recorder(), Recorder(), Recorder()
    first.takes = False
    for usage in (first, second, third):
        usages.add(usage)
    assert usages.receive_request("t", request("INFO"), 0.0)
    assert not usages.receive_request("t", request("OPTIONS"), 0.0)
    assert (first.heard, second.heard, third.heard) == (["INFO"], ["INFO"], [])


def test_each_has_its_time_and_who_is_over_is_forgotten() -> None:
    usages, first, second = Usages(), Recorder(), Recorder()
    first.at, second.at = 5.0, 9.0
    usages.add(first)
    usages.add(second)
    assert usages.get_timer() == 5.0
    usages.handle_timer(5.0)
    assert (first.heard, second.heard) == (["time 5.0"], [])
    second.over = True
    usages.handle_timer(6.0)
    assert list(usages) == [first]
    assert not usages.over
