from sipmessage import Request

from gateway.sip.fault import PeerFault
from gateway.sip.flow import Flow, Transmission
from gateway.sip.settings import Limits
from gateway.sip.transport import Transport
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


def test_a_datagram_longer_than_the_limit_is_dropped() -> None:
    message = transport(message_bytes=100).receive_datagram(request_bytes(), UDP, 0.0)
    assert isinstance(message, PeerFault)
    assert (message.reason, message.status) == ("Datagram Is Longer than 100 Bytes", 0)


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
