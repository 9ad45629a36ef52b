"""Who calls, and who may say so."""

import pytest

from gateway.sip.syntax.identity import Identity, caller_identity, telephone_number
from tests.sip.messages import request

ANN = Identity("+33142", "Ann")


def caller(*lines: str, trusted: bool = True, sender: str = '"Peer" <sip:peer@192.0.2.9>') -> Identity:
    message = request(more="\n".join(lines))
    message.headers.set("From", f"{sender};tag=1")
    return caller_identity(message.headers, trusted=trusted)


@pytest.mark.parametrize(
    ("lines", "identity"),
    [
        (('P-Asserted-Identity: "Ann" <sip:+33142@net.example;user=phone>',), ANN),
        (('P-Asserted-Identity: "Ann" <sip:ann@net.example>, <tel:+33-1-42>',), ANN),
        (("P-Asserted-Identity: <tel:+33142>", 'P-Asserted-Identity: "Ann" <sip:ann@net.example>'), ANN),
        (('P-Asserted-Identity: "Ann" <tel:+33(1)42;phone-context=+33>',), ANN),
        (("P-Asserted-Identity: <sip:ann@net.example>",), Identity("ann")),
        (("P-Asserted-Identity: nonsense>",), Identity("peer", "Peer")),
        (("Privacy: none",), Identity("peer", "Peer")),
        ((), Identity("peer", "Peer")),
    ],
)
def test_what_a_network_asserts_comes_before_what_the_caller_says(lines: tuple[str, ...], identity: Identity) -> None:
    assert caller(*lines) == identity


def test_what_a_stranger_asserts_is_not_looked_at() -> None:
    assert caller("P-Asserted-Identity: <sip:president@example.com>", trusted=False) == Identity("peer", "Peer")


def test_a_number_is_asserted_where_from_is_anonymous() -> None:
    anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert caller('P-Asserted-Identity: "Ann" <tel:+33142>', sender=anonymous) == ANN
    assert caller(sender=anonymous) == Identity()


@pytest.mark.parametrize("value", ["id", "user", "header", "id;critical", "user; id", "ID"])
def test_a_caller_who_wants_privacy_has_it(value: str) -> None:
    assert caller("P-Asserted-Identity: <tel:+33142>", f"Privacy: {value}") == Identity()


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("+33-1.42(0)", "+331420"),
        ("0142;phone-context=+33", "0142"),
        ("jean-luc", "jean-luc"),
        ("*21#", "*21#"),
        ("", ""),
    ],
)
def test_a_telephone_number_loses_what_has_no_meaning(user: str, number: str) -> None:
    assert telephone_number(user) == number
