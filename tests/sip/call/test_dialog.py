"""What two ends remember of each other (RFC 3261, section 12)."""

import random

import pytest

from gateway.sip.call.dialog import Dialog
from gateway.sip.core import Core
from gateway.sip.settings import AgentSettings
from tests.sip.messages import SENT_BY, answer, request

CORE = Core(AgentSettings(SENT_BY), random.Random(1))


def of_client(**headers: str) -> Dialog:
    ok = answer(request(more="Contact: <sip:peer@192.0.2.9>"), 200, tag="far")
    for name, value in headers.items():
        ok.headers.set(name.replace("_", "-"), value)
    return Dialog.of_client(request(cseq="7"), ok)


def of_server(more: str = "Contact: <sip:peer@192.0.2.9:5070;ob>") -> Dialog:
    return Dialog.of_server(request(more=more, cseq="7"), "ours")


def test_the_callers_dialog_takes_to_and_route_from_the_response() -> None:
    dialog = of_client(Contact="<sip:bob@192.0.2.20>", Record_Route="<sip:a;lr>, <sip:b;lr>")
    assert dialog.local == '"Peer" <sip:peer@192.0.2.9>;tag=peer'
    assert dialog.remote == "<sip:us@192.0.2.1>;tag=far"
    assert dialog.remote_tag == "far"
    assert dialog.routes == ["<sip:b;lr>", "<sip:a;lr>"]
    assert dialog.local_sequence == 7


def test_the_calleds_dialog_takes_them_from_the_request_in_order() -> None:
    dialog = of_server("Contact: <sip:peer@192.0.2.9:5070;ob>\nRecord-Route: <sip:a;lr>\nRecord-Route: <sip:b;lr>")
    assert dialog.local == "<sip:us@192.0.2.1>;tag=ours"
    assert dialog.remote == '"Peer" <sip:peer@192.0.2.9>;tag=peer'
    assert dialog.routes == ["<sip:a;lr>", "<sip:b;lr>"]
    assert dialog.remote_sequence == 7


def test_requests_count_up_and_go_to_the_target() -> None:
    dialog = of_server()
    first, second = dialog.request("BYE", CORE), dialog.request("BYE", CORE)
    assert str(first.uri) == "sip:peer@192.0.2.9:5070;ob"
    assert (first.headers["CSeq"], second.headers["CSeq"]) == ("1 BYE", "2 BYE")
    assert first.headers["From"] == dialog.local
    assert first.headers["To"] == dialog.remote
    assert "Route" not in first.headers.keys()


def test_the_ack_has_the_number_of_its_invite() -> None:
    dialog = of_client(Contact="<sip:bob@192.0.2.20>")
    dialog.request("INFO", CORE)
    assert dialog.ack(7, CORE).headers["CSeq"] == "7 ACK"
    assert dialog.local_sequence == 8


def test_a_loose_router_leaves_the_target_in_the_request_line() -> None:
    dialog = of_client(Contact="<sip:bob@192.0.2.20>", Record_Route="<sip:192.0.2.30;lr=on>")
    bye = dialog.request("BYE", CORE)
    assert str(bye.uri) == "sip:bob@192.0.2.20"
    assert bye.headers["Route"] == "<sip:192.0.2.30;lr=on>"
    assert str(dialog.next_hop()) == "sip:192.0.2.30;lr=on"


def test_a_strict_router_is_put_there_itself() -> None:
    dialog = of_client(Contact="<sip:bob@192.0.2.20>", Record_Route="<sip:b;lr>, <sip:192.0.2.30>")
    bye = dialog.request("BYE", CORE)
    assert str(bye.uri) == "sip:192.0.2.30"
    assert bye.headers.getlist("Route") == ["<sip:b;lr>", "<sip:bob@192.0.2.20>"]


def test_a_route_that_cannot_be_read_is_kept_but_not_followed() -> None:
    dialog = of_client(Contact="<sip:bob@192.0.2.20>", Record_Route="<http://192.0.2.30>")
    assert str(dialog.next_hop()) == "sip:bob@192.0.2.20"
    assert dialog.request("BYE", CORE).headers["Route"] == "<http://192.0.2.30>"


def test_only_newer_requests_are_in_order() -> None:
    dialog = of_server()
    assert dialog.in_order(request("BYE", cseq="9"))
    assert not dialog.in_order(request("BYE", cseq="9"))
    assert not dialog.in_order(request("BYE", cseq="8"))
    assert dialog.in_order(request("BYE", cseq="10"))


def test_the_target_is_refreshed_where_there_is_one() -> None:
    dialog = of_server()
    dialog.refresh_target(request(more="Contact: <sip:new@192.0.2.77>"))
    dialog.refresh_target(request(to_tag="ours"))
    assert str(dialog.target) == "sip:new@192.0.2.77"


def test_a_request_without_a_contact_makes_no_dialog() -> None:
    with pytest.raises(ValueError, match=r"^a request without Contact makes no dialog$"):
        of_server("Contact: <tel:+1>")


def test_without_a_contact_the_request_uri_is_the_callers_target() -> None:
    dialog = of_client(Contact="*")
    assert str(dialog.target) == "sip:us@192.0.2.1"
