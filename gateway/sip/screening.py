"""What every request is asked before anything is done for it (:rfc:`3261#section-8.2`)."""

from sipmessage import Request, Response

from gateway.sip.capabilities import KNOWN_METHODS, allow, extensions, methods
from gateway.sip.core import Core
from gateway.sip.settings import CallPolicy
from gateway.sip.syntax.body import ACCEPTED, SDP, read_body
from gateway.sip.syntax.contact import caller_of
from gateway.sip.syntax.fields import entries, tag_of, tokens
from gateway.sip.syntax.replaces import replaces_fault

DESCRIBED = frozenset({"INVITE", "UPDATE", "PRACK"})
"""methods whose bodies matter to us; others are looked at by those who know them"""


def refusal(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    """The response to a request that we cannot do, saying what we could; None when it passes.

    ACK is never refused, nor is CANCEL for what it requires (:rfc:`3261#section-8.2.2.3`).
    """
    if request.method == "ACK":
        return None
    for check in (_method, _replaces, _extensions, _content, _acceptable, _contact):
        if (response := check(core, request, policy)) is not None:
            return response
    return None


def _method(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    if request.method in methods(policy) or request.method == "REFER":  # that of a call is answered 403, not 405
        return None
    response = core.make_response(request, 405 if request.method in KNOWN_METHODS else 501)
    allow(response.headers, policy)
    return response


def _replaces(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    """(:rfc:`3891#section-3`)"""
    fault = replaces_fault(request.method, request.headers)
    return core.make_response(request, 400, fault) if fault else None


def _extensions(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    if request.method == "CANCEL":
        return None
    unknown = [tag for tag in tokens(request.headers, "Require") if tag.lower() not in extensions(policy)]
    if not unknown:
        return None
    response = core.make_response(request, 420)
    response.headers.set("Unsupported", ", ".join(unknown))
    return response


def _content(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    """A body, or a part of one, that its sender wants understood must be (:rfc:`3261#section-8.2.3`)."""
    if request.method not in DESCRIBED or not read_body(request).unknown:
        return None
    response = core.make_response(request, 415)
    response.headers.set("Accept", ", ".join(ACCEPTED))
    response.headers.set("Accept-Encoding", "identity")
    return response


def _acceptable(core: Core, request: Request, policy: CallPolicy) -> Response | None:
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


def _contact(core: Core, request: Request, policy: CallPolicy) -> Response | None:
    """An INVITE that begins a call must say where its sender is (:rfc:`3261#section-8.1.1.8`): nothing can be sent to
    a peer that does not, not even a BYE. One within a dialog that says nothing changes nothing."""
    if request.method != "INVITE" or tag_of(request.headers, "To") or caller_of(request.headers) is not None:
        return None
    return core.make_response(request, 400, "Contact Is Missing or Cannot Be Read")
