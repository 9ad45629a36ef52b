"""Reading one message: sound, unusual but sound, and faulty in every way that has an answer of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sipmessage import Request, Response

from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.message import read_cseq, read_message
from gateway.sip.syntax.response import make_response
from tests.sip.messages import read, request, request_bytes, wire


def fault(data: bytes) -> PeerFault:
    found = read_message(data)
    assert isinstance(found, PeerFault), bytes(found)  # type: ignore[call-overload]
    return found


def damaged(old: str, new: str, method: str = "INVITE") -> bytes:
    data = request_bytes(method)
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


def test_a_request_is_read() -> None:
    message = read(request_bytes(body="hello"))
    assert isinstance(message, Request)
    assert (message.method, str(message.uri), message.body) == ("INVITE", "sip:us@192.0.2.1", b"hello")
    assert message.headers["Call-ID"] == "call-1@peer"


def test_a_response_is_read_with_or_without_a_phrase() -> None:
    for phrase in ("OK", "", "Tout va bien"):
        data = bytes(make_response(request("OPTIONS").headers, 200)).replace(b"200 OK", f"200 {phrase}".encode())
        message = read(data)
        assert isinstance(message, Response)
        assert (message.code, message.phrase) == (200, phrase)


def test_compact_names_folded_lines_and_space_before_the_colon_are_read() -> None:
    message = read(
        b"OPTIONS sip:us@192.0.2.1 SIP/2.0\r\n"
        b"v: SIP / 2.0 / UDP\r\n   192.0.2.9 : 5070 ; branch=z9hG4bK1,\r\n\tSIP/2.0/TCP far.example;branch=z9hG4bK0\r\n"
        b'f: "A, B" <sip:a@b.example>;tag=1\r\nTO : <sip:us@192.0.2.1>\r\ni:  x@y\r\nCSEQ: 0009 OPTIONS\r\n'
        b"Subject:\r\n\r\n"
    )
    assert message.headers["From"] == '"A, B" <sip:a@b.example>;tag=1'
    assert message.headers["To"] == "<sip:us@192.0.2.1>"
    assert message.headers["Via"].startswith("SIP / 2.0 / UDP 192.0.2.9 : 5070")
    assert message.headers["Subject"] == ""
    assert read_cseq(message.headers) == (9, "OPTIONS")


def test_empty_lines_before_the_start_line_are_skipped() -> None:
    assert isinstance(read(b"\r\n\r\n" + request_bytes()), Request)


def test_what_follows_the_declared_length_is_not_part_of_the_message() -> None:
    assert read(request_bytes(body="hello") + b" world").body == b"hello"


def test_without_content_length_a_datagram_is_read_to_its_end() -> None:
    assert read(damaged("\r\nContent-Length: 0", "") + b"rest").body == b"rest"


def test_hosts_as_containers_are_named_and_methods_nobody_knows_are_read() -> None:
    assert isinstance(read(request_bytes("JUGGLE", uri="sip:us@my_host1:5062;x=a+b")), Request)


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (damaged("Call-ID: call-1@peer", "Call: x"), 400, "Call-ID Is Missing"),
        (damaged("CSeq: 1 INVITE", "X: y"), 400, "CSeq Is Missing"),
        (damaged("Via: SIP/2.0/UDP", "Via: SIP/7.0/UDP"), 400, "Via Cannot Be Read"),
        (damaged("Via: SIP/2.0/UDP", "Via: UDP"), 0, "Via Cannot Be Read"),
        (damaged("Via:", "Vin:"), 0, "Via Is Missing"),
        (damaged("Via:", "Via: ,\r\nVin:"), 0, "Via Is Missing"),
        (damaged("CSeq: 1 INVITE", "CSeq: 1 BYE"), 400, "CSeq Has Another Method than the Request Line"),
        (damaged("CSeq: 1 INVITE", "CSeq: 36893488147419103232 INVITE"), 400, "CSeq Cannot Be Read"),
        (damaged("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"), 400, "CSeq Cannot Be Read"),
        (damaged("CSeq: 1 INVITE", "CSeq: -1 INVITE"), 400, "CSeq Cannot Be Read"),
        (damaged("To: <sip:us@192.0.2.1>", "To: <sip:us@192.0.2.1"), 400, "To Cannot Be Read"),
        (damaged("Max-Forwards: 70", "Max-Forwards: many"), 400, "Max-Forwards Is Not a Number"),
        (damaged("Max-Forwards: 70", "Call-ID: again"), 400, "Call-ID Stands More than Once"),
        (damaged("Max-Forwards: 70", "l: 0"), 400, "Content-Length Stands More than Once"),
        (damaged("Max-Forwards: 70", "no colon here"), 400, "Header Line Cannot Be Read"),
        (damaged("Max-Forwards: 70", "Bad Name: x"), 400, "Header Line Cannot Be Read"),
        (damaged("Max-Forwards: 70", "Subject: a\0b"), 400, "Header Line Cannot Be Read"),
        (damaged("Max-Forwards: 70", "Subject: a\nContact: b"), 400, "Header Line Cannot Be Read"),
        (damaged("Content-Length: 0", "Content-Length: 10"), 400, "Body Is Shorter than Content-Length"),
        (damaged("Content-Length: 0", "Content-Length: -999"), 400, "Content-Length Is Not a Number"),
        (request_bytes()[:-4], 400, "Header Is Not Ended by an Empty Line"),
        (damaged("sip:us@192.0.2.1 SIP", "nobodyknows:us SIP"), 416, "URI Scheme Is Not Known"),
        (damaged("sip:us@192.0.2.1 SIP", "<sip:us@192.0.2.1> SIP"), 400, "Request-URI Cannot Be Read"),
        (damaged("sip:us@192.0.2.1 SIP", "sip:us@192.0.2.1; lr SIP"), 400, "Request-URI Cannot Be Read"),
        (damaged("sip:us@192.0.2.1 SIP", "sip:us@192.0.2.1?Subject=x SIP"), 400, "Request-URI Carries Header Fields"),
        (damaged("To: <sip:us@192.0.2.1>", "To: < sip:us@192.0.2.1 >"), 400, "To Cannot Be Read"),
        (damaged("To: <sip:us@192.0.2.1>", 'To: "Us <sip:us@192.0.2.1>'), 400, "To Cannot Be Read"),
        (damaged("INVITE sip", "INVITE  sip"), 400, "Request-URI Cannot Be Read"),
        (damaged("SIP/2.0\r\nVia", "SIP/2.0 \r\nVia"), 400, "Request Line Cannot Be Read"),
        (damaged("SIP/2.0\r\nVia", "HTTP/1.1\r\nVia"), 400, "Request Line Cannot Be Read"),
        (damaged("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), 505, "Only SIP/2.0 Is Spoken Here"),
        (damaged("Max-Forwards: 70", "Max-Forwards: x", "ACK"), 0, "Max-Forwards Is Not a Number"),
        (b"", 0, "Request Line Cannot Be Read"),
        (b"\xff\xfe\x00", 0, "Request Line Cannot Be Read"),
        (wire("SIP/2.0 4294967301 better not"), 0, "Status Line Cannot Be Read"),
        (wire("SIP/2.0 200 OK"), 0, "Header Is Not Ended by an Empty Line"),
    ],
)
def test_a_fault_is_named_and_answered_where_it_can_be(data: bytes, status: int, reason: str) -> None:
    found = fault(data)
    if data.startswith(b"SIP/2.0 200"):
        assert found.reason in (reason, "Via Is Missing")
    else:
        assert found.reason == reason
    assert found.status == status
    assert found.answerable == (status != 0)


def test_a_datagram_without_the_empty_line_is_taken_when_it_says_that_nothing_was_to_follow() -> None:
    assert isinstance(read_message(request_bytes()[:-2]), Request)
    assert isinstance(read_message(request_bytes().replace(b"Content-Length: 0\r\n\r\n", b"")), PeerFault)


def test_a_faulty_response_is_never_answered() -> None:
    data = bytes(make_response(request("OPTIONS").headers, 200)).replace(b"CSeq: 1", b"CSeq: x")
    assert fault(data).status == 0


def test_more_header_fields_than_the_limit_are_refused() -> None:
    assert isinstance(read_message(request_bytes(more="X: 1\nX: 2"), header_fields=10), Request)
    found = read_message(request_bytes(more="X: 1\nX: 2\nX: 3"), header_fields=10)
    assert isinstance(found, PeerFault)
    assert found.reason == "More than 10 Header Fields"


def test_bytes_that_are_no_utf_8_do_not_hinder_a_call() -> None:
    data = request_bytes().replace(b'"Peer"', b'"J\xe9r\xf4me"')
    assert read(data).headers["From"].startswith('"J\ufffdr\ufffdme"')


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_reading_never_raises(junk: bytes, at: int) -> None:
    sound = request_bytes(body="x")
    for data in (junk, sound[:at] + junk + sound[at:], b"SIP/2.0 200 OK\r\n" + junk):
        found = read_message(data)
        assert isinstance(found, Request | Response | PeerFault)
        if not isinstance(found, PeerFault):
            assert isinstance(read(bytes(found)), type(found))
