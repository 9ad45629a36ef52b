"""What stands in a 2xx to REGISTER."""

import pytest
from sipmessage import Headers

from gateway.sip.registration.binding import Binding, read_bindings
from gateway.sip.registration.grant import LONGEST_EXPIRY, MOST_ROUTES, Grant, read_grant

OURS = "<sip:ann@192.0.2.1:5060>"


def grant(asked_s: int = 300, **values: str | list[str]) -> Grant:
    headers = Headers()
    for name, value in values.items():
        headers.setlist(name.replace("_", "-"), [value] if isinstance(value, str) else value)
    return read_grant(headers, sent(), asked_s)


def sent() -> Binding:
    headers = Headers()
    headers.set("Contact", OURS)
    return read_bindings(headers)[0]


def test_nothing_said_is_what_was_asked() -> None:
    assert grant() == Grant(300, None)


def test_the_routes_are_taken_in_order_and_what_is_none_is_left_out() -> None:
    found = grant(Service_Route=["<sip:a;lr>, junk", "<sip:b;lr;x=1>"], Path="<sip:edge;lr>")
    assert [str(uri) for uri in found.service_route] == ["sip:a;lr", "sip:b;lr;x=1"]
    assert [str(uri) for uri in found.path] == ["sip:edge;lr"]


def test_routes_without_end_are_cut_off() -> None:
    assert len(grant(Service_Route=[f"<sip:r{n};lr>" for n in range(99)]).service_route) == MOST_ROUTES


def test_the_identities_that_the_network_gave_us_are_taken() -> None:
    found = grant(P_Associated_URI='<sip:ann@lab.example>, "0142" <tel:+33142>, <>')
    assert [str(uri) for uri in found.identities] == ["sip:ann@lab.example", "tel:+33142"]


@pytest.mark.parametrize(("said", "read"), [("120", 120), ("1", 10), ("999999", 3600), ("often", 0)])
def test_the_flow_timer_is_believed_within_limits(said: str, read: int) -> None:
    assert grant(Flow_Timer=said).flow_timer_s == read


@pytest.mark.parametrize(("said", "read"), [("outbound", True), ("path, Outbound", True), ("path", False)])
def test_outbound_is_done_where_the_registrar_requires_it(said: str, read: bool) -> None:
    assert grant(Require=said).outbound is read


@pytest.mark.parametrize(
    ("contact", "expires", "read"),
    [
        (f"{OURS};expires=60, <sip:x@y>;expires=5", "99", 60),
        (f"{OURS};expires=0", "99", 0),
        (f"{OURS};expires=99999999999999", "99", LONGEST_EXPIRY),
        (OURS, "99", 99),
        (f"{OURS}, <sip:ann@nat>;expires=30", "99", 30),
        ("<sip:ann@nat>;expires=0", "99", 99),
        ("junk", "0", 300),
    ],
)
def test_our_own_expiry_counts_before_all_others(contact: str, expires: str, read: int) -> None:
    assert grant(Contact=contact, Expires=expires).expires_s == read
