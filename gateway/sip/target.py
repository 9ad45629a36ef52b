"""Whom to call, and how to get there (:rfc:`3261#section-8.1.2`)."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from sipmessage import URI

from gateway.host import bracketed
from gateway.sip.account import Account, read_sip_address
from gateway.sip.flow import Flow
from gateway.sip.sent_by import SentBy
from gateway.sip.settings import AgentSettings
from gateway.sip.uri import flow_to

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


def read_target(text: str, account: Account | None, caller: str, settings: AgentSettings) -> Target:
    """The target of a call, as a person or a program gives it.

    What is in the account's own domain goes by its registrar, anything else straight to its host.

    :param caller: our address where there is no account; empty for one of no meaning
    :raises ValueError: saying what was expected
    """
    if account is not None and _NUMBER.match(text):
        text = f"sip:{quote(text, safe='*+')}@{account.domain}"
    uri = read_sip_address(text, "target")
    if account is None:
        flow = flow_to(uri)
        host, port = address_of(settings, flow)
        ours = read_sip_address(caller or f"sip:phone@{host}:{port}", "caller")
        target = Target(uri, flow, f"<{ours}>", ours.user or "")
    else:
        at_home = (uri.host.lower(), uri.port) == (account.uri.host.lower(), account.uri.port)
        flow = account.flow if at_home else flow_to(uri)
        name = f'"{escaped}" ' if (escaped := re.sub(r'(["\\])', r"\\\1", account.display_name)) else ""
        target = Target(uri, flow, f"{name}<{account.address}>", account.name)
    if flow.transport not in settings.sent_by:
        raise ValueError(f"target {text!r} wants {flow.transport}, there is only {', '.join(settings.sent_by)} here")
    return target


def address_of(settings: AgentSettings, flow: Flow) -> tuple[str, int]:
    """Host and port we are reached at by those who come that way; IPv6 in brackets."""
    host, port = SentBy(settings.sent_by, settings.local_address).of(flow)
    return bracketed(host), port
