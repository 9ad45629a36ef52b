"""What a request is asked before anything is done for it."""

import random

import pytest

from gateway.sip.core import Core
from gateway.sip.screening import refusal
from gateway.sip.settings import AgentSettings
from tests.sip.messages import SENT_BY, request

CORE = Core(AgentSettings(SENT_BY), random.Random(1))


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("INVITE", {}),
        ("INVITE", {"more": "Content-Type: APPLICATION/SDP;charset=utf-8", "body": "v=0"}),
        ("INVITE", {"more": "Require: "}),
        ("INVITE", {"more": "Supported: 100rel, timer"}),
        ("INVITE", {"more": "Content-Type: application/sdp\nContent-Encoding: identity", "body": "v=0"}),
        ("BYE", {"more": "Content-Type: text/plain", "body": "good bye"}),
        ("ACK", {"more": "Require: nothing"}),
        ("CANCEL", {"more": "Require: nothing"}),
        ("OPTIONS", {}),
    ],
)
def test_what_we_can_do_passes(method: str, how: dict[str, str]) -> None:
    assert refusal(CORE, request(method, **how)) is None


@pytest.mark.parametrize(
    ("method", "how", "status", "header", "value"),
    [
        ("SUBSCRIBE", {}, 405, "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
        ("invite", {}, 501, "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
        ("INVITE", {"more": "Contact: <tel:+1>"}, 400, "CSeq", "1 INVITE"),
        ("INVITE", {"uri": "tel:+33142"}, 416, "CSeq", "1 INVITE"),
        ("INVITE", {"more": "Require: precondition\nRequire: timer"}, 420, "Unsupported", "precondition, timer"),
        ("INVITE", {"more": "Content-Type: multipart/mixed", "body": "x"}, 415, "Accept", "application/sdp"),
        ("INVITE", {"body": "x"}, 415, "Accept", "application/sdp"),
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
    response = refusal(CORE, request(method, **how))
    assert response is not None
    assert response.code == status
    assert response.headers[header] == value
