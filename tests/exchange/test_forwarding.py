"""Which of several answers goes back, and how it looks."""

import pytest
from sipmessage import Request, Response

from gateway.exchange.dialogs import Party
from gateway.exchange.forwarding import Forwarding
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow


def forwarding(to: str = "<sip:bob@h>") -> Forwarding:
    uri = read_uri("sip:bob@h")
    assert uri is not None
    request = Request("INVITE", uri)
    request.headers.setlist("Via", ["SIP/2.0/TCP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"])
    request.headers.set("To", to)
    return Forwarding("t", request, (), Party("sip:a@h", Flow("UDP", "h", 1)))


def response(code: int, **headers: str) -> Response:
    found = Response(code, "As It Was")
    for name, value in {"To": "<sip:bob@h>;tag=new", "Via": "SIP/2.0/UDP wrong", **headers}.items():
        found.headers.set(name.replace("_", "-"), value)
    return found


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        ([486], 486),
        ([500, 404, 302], 302),
        ([404, 407], 407),
        ([486, 603, 404], 603),
        ([503, 500], 500),
        ([486, 480], 486),
    ],
)
def test_the_best_of_several_refusals(codes: list[int], best: int) -> None:
    found = forwarding()
    found.finals = {str(i): response(code) for i, code in enumerate(codes)}
    assert found.best().code == best


def test_every_branch_that_asked_who_calls_is_heard() -> None:
    found = forwarding()
    found.finals = {
        "1": response(401, WWW_Authenticate='Digest realm="desk"'),
        "2": response(486),
        "3": response(407, Proxy_Authenticate='Digest realm="hall"'),
    }
    back = found.upstream(found.best())
    assert back.headers.getlist("WWW-Authenticate") == ['Digest realm="desk"']
    assert back.headers.getlist("Proxy-Authenticate") == ['Digest realm="hall"']


def test_what_waits_for_an_answer() -> None:
    found = forwarding()
    party = Party("sip:b@h", Flow("UDP", "h", 2))
    found.branches = {"1": party, "2": party}
    found.finals["1"] = response(486)
    assert found.pending == ["2"]


def test_vias_are_those_of_the_request() -> None:
    back = forwarding().upstream(response(200))
    assert back.headers.getlist("Via") == ["SIP/2.0/TCP a;branch=z9hG4bK1", "SIP/2.0/UDP b;branch=z9hG4bK2"]
    assert (back.code, back.phrase) == (200, "As It Was")


def test_the_tag_of_a_call_that_stands_is_put_back() -> None:
    assert forwarding().upstream(response(200)).headers["To"] == "<sip:bob@h>;tag=new"
    assert forwarding("<sip:bob@h>;tag=old").upstream(response(200)).headers["To"] == "<sip:bob@h>;tag=old"


@pytest.mark.parametrize(("code", "there"), [(100, False), (180, True), (200, True), (486, False)])
def test_record_routes_are_put_back_where_they_matter(code: int, there: bool) -> None:
    found = forwarding()
    found.record_routes["1"] = ["<sip:x;lr>", "<sip:y;lr>"]
    expected = ["<sip:x;lr>", "<sip:y;lr>"] if there else []
    assert found.upstream(response(code), "1").headers.getlist("Record-Route") == expected


def test_record_routes_that_came_are_left_as_they_are() -> None:
    found = forwarding()
    found.record_routes["1"] = ["<sip:x;lr>"]
    back = found.upstream(response(200, Record_Route="<sip:x;lr>;their=own"), "1")
    assert back.headers.getlist("Record-Route") == ["<sip:x;lr>;their=own"]


def test_a_503_is_not_passed_on() -> None:
    back = forwarding().upstream(response(503))
    assert (back.code, back.phrase) == (500, "Server Internal Error")
