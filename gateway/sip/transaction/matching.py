"""Which transaction a message belongs to (:rfc:`3261#section-17.1.3`, :rfc:`3261#section-17.2.3`)."""

from sipmessage import Request

from gateway.sip.syntax.fields import tag_of
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.via import MAGIC_COOKIE, top_via
from gateway.sip.transport.flow import Flow


def client_key(branch: str, method: str) -> str:
    """Which of our requests a response answers (:rfc:`3261#section-17.1.3`)."""
    return f"client {branch} {method}"


def server_key(request: Request, method: str = "") -> str:
    """Which transaction a request belongs to (:rfc:`3261#section-17.2.3`); an ACK to its INVITE's.

    :param method: in place of the request's own
    """
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    via = top_via(request.headers)
    if via is not None and via.branch.startswith(MAGIC_COOKIE):
        return f"server {via.branch} {via.sent_by} {method}"
    # RFC 2543: no unique branch, so all that stays the same in a repetition, in CANCEL and in ACK
    headers = request.headers
    sequence, _ = read_cseq(headers) or (0, "")
    return f"server {request.uri} {tag_of(headers, 'From')} {headers.get('Call-ID')} {sequence} {via} {method}"


def identity(request: Request) -> tuple[str, ...]:
    """What is the same in a request that came on two paths (:rfc:`3261#section-8.2.2.2`)."""
    headers = request.headers
    return tag_of(headers, "From"), headers["Call-ID"], headers["CSeq"]


def same_way(ours: Flow, theirs: Flow) -> bool:
    """Whether what happened to one flow happened to the other."""
    if ours.connection and theirs.connection:
        return ours.connection == theirs.connection
    return (ours.transport, ours.host, ours.port) == (theirs.transport, theirs.host, theirs.port)
