from sipmessage import Request

from gateway.sip.settings import Limits
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.transport import stun
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sip.transport.sent_by import SentBy
from gateway.sip.transport.transport import Transport
from tests.sip.messages import TCP, UDP, answer, name, read, request, request_bytes


def transport(*, trace: bool = True, **limits: int) -> Transport:
    return Transport(Limits(**limits), trace=trace)


def test_a_request_comes_with_its_source_noted() -> None:
    message = transport().receive_datagram(request_bytes(), Flow("UDP", "198.51.100.4", 7000), 0.0)
    assert isinstance(message, Request)
    assert message.headers["Via"].endswith(";rport=7000;received=198.51.100.4")


def test_keep_alives_over_udp_are_neither_read_nor_traced() -> None:
    ours = transport()
    for data in (b"", b"\r\n\r\n", b"\0\0\0\0", b" "):
        assert isinstance(ours.receive_datagram(data, UDP, 0.0), PeerFault)
    assert not ours.traces


def test_a_datagram_longer_than_the_limit_is_refused() -> None:
    message = transport(message_bytes=100).receive_datagram(request_bytes(), UDP, 0.0)
    assert isinstance(message, PeerFault)
    assert (message.reason, message.status) == ("Datagram Is Longer than 100 Bytes", 513)


def test_content_length_is_always_written_right() -> None:
    ours = transport()
    response = answer(request(), 200, body=b"12345")
    response.headers.set("Content-Length", "999")
    ours.send(response, UDP, 0.0)
    ours.send(request("OPTIONS"), UDP, 0.0)
    first, second = ours.transmissions()
    assert read(first.data).headers["Content-Length"] == "5"
    assert read(second.data).headers["Content-Length"] == "0"
    assert ours.transmissions() == []


def test_each_connection_is_framed_by_itself() -> None:
    ours = transport()
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    data = request_bytes("OPTIONS", transport="TCP")
    assert ours.receive_stream(data[:50], TCP, 0.0) == []
    assert ours.receive_stream(data[:70], other, 0.0) == []
    assert [name(m) for m in ours.receive_stream(data[50:], TCP, 0.0)] == ["OPTIONS"]
    assert [name(m) for m in ours.receive_stream(data[70:], other, 0.0)] == ["OPTIONS"]


def test_a_keep_alive_on_a_stream_is_answered() -> None:
    ours = transport()
    ours.receive_stream(b"\r\n\r\n", TCP, 0.0)
    assert ours.transmissions() == [Transmission(b"\r\n", TCP)]


def test_a_connection_that_closed_is_forgotten_with_its_rest() -> None:
    ours = transport()
    ours.receive_stream(request_bytes("OPTIONS")[:50], TCP, 0.0)
    ours.stream_closed(TCP)
    assert [name(m) for m in ours.receive_stream(request_bytes("BYE"), TCP, 0.0)] == ["BYE"]


def test_connections_above_the_limit_are_closed() -> None:
    ours = transport(streams=1)
    ours.receive_stream(b"OPT", TCP, 0.0)
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    assert ours.receive_stream(request_bytes(), other, 0.0) == []
    assert ours.transmissions() == [Transmission(b"", other, close=True)]


def test_traces_hold_what_stood_on_the_wire() -> None:
    ours = transport()
    ours.receive_datagram(b"junk", UDP, 1.0)
    ours.send(request("OPTIONS"), TCP, 2.0)
    assert [(trace.direction, trace.flow, trace.now) for trace in ours.traces] == [("in", UDP, 1.0), ("out", TCP, 2.0)]
    assert {trace.local for trace in ours.traces} == {("", 0)}, "nobody said what our address is"
    silent = transport(trace=False)
    silent.receive_datagram(b"junk", UDP, 1.0)
    assert not silent.traces


def test_who_connects_and_says_nothing_whole_makes_room_for_others() -> None:
    ours = transport(streams=1)
    ours.receive_stream(b"O", TCP, 0.0)
    assert ours.get_timer() == 30.0
    ours.receive_stream(b"P", TCP, 29.0)  # a byte now and then does not help
    ours.handle_timer(29.9)
    assert ours.transmissions() == []
    ours.handle_timer(30.0)
    assert ours.transmissions() == [Transmission(b"", TCP, close=True)]
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    assert [name(m) for m in ours.receive_stream(request_bytes("OPTIONS", transport="TCP"), other, 31.0)] == ["OPTIONS"]
    assert ours.get_timer() is None


def test_who_has_sent_a_message_or_is_gone_is_not_waited_for() -> None:
    ours = transport()
    ours.receive_stream(b"\r\n\r\n", TCP, 0.0)
    assert ours.get_timer() == 30.0
    ours.receive_stream(request_bytes("OPTIONS", transport="TCP"), TCP, 1.0)
    assert ours.get_timer() is None
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    ours.receive_stream(b"O", other, 2.0)
    ours.stream_closed(other)
    assert ours.get_timer() is None


def test_a_stream_that_we_opened_is_read_however_many_there_are() -> None:
    ours = transport(streams=1)
    ours.receive_stream(b"O", TCP, 0.0)
    ours.send(request("OPTIONS"), Flow("TCP", "192.0.2.5", 5060), 0.0)
    ours.transmissions()
    opened = Flow("TCP", "192.0.2.5", 5060, 9)
    response = bytes(answer(request("OPTIONS"), 200)).replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n")
    assert ours.receive_stream(response[:9], opened, 0.0) == []
    assert ours.get_timer() == 30.0  # of the other
    assert [name(m) for m in ours.receive_stream(response[9:], opened, 100.0)] == ["200"]
    assert ours.transmissions() == []


def test_those_we_connected_to_are_not_remembered_for_ever() -> None:
    ours = transport(streams=2)
    for number in range(5):
        ours.send(request("OPTIONS"), Flow("TCP", "192.0.2.5", 5060 + number), 0.0)
    for connection in (1, 2):
        ours.receive_stream(b"O", Flow("TCP", "192.0.2.7", 40000, connection), 0.0)
    ours.transmissions()
    ours.receive_stream(b"S", Flow("TCP", "192.0.2.5", 5064, 9), 0.0)
    assert ours.transmissions() == []
    ours.receive_stream(b"S", Flow("TCP", "192.0.2.5", 5060, 10), 0.0)
    assert [sent.close for sent in ours.transmissions()] == [True]


def test_traces_say_between_which_addresses() -> None:
    sent_by = SentBy({"UDP": ("0.0.0.0", 5060), "TCP": ("phone.example", 5070)}, lambda host: "192.0.2.1")
    ours = Transport(Limits(), sent_by=sent_by)
    ours.receive_datagram(b"junk", UDP, 1.0)
    ours.send(request("OPTIONS"), TCP, 2.0)
    assert [(trace.flow, trace.local) for trace in ours.traces] == [
        (UDP, ("192.0.2.1", 5060)),
        (TCP, ("192.0.2.1", 5070)),
    ]


def test_what_no_datagram_can_carry_is_not_sent_as_one() -> None:
    ours = transport()
    long = request("OPTIONS")
    long.body = b"x" * 65_507
    assert not ours.send(long, UDP, 0.0) and not ours.transmissions() and not ours.traces
    assert ours.send(long, TCP, 0.0) and ours.transmissions()


def test_who_connects_and_sends_nothing_at_all_is_not_kept() -> None:
    ours = transport(streams=1)
    ours.stream_opened(TCP, 0.0)
    assert ours.get_timer() == 30.0
    other = Flow("TCP", "192.0.2.9", 40001, 8)
    ours.stream_opened(other, 1.0)
    assert ours.transmissions() == [Transmission(b"", other, close=True)]
    ours.handle_timer(30.0)
    assert ours.transmissions() == [Transmission(b"", TCP, close=True)]


def test_a_stun_request_on_the_sip_port_is_answered_with_its_source() -> None:
    ours = transport()
    assert isinstance(ours.receive_datagram(stun.request(b"t" * 12), UDP, 0.0), PeerFault)
    (answered,) = ours.transmissions()
    read = stun.read_binding(answered.data)
    assert read is not None and (read.kind, read.mapped) == (stun.Kind.SUCCESS, ("192.0.2.9", 5060))
    assert answered.flow == UDP and not ours.traces
    ours.receive_datagram(stun.request(b"t" * 12)[:-1] + b"\0\0", UDP, 0.0)
    assert ours.transmissions() == []


def test_a_pong_is_no_ping() -> None:
    ours = transport()
    ours.send(request("OPTIONS"), Flow("TCP", TCP.host, TCP.port), 0.0)
    ours.transmissions()
    ours.keep_alive.keep("ann", TCP, 0.0, 20.0, answered=True)
    for start in (0.0, 25.0, 50.0):
        ours.handle_timer(start + 20.0)
        assert [sent.data for sent in ours.transmissions()] == [b"\r\n\r\n"]
        assert ours.receive_stream(b"\r\n", TCP, start + 21.0) == []
        assert ours.transmissions() == [] and not ours.keep_alive.awaits_pong(TCP)
    ours.handle_timer(95.0)
    ours.transmissions()
    ours.receive_stream(b"\r\n\r\n\r\n", TCP, 96.0)  # the pong, and a ping of theirs
    assert ours.transmissions() == [Transmission(b"\r\n", TCP)]


def test_a_stream_that_closed_is_not_kept_alive() -> None:
    ours = transport()
    ours.keep_alive.keep("ann", TCP, 0.0)
    ours.stream_closed(TCP)
    assert ours.get_timer() is None
