"""What every request is asked before anything is done for it (:rfc:`3261#section-8.2`)."""

from sipmessage import Request, Response

from gateway.sip.capabilities import EXTENSIONS, KNOWN_METHODS, METHODS, SDP, allow
from gateway.sip.core import Core
from gateway.sip.dialog import caller_of
from gateway.sip.fields import entries, tag_of, tokens


def refusal(core: Core, request: Request) -> Response | None:
    """The response to a request that we cannot do, saying what we could; None when it passes.

    ACK is never refused, nor is CANCEL for what it requires (:rfc:`3261#section-8.2.2.3`).
    """
    if request.method == "ACK":
        return None
    for check in (_method, _scheme, _extensions, _content, _acceptable, _contact):
        if (response := check(core, request)) is not None:
            return response
    return None


def _method(core: Core, request: Request) -> Response | None:
    if request.method in METHODS:
        return None
    response = core.make_response(request, 405 if request.method in KNOWN_METHODS else 501)
    allow(response.headers)
    return response


def _scheme(core: Core, request: Request) -> Response | None:
    return core.make_response(request, 416) if request.uri.scheme == "tel" else None


def _extensions(core: Core, request: Request) -> Response | None:
    if request.method == "CANCEL":
        return None
    unknown = [tag for tag in tokens(request.headers, "Require") if tag.lower() not in EXTENSIONS]
    if not unknown:
        return None
    response = core.make_response(request, 420)
    response.headers.set("Unsupported", ", ".join(unknown))
    return response


def _content(core: Core, request: Request) -> Response | None:
    """Bodies matter in INVITE only; elsewhere we do nothing with them."""
    if request.method != "INVITE" or not request.body:
        return None
    kind = (request.headers.get("Content-Type", "") or "").partition(";")[0].strip().lower()
    encoding = (request.headers.get("Content-Encoding", "") or "identity").strip().lower()
    if kind == SDP and encoding == "identity":
        return None
    response = core.make_response(request, 415)
    response.headers.set("Accept", SDP)
    response.headers.set("Accept-Encoding", "identity")
    return response


def _acceptable(core: Core, request: Request) -> Response | None:
    """We answer calls with SDP only. Nobody who says nothing refuses it; who says "Accept:" and no more wants no body
    at all (:rfc:`3261#section-20.1`, :rfc:`4475#section-3.3.15`)."""
    values = request.headers.getlist("Accept")
    if request.method != "INVITE" or not values:
        return None
    kinds = {entry.partition(";")[0].strip().lower() for entry in entries(values)}
    if kinds & {SDP, "application/*", "*/*"}:
        return None
    response = core.make_response(request, 406)
    response.headers.set("Accept", SDP)
    return response


def _contact(core: Core, request: Request) -> Response | None:
    """An INVITE that begins a call must say where its sender is (:rfc:`3261#section-8.1.1.8`): nothing can be sent to
    a peer that does not, not even a BYE. One within a dialog that says nothing changes nothing."""
    if request.method != "INVITE" or tag_of(request.headers, "To") or caller_of(request.headers) is not None:
        return None
    return core.make_response(request, 400, "Contact Is Missing or Cannot Be Read")
