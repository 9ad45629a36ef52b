"""RFC 4475 and RFC 5118, each message in simulated time, with the phone usable afterwards."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from sipmessage import Request

from gateway.sip.agent import Agent
from gateway.sip.events import Answered, Event, IncomingCall
from gateway.sip.records import Address, Answer, Kind
from gateway.sip.syntax.contact import contact_of
from gateway.sip.syntax.fields import name_address, tag_of
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.via import top_via
from gateway.sip.transport.flow import Flow, Transmission
from tests.sip import torture
from tests.sip.messages import TCP, UDP, read, request_bytes
from tests.sip.pair import ANN, agent, media
from tests.sip.torture import DROPPED, NAMES_4475, NAMES_5118, RINGS, VERDICTS, Verdict

SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def test_there_are_all_of_them_each_with_a_verdict() -> None:
    assert (len(NAMES_4475), len(NAMES_5118)) == (49, 12)
    assert {path.stem for path in Path(torture.__file__).parent.glob("*.dat")} == set(VERDICTS)


def statuses(sent: Iterable[Transmission]) -> list[int]:
    """Of what was sent: read roughly, as a refusal says back what could not be read."""
    found = [re.match(rb"SIP/2\.0 ([1-6]\d\d) .*\r\n", transmission.data) for transmission in sent if transmission.data]
    assert all(found), "responses only"
    return [int(match[1]) for match in found if match]


def events(of: Agent) -> list[Event]:
    return list(iter(of.next_event, None))


@pytest.mark.parametrize("name", VERDICTS)
def test_over_udp_each_gets_the_verdict_of_its_rfc(name: str) -> None:
    ours = agent(ANN)
    ours.receive_datagram(torture.wire(name), UDP, 0.0)
    judge(ours, VERDICTS[name])
    a_good_call_stands(ours, UDP)


@pytest.mark.parametrize("step", [1 << 20, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("name", VERDICTS)
def test_over_tcp_each_gets_the_verdict_of_its_rfc(name: str, step: int) -> None:
    ours, data, verdict = agent(ANN), torture.wire(name), VERDICTS[name]
    for start in range(0, len(data), step):
        ours.receive_stream(data[start : start + step], TCP, 0.0)
    if verdict.on_stream is not None:
        sent = ours.datagrams_to_send()
        assert statuses(sent) == list(verdict.on_stream)
        assert any(transmission.close for transmission in sent) == verdict.hangs_up
        assert not [event for event in events(ours) if isinstance(event, IncomingCall)]
    else:
        judge(ours, verdict, closed=verdict.hangs_up)
    a_good_call_stands(ours, Flow("TCP", "192.0.2.9", 40001, 8))


@pytest.mark.parametrize("name", ["baddn"])
def test_over_tcp_a_header_that_is_ended_after_all_is_judged_then(name: str) -> None:
    ours = agent(ANN)
    ours.receive_stream(torture.wire(name), TCP, 0.0)
    ours.receive_stream(b"\r\n", TCP, 1.0)
    judge(ours, VERDICTS[name])


def judge(ours: Agent, verdict: Verdict, *, closed: bool = False) -> None:
    """What it said, and that it did no more."""
    sent, arrivals = ours.datagrams_to_send(), [e for e in events(ours) if isinstance(e, IncomingCall)]
    assert any(transmission.close for transmission in sent) == closed
    said = [status for status in statuses(sent) if status != 100]
    assert said == ([] if verdict.status in (DROPPED, RINGS) else [verdict.status])
    for header, value in verdict.headers.items():
        assert re.search(rf"\r\n{header}: .*{value}", sent[-1].data.decode()), sent[-1].data.decode()
    assert len(arrivals) == (verdict.status == RINGS)
    for arrival in arrivals:
        ours.ring(arrival.call, 0.1)
        ours.accept(arrival.call, media(ANN), 0.2)
        assert statuses(ours.datagrams_to_send()) == [180, 200]


def a_good_call_stands(ours: Agent, flow: Flow) -> None:
    """The phone is usable: it is called, answers, and the call is hung up by the caller."""
    receive = ours.receive_datagram if flow is UDP else ours.receive_stream
    events(ours)
    asked = partial(request_bytes, call_id="good", transport=flow.transport)
    receive(asked(branch="z9hG4bKgood", more="Content-Type: application/sdp", body=SDP), flow, 1.0)
    (arrival,) = [event for event in events(ours) if isinstance(event, IncomingCall)]
    ours.accept(arrival.call, media(ANN), 1.5)
    assert [event.call for event in events(ours) if isinstance(event, Answered)] == [arrival.call]
    trying, ok = ours.datagrams_to_send()
    assert statuses([trying, ok]) == [100, 200]
    tag = tag_of(read(ok.data).headers, "To")
    receive(asked("ACK", branch="z9hG4bKack", to_tag=tag), flow, 2.0)
    receive(asked("BYE", branch="z9hG4bKbye", to_tag=tag, cseq=2), flow, 3.0)
    assert statuses(ours.datagrams_to_send()) == [200]


# ---------------------------------------------------------------- what some of them say


def test_a_short_tortuous_invite_is_understood() -> None:
    invite = read(torture.wire("wsinv"))
    assert isinstance(invite, Request)
    assert len(invite.body) == 150
    assert tag_of(invite.headers, "To") == "1918181833n"
    assert tag_of(invite.headers, "From") == "98asjd8"
    sender = name_address(invite.headers["From"])
    assert sender is not None and sender.name == 'J Rosenberg \\"'
    assert read_cseq(invite.headers) == (9, "INVITE")
    via = top_via(invite.headers)
    assert via is not None and (via.host, via.branch) == ("192.0.2.2", "390skdjuw")
    assert str(contact_of(invite.headers)) == "sip:jdrosen@example.com"


def test_every_character_that_a_token_may_hold_comes_back_in_the_answer() -> None:
    ours, data = agent(ANN), torture.wire("intmeth")
    ours.receive_datagram(data, UDP, 0.0)
    asked, refusal = read(data), read(ours.datagrams_to_send()[0].data)
    for name in ("From", "Call-ID", "CSeq"):
        assert refusal.headers[name] == asked.headers[name]
    assert "branch=z9hG4bK-.!%66*_+`'~" in refusal.headers["Via"]


def test_all_34_vias_of_a_long_request_come_back() -> None:
    ours = agent(ANN)
    ours.receive_datagram(torture.wire("longreq"), UDP, 0.0)
    assert len(read(ours.datagrams_to_send()[0].data).headers.getlist("Via")) == 34


def test_vias_of_transports_that_nobody_knows_come_back() -> None:
    ours = agent(ANN)
    ours.receive_datagram(torture.wire("transports"), UDP, 0.0)
    (ok,) = ours.datagrams_to_send()
    assert len(read(ok.data).headers.getlist("Via")) == 5


def test_a_caller_of_rfc_2543_is_reached_where_its_from_says() -> None:
    ours = agent(ANN)
    ours.receive_datagram(torture.wire("inv2543"), UDP, 0.0)
    (arrival,) = [event for event in events(ours) if isinstance(event, IncomingCall)]
    assert (arrival.caller_number, arrival.called) == ("+13035551111", "UserB")
    ours.accept(arrival.call, media(ANN), 0.1)
    ok = read(ours.datagrams_to_send()[-1].data)
    ack = request_bytes("ACK", to_tag=tag_of(ok.headers, "To")).decode()
    for name in ("From", "To", "Call-ID"):
        ack = re.sub(f"(?m)^{name}: .*\r\n", f"{name}: {ok.headers[name]}\r\n", ack)
    ours.receive_datagram(ack.replace("CSeq: 1 ACK", "CSeq: 56 ACK").encode(), UDP, 0.2)
    ours.hang_up(arrival.call, 0.3)
    while queries := ours.queries():  # where ift.client.example.net is
        for query in queries:
            records = (Address(UDP.host),) if query.kind is Kind.A else ()
            ours.receive_records(query, Answer(records), 0.3)
    (bye,) = ours.datagrams_to_send()
    assert bye.data.startswith(b"BYE sip:UserB@example.com;maddr=ss1.example.com SIP/2.0\r\n")
    assert b"\r\nRoute: <sip:+13035551111@ift.client.example.net;user=phone>\r\n" in bye.data
