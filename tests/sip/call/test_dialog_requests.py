"""Requests within a dialog: who is told what came of them, and how often they are challenged."""

import random

from sipmessage import Request, Response

from gateway.sip.call.dialog import Dialog
from gateway.sip.call.dialog_requests import DialogRequests
from gateway.sip.core import Core
from gateway.sip.registration.digest import DigestClient
from gateway.sip.settings import AgentSettings
from gateway.sip.transaction.transaction import ResponseArrived, TransactionFailed
from gateway.sip.transport.flow import Flow
from tests.sip.messages import SENT_BY, UDP, messages, name, request
from tests.sip.scripted import response

CHALLENGE = 'WWW-Authenticate: Digest realm="x", nonce="{}", algorithm=MD5, qop="auth"'


class User:
    """The call, as far as the core sees it."""

    name = "call"
    over = False

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        raise AssertionError("the test hands on what the core tells")

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        raise AssertionError("the test hands on what the core tells")

    def get_timer(self) -> None:
        return None

    def handle_timer(self, now: float) -> None:
        pass


class Within:
    """One dialog with a far end that is written out by hand; who asks is this, too."""

    def __init__(self) -> None:
        self.core = Core(AgentSettings(SENT_BY), random.Random(1))
        self.dialog = Dialog.of_server(request(), "ours")
        digest = DigestClient("ann", "secret", random.Random(2))
        self.requests = DialogRequests(self.core, User(), self.dialog, UDP, digest)
        self.heard: list[str] = []

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        self.heard.append(f"{transaction}: {response.code}")

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self.heard.append(f"{transaction}: failed {status}")

    def asks(self, method: str) -> str:
        return self.requests.send(self.dialog.request(method, self.core), self, 0.0)

    def sent(self) -> list[Request | Response]:
        return messages(self.core.layer.datagrams_to_send())

    def hears(self, to: Request | Response, status: int, more: str = "") -> None:
        self.core.layer.receive_datagram(bytes(response(to, status, more=more)), UDP, 0.0)
        self.deal(0.0)

    def deal(self, now: float) -> None:
        while (event := self.core.next_event(now)) is not None:
            if isinstance(event, ResponseArrived):
                assert self.requests.receive_response(event.transaction, event.response, now)
            elif isinstance(event, TransactionFailed):
                assert self.requests.failed(event.transaction, event.status, event.reason, now)


def test_each_answer_goes_to_who_asked() -> None:
    end = Within()
    first, second = end.asks("INFO"), end.asks("MESSAGE")
    info, message = end.sent()
    waiting = [end.requests.waiting]
    end.hears(message, 202)
    end.hears(info, 100)
    end.hears(info, 404)
    waiting.append(end.requests.waiting)
    assert end.heard == [f"{second}: 202", f"{first}: 100", f"{first}: 404"]
    assert waiting == [True, False]
    assert end.requests.sent(first) is None


def test_a_challenge_is_answered_under_the_name_of_the_first() -> None:
    end = Within()
    asked = end.asks("INFO")
    (info,) = end.sent()
    end.hears(info, 401, CHALLENGE.format("n1"))
    (again,) = end.sent()
    assert (again.headers["CSeq"], name(again)) == ("2 INFO", "INFO")
    assert 'nonce="n1"' in again.headers["Authorization"]
    assert end.heard == [] and end.requests.waiting
    end.hears(again, 200)
    assert end.heard == [f"{asked}: 200"]


def test_a_password_that_is_refused_is_told() -> None:
    end = Within()
    asked = end.asks("INFO")
    (info,) = end.sent()
    end.hears(info, 401, CHALLENGE.format("n1"))
    (again,) = end.sent()
    end.hears(again, 401, CHALLENGE.format("n2"))
    assert end.sent() == []
    assert end.heard == [f"{asked}: 401"]


def test_silence_is_told() -> None:
    end = Within()
    asked = end.asks("INFO")
    for _ in range(20):
        if (at := end.core.layer.get_timer()) is not None:
            end.core.layer.handle_timer(at)
            end.deal(at)
    assert end.heard == [f"{asked}: failed 408"]
    assert not end.requests.waiting


def test_a_2xx_to_invite_comes_as_often_as_it_arrives_until_the_next_invite() -> None:
    end = Within()
    asked = end.asks("INVITE")
    (invite,) = end.sent()
    end.hears(invite, 200)
    end.hears(invite, 200)
    assert end.heard == [f"{asked}: 200"] * 2
    assert not end.requests.waiting
    assert end.requests.sent(asked) is not None
    end.asks("INVITE")
    assert end.requests.sent(asked) is None


def test_what_is_not_of_this_dialog_is_nobodys() -> None:
    end = Within()
    assert not end.requests.receive_response("other", response(request(), 200), 0.0)
    assert not end.requests.failed("other", 408, "", 0.0)
