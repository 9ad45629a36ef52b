"""Contact as others write it: where they are reached (:rfc:`3261#section-8.1.1.8`)."""

from sipmessage import Headers

from gateway.sip.syntax.fields import entries
from gateway.sip.syntax.uri import VerbatimURI, uri_in
from gateway.sip.syntax.via import MAGIC_COOKIE, top_via


def contact_of(headers: Headers) -> VerbatimURI | None:
    """The first Contact that can be a target."""
    for entry in entries(headers.getlist("Contact")):
        uri = uri_in(entry)
        if uri is not None and uri.scheme != "tel":
            return uri
    return None


def caller_of(headers: Headers) -> VerbatimURI | None:
    """Where requests to the sender of a first INVITE are addressed to: its Contact, or From when it has none, which
    only a client of :rfc:`2543` may do."""
    if headers.getlist("Contact"):
        return contact_of(headers)
    via = top_via(headers)
    of_2543 = via is None or not via.branch.startswith(MAGIC_COOKIE)
    uri = uri_in(headers["From"]) if of_2543 else None
    return uri if uri is not None and uri.scheme != "tel" else None
