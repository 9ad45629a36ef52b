"""Which of the listed bindings is ours."""

import pytest
from sipmessage import Headers

from gateway.sip.registration.binding import Binding, own_binding, read_bindings


def listed(*values: str) -> list[Binding]:
    headers = Headers()
    headers.setlist("Contact", list(values))
    return read_bindings(headers)


def test_bindings_stand_on_several_lines_and_several_in_one() -> None:
    found = listed(
        '"Ann, desk" <sip:ann@a:5070>;q=0.5;expires=60, <sip:ann@b>;expires=soon', "sip:ann@c;expires=7", "*"
    )
    assert [(binding.uri.host, binding.expires_s) for binding in found] == [("a", 60), ("b", None), ("c", 7)]


def test_instance_flow_and_gruu_are_read() -> None:
    (found,) = listed('<sip:a@b>;+sip.instance="<urn:uuid:x>";reg-id=1;pub-gruu="sip:a@c;gr=urn:uuid:x"')
    assert (found.instance, found.reg_id, found.pub_gruu) == ("<urn:uuid:x>", "1", "sip:a@c;gr=urn:uuid:x")


@pytest.mark.parametrize("value", ["", "junk <", "<>", "tel", "<sip:a@b", "<sip:a@b:99999>"])
def test_what_cannot_be_read_is_passed_over(value: str) -> None:
    assert [binding.uri.host for binding in listed(value, "<sip:a@good>")] == ["good"]


@pytest.mark.parametrize(
    ("contact", "same"),
    [
        ("<sip:ann@H:5060>", True),
        ("<sip:ann@h>;expires=9", True),
        ("<sip:ann@h;transport=UDP>", True),
        ("<sip:ann@h;transport=tcp>", False),
        ("<sip:ann@h:5062>", False),
        ("<sip:bob@h>", False),
        ("<sips:ann@h>", False),
    ],
)
def test_addresses_are_compared_as_the_rfc_does(contact: str, same: bool) -> None:
    (sent,) = listed("<sip:ann@h:5060>")
    assert (own_binding(listed(contact), sent) is not None) is same


def test_the_address_counts_before_the_instance() -> None:
    (sent,) = listed('<sip:ann@h>;+sip.instance="<urn:uuid:X>";reg-id=1')
    old = '<sip:ann@old>;+sip.instance="<urn:uuid:x>";reg-id=1;expires=5'
    found = own_binding(listed(old, '<sip:ann@h>;+sip.instance="<urn:uuid:x>";expires=60'), sent)
    assert found is not None and found.expires_s == 60
    found = own_binding(listed("<sip:ann@z>", old), sent)
    assert found is not None and found.expires_s == 5


def test_another_flow_of_the_same_device_is_not_ours() -> None:
    (sent,) = listed('<sip:ann@h>;+sip.instance="<urn:uuid:x>";reg-id=1')
    assert own_binding(listed('<sip:ann@g>;+sip.instance="<urn:uuid:x>";reg-id=2'), sent) is None
