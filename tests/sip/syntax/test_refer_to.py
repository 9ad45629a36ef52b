"""Whom a REFER names."""

import pytest
from sipmessage import Headers

from gateway.sip.syntax.refer_to import BadReferTo, ReferTo, read_refer_to
from gateway.sip.syntax.replaces import Replaces


def read(*values: str) -> ReferTo | BadReferTo:
    headers = Headers()
    for value in values:
        headers.add("Refer-To", value)
    return read_refer_to(headers)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("<sip:bob@example.com>", "sip:bob@example.com"),
        ("sip:bob@example.com", "sip:bob@example.com"),
        ('"Bob, the builder" <sips:bob@example.com;transport=tcp>;x=y', "sips:bob@example.com;transport=tcp"),
        ("<sip:bob@example.com;method=INVITE;user=phone>", "sip:bob@example.com;user=phone"),
        ("<tel:+33142000000>", "tel:+33142000000"),
        ("<sip:bob@example.com?Subject=x&From=%3Csip:evil%3E>", "sip:bob@example.com"),
    ],
)
def test_one_address_is_whom_to_call(text: str, uri: str) -> None:
    target = read(text)
    assert isinstance(target, ReferTo)
    assert (str(target.uri), target.replaces) == (uri, None)


def test_a_replaces_within_it_names_the_call_to_take_over() -> None:
    target = read("<sip:carl@192.0.2.3?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>")
    assert isinstance(target, ReferTo)
    assert target.replaces == Replaces("a@b", "1", "2")
    assert read(str(target)) == target


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([], BadReferTo(400, "There Must Be One Refer-To")),
        (["<sip:a@b>", "<sip:c@d>"], BadReferTo(400, "There Must Be One Refer-To")),
        (["<sip:a@b>, <sip:c@d>"], BadReferTo(400, "There Must Be One Refer-To")),
        (["<sip:a@b"], BadReferTo(400, "Refer-To Cannot Be Read")),
        (["<sip:>"], BadReferTo(400, "Refer-To Cannot Be Read")),
        (["bob"], BadReferTo(400, "Refer-To Cannot Be Read")),
        (["<http://example.com/>"], BadReferTo(416, "Refer-To Is No SIP URI")),
        (["<sip:a@b;method=BYE>"], BadReferTo(403, "Only INVITE Is Done on REFER")),
        (["<sip:a@b;method=SUBSCRIBE?Event=x>"], BadReferTo(403, "Only INVITE Is Done on REFER")),
        (["<sip:a@b?Replaces=x>"], BadReferTo(400, "Replaces in Refer-To Cannot Be Read")),
        (
            ["<sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>"],
            BadReferTo(400, "Replaces in Refer-To Cannot Be Read"),
        ),
    ],
)
def test_what_is_wrong_with_it_is_said(values: list[str], fault: BadReferTo) -> None:
    assert read(*values) == fault
