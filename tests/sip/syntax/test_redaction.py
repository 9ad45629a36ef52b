"""What a log does not show."""

import random

import pytest

from gateway.sip.agent import Account
from gateway.sip.syntax.redaction import HIDDEN, redacted
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.trace import Trace
from tests.sip.lab import Lab
from tests.sip.pair import ANN


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('Authorization: Digest username="ann", response="0f0f"', f"Authorization: {HIDDEN}"),
        ('proxy-authorization :Digest nonce="n",\r\n  response="0f0f"', f"proxy-authorization :{HIDDEN}"),
        ('Authentication-Info: nextnonce="0f0f"', f"Authentication-Info: {HIDDEN}"),
        (
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:0f0f+/=|2^20|1:4",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(hidden)|2^20|1:4",
        ),
        ("a=ice-pwd:0f0f", f"a=ice-pwd:{HIDDEN}"),
        ("To: <sip:ann:0f0f@lab.example>", f"To: <sip:ann:{HIDDEN}@lab.example>"),
        ('nc=00000001, response="0f0f", qop=auth', f"nc=00000001, response={HIDDEN}, qop=auth"),
    ],
)
def test_credentials_and_keys_are_hidden_and_the_rest_stays(line: str, shown: str) -> None:
    message = f"REGISTER sip:lab SIP/2.0\r\n{line}\r\nVia: SIP/2.0/UDP h;branch=z9\r\n\r\nbody".encode()
    assert redacted(message) == f"REGISTER sip:lab SIP/2.0\r\n{shown}\r\nVia: SIP/2.0/UDP h;branch=z9\r\n\r\nbody"


@pytest.mark.parametrize(
    "line", ["Contact: <sip:ann@h:5060>", "To: <sip:h:5060>", "CSeq: 1 REGISTER", 'Warning: 399 h "response"']
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert redacted(line.encode()) == line


def test_a_piece_of_a_stream_that_ends_within_a_digest_shows_none_of_it() -> None:
    assert "0f0f" not in redacted(b'Authorization: Digest username="ann", response="0f0f')
    assert "0f0f" not in redacted(b'qop=auth, response="0f0f')


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert redacted(random.Random(1).randbytes(2000))


def test_a_whole_registration_shows_neither_password_nor_digest() -> None:
    lab = Lab()
    traces: list[Trace] = []
    lab.agent.register(lab.account, lab.wire.now)
    for _ in range(3):
        for sent in lab.agent.datagrams_to_send():
            lab.registrar.receive_datagram(sent.data, Flow("UDP", *ANN), lab.wire.now)
        for answer in lab.registrar.datagrams_to_send():
            lab.agent.receive_datagram(answer.data, lab.account.flow, lab.wire.now)
        while (event := lab.agent.next_event()) is not None:
            traces += [event] if isinstance(event, Trace) else []
    told = "\n".join(redacted(trace.data) for trace in traces)
    (digest,) = {d for r in lab.requests if (d := r.headers.get("Authorization", ""))}
    assert digest and b"response=" in traces[2].data, "the trace itself is whole"
    assert "secret" not in told and "response=" not in told and HIDDEN in told
    assert "secret" not in repr(lab.agent) + repr(lab.account) + repr(Account("sip:a@b", "sip:b", password="secret"))
