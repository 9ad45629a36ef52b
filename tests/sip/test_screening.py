"""What a request is asked before anything is done for it."""

import random

import pytest

from gateway.sip.core import Core
from gateway.sip.screening import refusal
from gateway.sip.settings import AgentSettings, CallPolicy, Reliable
from tests.sip.messages import SENT_BY, request

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, MESSAGE, NOTIFY, REFER, SUBSCRIBE"
ACCEPT = "application/sdp, multipart/mixed, multipart/alternative, multipart/related"
CORE = Core(AgentSettings(SENT_BY), random.Random(1))


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("INVITE", {}),
        ("INVITE", {"more": "Content-Type: APPLICATION/SDP;charset=utf-8", "body": "v=0"}),
        ("INVITE", {"more": "Require: "}),
        ("INVITE", {"more": "Supported: 100rel, timer"}),
        ("INVITE", {"more": "Require: 100rel, timer"}),
        ("INVITE", {"uri": "tel:+33142"}),
        ("INVITE", {"more": "Content-Type: application/sdp\nContent-Encoding: identity", "body": "v=0"}),
        ("BYE", {"more": "Content-Type: text/plain", "body": "good bye"}),
        ("ACK", {"more": "Require: nothing"}),
        ("CANCEL", {"more": "Require: nothing"}),
        ("OPTIONS", {}),
    ],
)
def test_what_we_can_do_passes(method: str, how: dict[str, str]) -> None:
    assert refusal(CORE, request(method, **how), CallPolicy()) is None


@pytest.mark.parametrize(
    ("method", "how", "status", "header", "value"),
    [
        ("PUBLISH", {}, 405, "Allow", ALLOW),
        ("invite", {}, 501, "Allow", ALLOW),
        ("INVITE", {"more": "Contact: <tel:+1>"}, 400, "CSeq", "1 INVITE"),
        ("INVITE", {"more": "Require: precondition\nRequire: timer, join"}, 420, "Unsupported", "precondition, join"),
        ("INVITE", {"more": "Content-Type: multipart/mixed", "body": "x"}, 415, "Accept", ACCEPT),
        ("INVITE", {"body": "x"}, 415, "Accept", ACCEPT),
        (
            "INVITE",
            {"more": "Content-Type: application/sdp\nContent-Encoding: gzip", "body": "x"},
            415,
            "Accept-Encoding",
            "identity",
        ),
    ],
)
def test_what_we_cannot_do_is_said_with_what_we_could(
    method: str, how: dict[str, str], status: int, header: str, value: str
) -> None:
    response = refusal(CORE, request(method, **how), CallPolicy())
    assert response is not None
    assert response.code == status
    assert response.headers[header] == value


@pytest.mark.parametrize(
    ("method", "require", "status"), [("INVITE", "100rel", 420), ("INVITE", "timer", 420), ("PRACK", "", 405)]
)
def test_what_the_policy_switches_off_is_refused(method: str, require: str, status: int) -> None:
    policy = CallPolicy(reliable=Reliable.OFF, session_timer_s=0)
    response = refusal(CORE, request(method, more=f"Require: {require}" if require else ""), policy)
    assert response is not None
    assert response.code == status
    assert require == "" or response.headers["Unsupported"] == require
