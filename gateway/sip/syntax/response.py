"""Making responses: what of a request goes back in its answer (:rfc:`3261#section-8.2.6`)."""

from sipmessage import Headers, Response

from gateway.sip.syntax.fields import tag_of
from gateway.sip.syntax.headers import IndexedHeaders

PHRASES = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}


def phrase_of(status: int) -> str:
    """The reason phrase of a status code; that of its class when it is not known."""
    return PHRASES.get(status) or PHRASES.get(status // 100 * 100) or "Unknown"


def make_response(request: Headers, status: int, phrase: str = "", *, tag: str = "", body: bytes = b"") -> Response:
    """A response to the request with these headers: Via, From, To, Call-ID, CSeq as they came, byte for byte.

    :param tag: goes into To when the request had none there; none is added to a 100
        (:rfc:`3261#section-8.2.6.2`).
    """
    response = Response(status, phrase or phrase_of(status), body)
    response.headers = IndexedHeaders()
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        if values := request.getlist(name):  # a request that is refused may lack any of them
            # two of one kind are why it is refused: one comes back, so that the answer can be read
            response.headers.setlist(name, list(values if name == "Via" else values[:1]))
    if tag and status != 100 and request.getlist("To") and not tag_of(request, "To"):
        response.headers.set("To", f"{request['To']};tag={tag}")
    if status == 100:
        for value in request.getlist("Timestamp"):
            response.headers.set("Timestamp", value)
    return response
