"""Whom to call, and how to get there (:rfc:`3261#section-8.1.2`)."""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from sipmessage import URI

from gateway.host import bracketed
from gateway.sip.account import Account, read_sip_address
from gateway.sip.settings import AgentSettings
from gateway.sip.transport.flow import Flow, flow_to
from gateway.sip.transport.sent_by import SentBy

_NUMBER = re.compile(r"[0-9A-Za-z*#+.\-_()]+\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes, and who we say we are."""

    uri: URI
    flow: Flow
    caller: str
    """From, without tag"""
    user: str
    """user part of our Contact"""
    way: Flow | URI | tuple[URI, ...]
    """where the request goes: the server of a URI, or a route set"""


class Ways(Protocol):
    """Who knows by which servers an account's requests go."""

    def route_of(self, account: Account, /) -> tuple[URI, ...]: ...

    def server_of(self, account: Account, /) -> URI: ...


def read_target(
    text: str, account: Account | None, caller: str, settings: AgentSettings, ways: Ways | None = None
) -> Target:
    """The target of a call, as a person or a program gives it.

    What is in the account's own domain goes by its registrar and the Service-Route that this gave, anything else
    straight to its host; where there is an outbound proxy, everything goes there.

    :param ways: what the registrar said; None: nothing yet
    :param caller: our address where there is no account; empty for one of no meaning
    :raises ValueError: saying what was expected
    """
    number = text[4:].partition(";")[0]
    if account is not None and text.lower().startswith("tel:") and _NUMBER.match(number):
        # the registrar knows what to do with a telephone number (RFC 3261, section 19.1.6)
        text = f"sip:{quote(number, safe='*+')}@{account.domain};user=phone"
    elif account is not None and _NUMBER.match(text):
        text = f"sip:{quote(text, safe='*+')}@{account.domain}"
    uri = read_sip_address(text, "target")
    if account is None:
        flow = flow_to(uri)
        host, port = address_of(settings, flow)
        ours = read_sip_address(caller or f"sip:phone@{host}:{port}", "caller")
        target = Target(uri, flow, f"<{ours}>", ours.user or "", uri)
    else:
        by_server = account.outbound_proxy or account.is_at_home(uri)
        server: URI = uri
        route: tuple[URI, ...] = ()
        if by_server:
            server = ways.server_of(account) if ways is not None else account.servers[0]
            route = ways.route_of(account) if ways is not None else account.route
        flow = flow_to(route[0] if route else server)
        name = f'"{escaped}" ' if (escaped := re.sub(r'(["\\])', r"\\\1", account.display_name)) else ""
        target = Target(uri, flow, f"{name}<{account.address}>", account.name, route or server)
    if flow.transport not in settings.sent_by:
        raise ValueError(f"target {text!r} wants {flow.transport}, there is only {', '.join(settings.sent_by)} here")
    return target


def over(transport: str, text: str) -> str:
    """The address `text`, over `transport` where it names none itself. ``sips:`` does, and so does an empty one.

    :param transport: ``udp``, ``tcp`` or ``tls``
    """
    if transport == "udp" or not text.lower().startswith("sip:") or ";transport=" in text.lower():
        return text
    return f"{text};transport={transport}"


def address_of(settings: AgentSettings, flow: Flow) -> tuple[str, int]:
    """Host and port we are reached at by those who come that way; IPv6 in brackets."""
    host, port = SentBy(settings.sent_by, settings.local_address).of(flow)
    return bracketed(host), port
