"""Framing: every way to cut a stream gives the same messages."""

import time

import pytest
from sipmessage import Message, Request

from gateway.sip.settings import Limits
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.transport.stream import PING, PONG, State, StreamReader
from tests.sip.messages import name, request_bytes

TWO = request_bytes("OPTIONS", transport="TCP", body="first") + request_bytes("INVITE", transport="TCP", cseq=2)


def reader(**limits: int) -> StreamReader:
    return StreamReader(Limits(**limits))


def names(read: list[Message | PeerFault]) -> list[str]:
    return [name(message) for message in read]


def test_two_messages_in_one_piece() -> None:
    ours = reader()
    assert names(ours.receive(TWO)) == ["OPTIONS", "INVITE"]
    assert ours.state is State.BETWEEN


def test_a_cut_at_any_byte_changes_nothing() -> None:
    for cut in range(len(TWO) + 1):
        ours = reader()
        read = ours.receive(TWO[:cut]) + ours.receive(TWO[cut:])
        assert names(read) == ["OPTIONS", "INVITE"], cut
        assert isinstance(read[0], Request) and read[0].body == b"first", cut


def test_byte_by_byte() -> None:
    ours = reader()
    read = [message for byte in TWO for message in ours.receive(bytes([byte]))]
    assert names(read) == ["OPTIONS", "INVITE"]


def test_a_keep_alive_is_answered_whole_or_cut() -> None:
    ours = reader()
    assert ours.receive(b"\r\n\r\n") == []
    assert ours.to_send == b"\r\n"
    ours.to_send = b""
    for byte in b"\r\n\r\n":
        ours.receive(bytes([byte]))
    assert ours.to_send == b"\r\n"


def test_a_keep_alive_between_messages_is_answered_and_one_empty_line_is_not() -> None:
    ours = reader()
    read = ours.receive(b"\r\n" + request_bytes("OPTIONS") + b"\r\n\r\n" + request_bytes("BYE"))
    assert names(read) == ["OPTIONS", "BYE"]
    assert ours.to_send == b"\r\n"


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00", b"\0", b"{json}", b"\rX", b"<xml>", b"A" * 70])
def test_garbage_closes_the_stream_at_once(junk: bytes) -> None:
    ours = reader()
    read = ours.receive(junk)
    assert read == [PeerFault("Stream Does Not Speak SIP", 0, read[0].headers)]
    assert ours.closed
    assert ours.receive(TWO) == []


@pytest.mark.parametrize(
    "length", ["", "X: 1\r\n", "Content-Length: ten\r\n", "Content-Length: 0\r\nl: 5\r\n", f"l: {'9' * 11}\r\n"]
)
def test_without_a_length_nothing_can_follow_and_the_sender_is_told(length: str) -> None:
    ours = reader()
    (fault,) = ours.receive(request_bytes("OPTIONS").replace(b"Content-Length: 0\r\n", length.encode()))
    assert isinstance(fault, PeerFault)
    assert (fault.status, fault.reason) == (400, "Content-Length Is Needed on a Stream")
    assert ours.closed


@pytest.mark.parametrize("start", [b"SIP/2.0 200 OK", b"ACK sip:us@192.0.2.1 SIP/2.0"])
def test_responses_and_acks_without_a_length_are_not_answered(start: bytes) -> None:
    ours = reader()
    data = request_bytes("ACK").replace(b"ACK sip:us@192.0.2.1 SIP/2.0", start)
    (fault,) = ours.receive(data.replace(b"Content-Length: 0\r\n", b""))
    assert isinstance(fault, PeerFault) and not fault.answerable


def test_a_message_longer_than_the_limit_is_refused() -> None:
    ours = reader(message_bytes=1000)
    assert names(ours.receive(request_bytes("OPTIONS", body="x" * 100))) == ["OPTIONS"]
    (fault,) = ours.receive(request_bytes("OPTIONS", body="x" * 1000))
    assert isinstance(fault, PeerFault)
    assert (fault.status, fault.reason) == (513, "Message Is Longer than 1000 Bytes")
    assert ours.closed


def test_a_header_without_end_is_cut_off_at_the_limit() -> None:
    ours = reader(message_bytes=1000)
    ours.receive(b"OPTIONS sip:us@192.0.2.1 SIP/2.0\r\n")
    faults = [fault for _ in range(99) for fault in ours.receive(b"X: 0123456789\r\n")]
    assert [fault.reason for fault in faults if isinstance(fault, PeerFault)] == ["Header Is Longer than 1000 Bytes"]
    assert ours.closed


def test_a_faulty_message_with_a_length_does_not_end_the_stream() -> None:
    ours = reader()
    read = ours.receive(request_bytes("OPTIONS").replace(b"CSeq: 1 ", b"CSeq: x ") + request_bytes("BYE"))
    assert isinstance(read[0], PeerFault)
    assert name(read[1]) == "BYE"


def test_a_stream_of_nothing_but_pings_is_answered_at_no_great_cost() -> None:
    pinged, began = reader(), time.process_time()
    assert pinged.receive(PING * 250_000) == []
    assert pinged.to_send == PONG * 250_000
    assert time.process_time() - began < 1, "who speaks must not hear of it"
