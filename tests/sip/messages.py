"""Messages for the tests: written as text, the way they stand on the wire."""

from sipmessage import Message, Request, Response

from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.message import read_message
from gateway.sip.syntax.response import make_response
from gateway.sip.transport.flow import Flow, Transmission

UDP = Flow("UDP", "192.0.2.9", 5060)
TCP = Flow("TCP", "192.0.2.9", 40000, 7)
SENT_BY = {"UDP": ("192.0.2.1", 5060), "TCP": ("192.0.2.1", 5060)}


def wire(start: str, headers: str = "", body: str = "") -> bytes:
    """A message whose header lines are given one a line, indented or not."""
    lines = [line.strip() for line in headers.strip().splitlines()]
    return "\r\n".join([start, *lines, "", body]).encode()


def request_bytes(
    method: str = "INVITE",
    *,
    branch: str = "z9hG4bKpeer1",
    cseq: int = 1,
    to_tag: str = "",
    from_tag: str = "peer",
    call_id: str = "call-1@peer",
    uri: str = "sip:us@192.0.2.1",
    transport: str = "UDP",
    via: str = "",
    more: str = "",
    body: str = "",
) -> bytes:
    """A request as a well-behaved peer at 192.0.2.9:5060 sends it."""
    via = via or f"SIP/2.0/{transport} 192.0.2.9:5060;branch={branch};rport"
    tag = f";tag={to_tag}" if to_tag else ""
    if method == "INVITE" and not to_tag and "Contact:" not in more:
        more += "\nContact: <sip:peer@192.0.2.9:5060>"
    headers = f"""Via: {via}
        Max-Forwards: 70
        From: "Peer" <sip:peer@192.0.2.9>;tag={from_tag}
        To: <sip:us@192.0.2.1>{tag}
        Call-ID: {call_id}
        CSeq: {cseq} {method}
        {more}
        Content-Length: {len(body.encode())}"""
    text = "\n".join(line for line in headers.splitlines() if line.strip())
    return wire(f"{method} {uri} SIP/2.0", text, body)


def read(data: bytes) -> Request | Response:
    """The message in `data`, which must be sound."""
    message = read_message(data)
    assert isinstance(message, Request | Response), message
    return message


def request(method: str = "INVITE", **how: str) -> Request:
    message = read(request_bytes(method, **how))  # type: ignore[arg-type]
    assert isinstance(message, Request)
    return message


def answer(to: Request, status: int, *, tag: str = "far", phrase: str = "", body: bytes = b"") -> Response:
    """What a peer says to one of our requests."""
    return make_response(to.headers, status, phrase, tag=tag, body=body)


def messages(sent: list[Transmission]) -> list[Request | Response]:
    """What was sent, read again."""
    return [read(transmission.data) for transmission in sent if transmission.data]


def names(sent: list[Transmission]) -> list[str]:
    """What was sent, in short: methods and status codes."""
    return [name(message) for message in messages(sent)]


def name(message: Message | PeerFault) -> str:
    if isinstance(message, Request):
        return message.method
    assert isinstance(message, Response), message
    return str(message.code)
