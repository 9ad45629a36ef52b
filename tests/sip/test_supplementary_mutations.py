"""Whatever becomes of a REFER, a NOTIFY, an INFO or a Replaces on its way: nothing raises, and the call goes on."""

import random

import pytest

from gateway.sip.events import Ended
from gateway.sip.syntax.dtmf_info import DTMF, DTMF_RELAY, read_digit
from gateway.sip.syntax.message_summary import read_message_summary
from gateway.sip.syntax.refer_to import BadReferTo, ReferTo, read_refer_to
from gateway.sip.syntax.replaces import read_replaces
from gateway.sip.syntax.sipfrag import read_status_line
from gateway.sip.syntax.subscription_state import read_event, read_subscription_state
from tests.sip.messages import request, request_bytes
from tests.sip.notifier import BODY, SUMMARY
from tests.sip.scripted import CONTACT
from tests.sip.standing import Called

SPICE = [b"", b"\x00", b"\xff\xfe", b"%", b"%zz", b";", b'"', b"<", b">", b"?", b"&", b"=", b"\r\n", b",", b"9" * 40]
ROUNDS = 120

KINDS = {
    "REFER": ("Refer-To: <sip:carl@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\nReferred-By: <sip:a@b>", ""),
    "NOTIFY": (
        "Event: refer;id=2\nSubscription-State: active;expires=60\nContent-Type: message/sipfrag",
        "SIP/2.0 200",
    ),
    "SUBSCRIBE": ("Event: refer;id=2\nExpires: 60", ""),
    "INFO": (f"Content-Type: {DTMF_RELAY}", "Signal=5\r\nDuration=160\r\n"),
    "MESSAGE": ("Content-Type: text/plain;charset=utf-8", "hello"),
}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """With a few places cut, doubled or spiced."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.randrange(6))
        data = data[:at] + chance.choice([*SPICE, data[at:end] * 2]) + data[end:]
    return data


@pytest.mark.parametrize("method", KINDS)
def test_no_mutation_of_a_request_within_a_call_raises_or_ends_it(method: str) -> None:
    chance, far = random.Random(method), Called()
    lines, body = KINDS[method]
    for turn in range(ROUNDS):
        more = mutated(lines.encode(), chance).decode("utf-8", "replace")
        data = request_bytes(
            method,
            branch=f"z9hG4bK{method}{turn}",
            cseq=turn + 2,
            to_tag=far.tag,
            more=f"{CONTACT}\n{more}",
            body=mutated(body.encode(), chance).decode("latin-1") if body else "",
        )
        far.says(data)
        far.passes(0.01)
    assert far.all(Ended) == []
    assert far.asks("BYE", cseq=ROUNDS + 100, to_tag=far.tag) == ["200"]


def test_no_mutation_of_a_replaces_takes_over_a_call() -> None:
    chance, far = random.Random(3), Called()
    good = f"call-1@peer;to-tag={far.tag};from-tag=peer"
    for turn in range(ROUNDS):
        text = mutated(good.encode(), chance).decode("utf-8", "replace")
        far.asks("INVITE", branch=f"z9hG4bKr{turn}", call_id=f"r{turn}@peer", more=f"{CONTACT}\nReplaces: {text}")
        far.passes(0.01)
    assert far.call not in [event.call for event in far.all(Ended)]


def test_no_mutation_of_an_unasked_notify_raises() -> None:
    chance, far = random.Random(4), Called()
    lines = f"Event: message-summary\nSubscription-State: active\n{SUMMARY}"
    for turn in range(ROUNDS):
        more = mutated(lines.encode(), chance).decode("utf-8", "replace")
        body = mutated(BODY.encode(), chance).decode("latin-1")
        far.says(request_bytes("NOTIFY", branch=f"z9hG4bKn{turn}", call_id=f"n{turn}", more=more, body=body))
        far.passes(0.01)
    assert far.asks("BYE", cseq=9, to_tag=far.tag) == ["200"]


def test_no_reader_raises() -> None:
    chance = random.Random(5)
    seeds = [BODY, "SIP/2.0 200 OK\r\n", "Signal=5\r\nDuration=1", "a@b;to-tag=1;from-tag=2", KINDS["REFER"][0]]
    for _ in range(4 * ROUNDS):
        data = mutated(chance.choice(seeds).encode(), chance)
        text = data.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")
        headers = request("OPTIONS").headers
        for name in ("Refer-To", "Event", "Subscription-State"):
            headers.set(name, text)
        read_message_summary(data), read_status_line(data), read_replaces(text)
        read_digit(DTMF, data), read_digit(DTMF_RELAY, data)
        read_event(headers), read_subscription_state(headers)
        assert isinstance(read_refer_to(headers), ReferTo | BadReferTo)
