"""Each limit: what the peer is told above it, and that a call in progress does not notice."""

import random
from collections.abc import Callable

import pytest

from gateway.sip.agent import Agent
from gateway.sip.events import Ended, IncomingCall
from gateway.sip.settings import AgentSettings, Limits
from gateway.sip.transport.flow import Flow
from tests.sip.messages import name, read, request_bytes
from tests.sip.pair import ANN, BOB, Pair

STRANGER = Flow("UDP", "198.51.100.7", 5060)
SDP = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def stranger(number: int, method: str = "INVITE", more: str = "", body: str = SDP, transport: str = "UDP") -> bytes:
    via = f"SIP/2.0/{transport} 198.51.100.7;branch=z9hG4bKs{number};rport"
    more += "\nContent-Type: application/sdp" if body else ""
    return request_bytes(method, via=via, call_id=f"stranger-{number}", more=more, body=body)


def long_datagram(ours: Agent, now: float) -> None:
    ours.receive_datagram(stranger(1, more="X: " + "x" * 3000), STRANGER, now)


def long_on_a_stream(ours: Agent, now: float) -> None:
    ours.receive_stream(stranger(1, more="X: " + "x" * 3000, transport="TCP"), Flow("TCP", "198.51.100.7", 9, 99), now)


def many_headers(ours: Agent, now: float) -> None:
    ours.receive_datagram(stranger(1, more="\n".join(f"X-{n}: y" for n in range(50))), STRANGER, now)


def many_transactions(ours: Agent, now: float) -> None:
    for number in range(13):
        ours.receive_datagram(stranger(number, "OPTIONS", body=""), STRANGER, now)


def many_calls(ours: Agent, now: float) -> None:
    for number in range(3):
        ours.receive_datagram(stranger(number), STRANGER, now)


def many_connections(ours: Agent, now: float) -> None:
    for number in range(4):
        ours.receive_stream(b"OPTIONS", Flow("TCP", "198.51.100.7", 1000 + number, 50 + number), now)


def many_requests(ours: Agent, now: float) -> None:
    for number in range(9):
        ours.receive_datagram(stranger(number, "OPTIONS", body=""), STRANGER, now)


@pytest.mark.parametrize(
    ("limits", "overdo", "said"),
    [
        (Limits(message_bytes=2_000), long_datagram, ["513"]),
        (Limits(message_bytes=2_000), long_on_a_stream, ["513", "close"]),
        (Limits(header_fields=30), many_headers, ["513"]),
        (Limits(transactions=10), many_transactions, ["200"] * 8 + ["503"] * 5),
        (Limits(calls=2), many_calls, ["100", "503", "503"]),
        (Limits(early_dialogs=2), many_calls, ["100", "100", "503"]),
        (Limits(dialogs=2), many_calls, ["100", "503", "503"]),
        (Limits(streams=2), many_connections, ["close"] * 2),
        (Limits(new_requests_per_s=8), many_requests, ["200"] * 6 + ["503"] * 3),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_above_a_limit_the_peer_is_told_and_the_call_in_progress_goes_on(
    limits: Limits, overdo: Callable[[Agent, float], None], said: list[str]
) -> None:
    pair = Pair()
    pair.bob = Agent(AgentSettings({"UDP": BOB, "TCP": BOB}, limits=limits), random.Random(2))
    pair.wire.attach("bob", BOB, pair.bob)
    pair.talk()
    overdo(pair.bob, pair.now)
    sent = [one for one in pair.bob.datagrams_to_send() if (one.flow.host, one.flow.port) != ANN]
    assert ["close" if one.close else name(read(one.data)) for one in sent] == said
    pair.hang_up(1.0)
    assert pair.wire.the("ann", Ended).status == 200
    assert [event.call for event in pair.wire.told("bob", Ended)] == [pair.wire.told("bob", IncomingCall)[0].call]
