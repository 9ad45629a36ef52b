"""Requests and the servers they come to, in simulated time."""

import random

import pytest
from sipmessage import Request, Response

from gateway.sip.core import Core
from gateway.sip.records import Address, Answer, Kind, Query, Srv
from gateway.sip.settings import AgentSettings, Timers
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transaction.transaction import ResponseArrived, TransactionEnded, TransactionFailed
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow, Transmission
from tests.sip.messages import messages, names, read

PHONE = ("192.0.2.1", 5060)
FIRST, SECOND, THIRD = (Flow("UDP", f"192.0.2.{number}", 5060) for number in (11, 12, 13))
WHO = ("<sip:ann@a.example>;tag=ann", "<sip:bob@b.example>", "call-1")
SERVERS = [Srv(priority, 0, 5060, f"s{priority}.b.example") for priority in (1, 2, 3)]
ZONE: dict[str, Answer] = {
    "SRV _sip._udp.b.example": Answer(tuple(SERVERS)),
    **{f"A s{number}.b.example": Answer((Address(f"192.0.2.1{number}"),)) for number in (1, 2, 3)},
}


class User:
    """Who sends, and is told."""

    name = "user"
    over = False

    def __init__(self) -> None:
        self.told: list[str] = []

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        self.told.append(f"{transaction} {response.code}")

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self.told.append(f"{transaction} failed {status}: {reason}")

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None: ...


class Bench:
    """A core, a clock, a name system, and servers that say what the test says."""

    def __init__(self, zone: dict[str, Answer] | None = None, **timers: float) -> None:
        addresses = {"UDP": PHONE, "TCP": PHONE, "TLS": ("192.0.2.1", 5061)}
        settings = AgentSettings(addresses, timers=Timers(**timers), address_kinds=(Kind.A,))
        self.core = Core(settings, random.Random(1))
        self.user = User()
        self.now = 0.0
        self.zone = ZONE if zone is None else zone
        self.asked: list[str] = []
        self.sent: list[tuple[str, Flow]] = []
        self.last: dict[Flow, Request] = {}
        """the last request by the way it took"""
        self.transmissions: list[Transmission] = []

    def request(self, method: str = "OPTIONS", to: str = "sip:bob@b.example", body: bytes = b"", **how: object) -> str:
        uri = read_uri(to)
        assert uri is not None
        request = self.core.make_request(method, uri, WHO, 1)
        request.body = body
        way = how.pop("way", uri)
        name = self.core.request(request, way, self.now, self.user, **how)  # type: ignore[arg-type]
        self.settle()
        return name

    def settle(self) -> None:
        """Answer what is asked, note what is sent, tell what happened."""
        while queries := self.core.queries():
            for query in queries:
                self.asked.append(str(query))
                if (answer := self.zone.get(str(query), Answer())).fault != "never":
                    self.core.receive_records(query, answer, self.now)
        while (event := self.core.next_event(self.now)) is not None:
            match event:
                case TransactionEnded(transaction):
                    self.core.transaction_ended(transaction)
                case ResponseArrived(transaction, response, flow):
                    assert self.core.user_of(transaction) is self.user
                    self.user.receive_response(transaction, response, flow, self.now)
                case TransactionFailed(transaction, status, reason):
                    assert self.core.user_of(transaction) is self.user
                    self.user.failed(transaction, status, reason, self.now)
        self.transmissions = self.core.layer.datagrams_to_send()
        for transmission in self.transmissions:
            message = read(transmission.data)
            assert isinstance(message, Request)
            self.sent.append((message.method, transmission.flow))
            self.last[transmission.flow] = message

    def said(self) -> list[str]:
        """What was sent since the last time, in short: method and last octet of the host, repetitions once."""
        said = [f"{method} {flow.transport} .{flow.host.rpartition('.')[2]}" for method, flow in self.sent]
        self.sent.clear()
        return list(dict.fromkeys(said))

    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (at := self.core.get_timer()) is not None and at <= end:
            self.now = at
            self.core.handle_timer(at)
            self.settle()
        self.now = end

    def answers(
        self, flow: Flow, status: int, more: dict[str, str] | None = None, request: Request | None = None
    ) -> None:
        response = make_response((request or self.last[flow]).headers, status, tag=f"tag{flow.host}")
        for header, value in (more or {}).items():
            response.headers.set(header, value)
        response.headers.set("Content-Length", "0")
        receive = self.core.layer.receive_stream if flow.reliable else self.core.layer.receive_datagram
        receive(bytes(response), flow, self.now)
        self.settle()

    def breaks(self, flow: Flow, reason: str = "Connection refused") -> None:
        self.core.layer.transport_failed(flow, self.now, reason)
        self.settle()


def test_the_name_system_is_asked_before_anything_is_sent() -> None:
    bench = Bench()
    name = bench.request()
    assert bench.asked[0] == "NAPTR b.example" and "A s1.b.example" in bench.asked
    assert bench.said() == ["OPTIONS UDP .11"]
    bench.answers(FIRST, 200)
    assert bench.user.told == [f"{name} 200"]
    bench.passes(40)
    assert bench.said() == [] and bench.core.user_of(name) is None


def test_what_is_known_is_not_asked_again_while_it_is_believed() -> None:
    bench = Bench()
    bench.request()
    asked = len(bench.asked)
    bench.request()
    assert len(bench.asked) == asked
    bench.passes(61)
    bench.request()
    assert len(bench.asked) == 2 * asked


def test_an_answer_without_life_serves_the_request_that_asked_for_it() -> None:
    bench = Bench({name: Answer(answer.records, 0.0) for name, answer in ZONE.items()})
    bench.request()
    assert bench.said() == ["OPTIONS UDP .11"]


def test_two_requests_ask_once() -> None:
    bench = Bench({"A b.example": Answer(fault="never")})
    for _ in range(2):
        bench.request(to="sip:bob@b.example:5060")
    assert bench.asked == ["A b.example"]
    bench.core.receive_records(Query(Kind.A, "b.example"), Answer((Address("192.0.2.11"),)), bench.now)
    bench.settle()
    assert [flow for _, flow in bench.sent] == [FIRST, FIRST]


def test_a_silent_server_is_left_for_the_next() -> None:
    bench = Bench()
    name = bench.request()
    bench.passes(7.9)
    assert bench.said() == ["OPTIONS UDP .11"]
    bench.passes(0.2)
    assert bench.said() == ["OPTIONS UDP .12"]
    bench.answers(SECOND, 200)
    assert bench.user.told == [f"{name} 200"]


def test_the_next_server_gets_a_transaction_of_its_own() -> None:
    bench = Bench()
    bench.request()
    bench.breaks(FIRST)
    one, other = bench.last[FIRST].headers, bench.last[SECOND].headers
    assert one["Via"] != other["Via"]
    assert [one[name] for name in ("From", "To", "Call-ID", "CSeq")] == [
        other[name] for name in ("From", "To", "Call-ID", "CSeq")
    ]


def test_the_last_server_has_all_the_time_of_the_rfc() -> None:
    bench = Bench()
    name = bench.request()
    bench.passes(16 + 31.9)
    assert bench.user.told == []
    bench.passes(0.2)
    assert bench.user.told == [f"{name} failed 408: no answer to OPTIONS"]


def test_an_unreachable_server_is_left_at_once() -> None:
    bench = Bench()
    name = bench.request()
    bench.breaks(FIRST)
    bench.breaks(SECOND)
    assert bench.said() == ["OPTIONS UDP .11", "OPTIONS UDP .12", "OPTIONS UDP .13"]
    bench.breaks(THIRD, "No route to host")
    assert bench.user.told == [f"{name} failed 503: No route to host"]


def test_503_leads_to_the_next_and_any_other_refusal_does_not() -> None:
    bench = Bench()
    name = bench.request()
    bench.answers(FIRST, 503)
    assert bench.user.told == [] and bench.said()[-1] == "OPTIONS UDP .12"
    bench.answers(SECOND, 500)
    assert bench.user.told == [f"{name} 500"]
    bench.passes(40)
    assert bench.said() == []


def test_503_of_the_last_is_told() -> None:
    bench = Bench()
    name = bench.request()
    for flow in (FIRST, SECOND, THIRD):
        bench.answers(flow, 503)
    assert bench.user.told == [f"{name} 503"]


def test_who_asked_to_be_left_alone_comes_last_for_so_long() -> None:
    bench = Bench()
    bench.request()
    bench.answers(FIRST, 503, {"Retry-After": "100"})
    bench.answers(SECOND, 200)
    bench.said()
    bench.passes(99)
    bench.request()
    assert bench.said() == ["OPTIONS UDP .12"]
    bench.answers(SECOND, 200)
    bench.passes(2)
    bench.request()
    assert bench.said() == ["OPTIONS UDP .11"]


def test_who_failed_comes_last_for_a_minute() -> None:
    bench = Bench()
    bench.request()
    bench.breaks(FIRST)
    bench.answers(SECOND, 200)
    bench.said()
    bench.request()
    assert bench.said() == ["OPTIONS UDP .12"]
    bench.answers(SECOND, 200)
    bench.passes(61)
    bench.said()
    bench.request()
    assert bench.said() == ["OPTIONS UDP .11"]


def test_an_invite_goes_on_until_somebody_reacts() -> None:
    bench = Bench()
    name = bench.request("INVITE")
    bench.passes(8.1)
    bench.answers(SECOND, 180)
    bench.passes(60)
    assert set(bench.said()) == {"INVITE UDP .11", "INVITE UDP .12"}
    bench.answers(SECOND, 200)
    assert bench.user.told == [f"{name} 180", f"{name} 200"]


def test_a_server_that_is_only_slow_is_told_that_it_rings_for_nobody() -> None:
    bench = Bench()
    bench.request("INVITE")
    bench.passes(8.1)
    bench.said()
    bench.answers(FIRST, 180)
    assert "CANCEL UDP .11" in bench.said()
    assert bench.user.told == []


def test_a_late_answer_counts_and_the_other_server_is_cancelled() -> None:
    bench = Bench()
    name = bench.request("INVITE")
    bench.passes(8.1)
    bench.answers(SECOND, 100)
    bench.said()
    bench.answers(FIRST, 200)
    assert bench.user.told == [f"{name} 100", f"{name} 200"]
    assert bench.said() == ["CANCEL UDP .12"]
    invite = bench.last[SECOND]
    invite.headers.set("CSeq", "1 INVITE")
    bench.answers(SECOND, 487, request=invite)
    assert bench.user.told[2:] == []


def test_cancel_goes_where_the_call_is() -> None:
    bench = Bench()
    name = bench.request("INVITE")
    bench.breaks(FIRST)
    bench.answers(SECOND, 180)
    bench.said()
    assert bench.core.cancel(name, bench.now, "SIP;cause=487")
    bench.settle()
    assert bench.said() == ["CANCEL UDP .12"]
    assert bench.last[SECOND].headers["Reason"] == "SIP;cause=487"


def test_what_is_cancelled_goes_to_no_further_server() -> None:
    bench = Bench()
    name = bench.request("INVITE")
    assert bench.core.cancel(name, bench.now)
    bench.breaks(FIRST)
    assert bench.said() == ["INVITE UDP .11"]
    assert bench.user.told == [f"{name} failed 503: Connection refused"]
    assert not bench.core.cancel(name, bench.now)


def test_what_is_cancelled_before_it_is_located_is_never_sent() -> None:
    bench = Bench({"NAPTR b.example": Answer(fault="never")})
    name = bench.request("INVITE")
    assert bench.core.unanswered
    assert bench.core.cancel(name, bench.now)
    bench.settle()
    assert bench.user.told == [f"{name} failed 487: cancelled before it was sent"]
    bench.core.receive_records(Query(Kind.NAPTR, "b.example"), Answer(), bench.now)
    bench.settle()
    assert bench.said() == [] and not bench.core.unanswered


def test_a_name_system_that_never_answers_is_not_waited_for() -> None:
    bench = Bench({"NAPTR b.example": Answer(fault="never")})
    name = bench.request()
    bench.passes(32.1)
    assert bench.user.told == [f"{name} failed 408: b.example was not located in time"]


def test_a_name_that_nobody_has_fails() -> None:
    bench = Bench({"A b.example": Answer(fault="Name or service not known")})
    name = bench.request()
    assert bench.user.told == [f"{name} failed 503: b.example: Name or service not known"]


@pytest.mark.parametrize(("length", "transport"), [(400, "UDP"), (1300, "TCP")])
def test_a_long_request_takes_a_stream(length: int, transport: str) -> None:
    bench = Bench()
    bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * length)
    assert bench.said() == [f"MESSAGE {transport} .11"]
    (request,) = messages(bench.transmissions)
    assert f"SIP/2.0/{transport} " in request.headers["Via"]


def test_the_limit_is_1300_bytes_and_not_one_less() -> None:
    bench = Bench()
    bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * 500)
    short = len(bench.transmissions[0].data)
    bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * (500 + 1300 - short - 1))  # its length has a digit more
    assert [(len(sent.data), sent.flow.transport) for sent in bench.transmissions] == [(1300, "UDP")]
    bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * (500 + 1300 - short))
    assert [sent.flow.transport for sent in bench.transmissions] == ["TCP"]


def test_a_long_request_goes_by_udp_where_nobody_takes_streams() -> None:
    bench = Bench()
    name = bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * 2000)
    bench.breaks(Flow("TCP", "192.0.2.11", 5060))
    bench.answers(FIRST, 200)
    assert bench.said() == ["MESSAGE TCP .11", "MESSAGE UDP .11"] and bench.user.told == [f"{name} 200"]
    bench.request("MESSAGE", "sip:bob@192.0.2.11", b"x" * 2000)
    assert bench.said() == ["MESSAGE UDP .11"], "that is known for a while"


def test_the_contact_is_right_for_the_way_that_is_taken() -> None:
    bench = Bench()
    form = ContactForm("ann", ";ob", ";expires=60")
    bench.request("REGISTER", "sip:192.0.2.11", contact=form)
    assert bench.last[FIRST].headers["Contact"] == "<sip:ann@192.0.2.1:5060;ob>;expires=60"
    bench.request("REGISTER", "sip:192.0.2.11;transport=tls", contact=form)
    (register,) = messages(bench.transmissions)
    assert register.headers["Contact"] == "<sip:ann@192.0.2.1:5061;transport=tls;ob>;expires=60"
    bench.request("REGISTER", "sips:192.0.2.11", contact=form)
    (register,) = messages(bench.transmissions)
    assert register.headers["Contact"] == "<sips:ann@192.0.2.1:5061;ob>;expires=60"
    assert register.headers["Via"].startswith("SIP/2.0/TLS 192.0.2.1:5061;")


@pytest.mark.parametrize(
    ("routed", "contact"), [(False, "<sip:ann@192.0.2.1:5061;transport=tls>"), (True, "<sips:ann@192.0.2.1:5061>")]
)
def test_the_contact_is_sips_where_the_request_says_so_and_not_for_the_way_alone(routed: bool, contact: str) -> None:
    bench = Bench()
    way = read_uri("sips:192.0.2.11;lr")
    assert way is not None
    bench.request("REGISTER", "sip:lab.example", way=(way,) if routed else way, contact=ContactForm("ann"))
    (register,) = messages(bench.transmissions)
    assert register.headers["Via"].startswith("SIP/2.0/TLS ") and register.headers["Contact"] == contact


def test_a_route_is_followed() -> None:
    bench = Bench()
    routes = tuple(uri for text in ("sip:192.0.2.12;lr", "sip:c.example;lr") if (uri := read_uri(text)) is not None)
    bench.request(way=routes)
    request = bench.last[SECOND]
    assert str(request.uri) == "sip:bob@b.example"
    assert request.headers.getlist("Route") == ["<sip:192.0.2.12;lr>", "<sip:c.example;lr>"]
    bench.request(to="sip:bob@192.0.2.11", way=())
    assert names(bench.transmissions) == ["OPTIONS"] and FIRST in bench.last


def test_a_strict_router_finds_itself_in_the_request() -> None:
    bench = Bench()
    routes = tuple(uri for text in ("sip:192.0.2.12", "sip:c.example;lr") if (uri := read_uri(text)) is not None)
    bench.request(way=routes)
    request = bench.last[SECOND]
    assert str(request.uri) == "sip:192.0.2.12"
    assert request.headers.getlist("Route") == ["<sip:c.example;lr>", "<sip:bob@b.example>"]


def test_sips_takes_no_hop_without_tls() -> None:
    bench = Bench()
    proxy = read_uri("sip:192.0.2.12;lr")
    assert proxy is not None
    bench.request(to="sips:bob@b.example", way=(proxy,))
    assert [sent.flow for sent in bench.transmissions] == [Flow("TLS", "192.0.2.12", 5061, name="192.0.2.12")]
    name = bench.request(to="sips:bob@b.example", way=FIRST)
    assert bench.user.told == [f"{name} failed 503: sips:bob@b.example wants TLS, not UDP"]


def test_a_transport_that_we_have_not_is_our_own_fault() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match=r"^no SCTP here, only UDP, TCP, TLS$"):
        bench.request(to="sip:bob@b.example;transport=sctp")


def test_an_ack_is_located_and_repeated_as_it_was() -> None:
    bench = Bench()
    uri = read_uri("sip:bob@b.example")
    assert uri is not None
    ack = bench.core.make_request("ACK", uri, WHO, 1)
    bench.core.send(ack, uri, bench.now)
    bench.settle()
    first = bench.last[FIRST].headers["Via"]
    bench.core.send(ack, uri, bench.now)
    bench.settle()
    assert [method for method, _ in bench.sent] == ["ACK", "ACK"]
    assert bench.last[FIRST].headers["Via"] == first and len(bench.last[FIRST].headers.getlist("Via")) == 1
    assert bench.core.get_timer() is None and not bench.core.unanswered


def test_an_ack_that_finds_no_server_is_dropped() -> None:
    bench = Bench({"A b.example": Answer(fault="no such name")})
    uri = read_uri("sip:bob@b.example")
    assert uri is not None
    bench.core.send(bench.core.make_request("ACK", uri, WHO, 1), uri, bench.now)
    bench.settle()
    assert bench.sent == [] and bench.user.told == [] and bench.core.get_timer() is None


def test_how_the_far_end_sees_us_goes_into_the_next_contact() -> None:
    bench = Bench()
    form = ContactForm("ann")
    bench.request("REGISTER", "sip:192.0.2.11", contact=form)
    via = bench.last[FIRST].headers["Via"].replace(";rport", ";rport=7000;received=198.51.100.4")
    bench.answers(FIRST, 200, {"Via": via})
    assert bench.core.reflexive(FIRST) == ("198.51.100.4", 7000)
    assert bench.core.reflexive(SECOND) is None
    bench.request("REGISTER", "sip:192.0.2.11", contact=form)
    assert bench.last[FIRST].headers["Contact"] == "<sip:ann@198.51.100.4:7000>"
    assert "192.0.2.1:5060" in bench.last[FIRST].headers["Via"]


def test_a_peer_that_cannot_be_connected_to_is_reached_by_the_connection_it_made() -> None:
    bench = Bench()
    made, theirs = Flow("TLS", "192.0.2.11", 43210, 7), Flow("TLS", "192.0.2.11", 5061, name="192.0.2.11")
    name = bench.request("BYE", "sip:bob@192.0.2.11;transport=tls", otherwise=made)
    assert [sent.flow for sent in bench.transmissions] == [theirs]
    bench.breaks(theirs, "its certificate is not trusted")
    assert [sent.flow for sent in bench.transmissions] == [made]
    bench.answers(made, 200)
    assert bench.user.told == [f"{name} 200"]
