import pytest

from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.sent_by import SentBy

OURS = SentBy({"UDP": ("192.0.2.1", 5060), "TCP": ("2001:db8::1", 5060), "TLS": ("phone.example", 5061)})


@pytest.mark.parametrize(
    ("transport", "secure", "contact"),
    [
        ("UDP", False, "<sip:ann@192.0.2.1:5060>"),
        ("TCP", False, "<sip:ann@[2001:db8::1]:5060;transport=tcp>"),
        ("TLS", False, "<sip:ann@phone.example:5061;transport=tls>"),
        ("TLS", True, "<sips:ann@phone.example:5061>"),
        ("UDP", True, "<sip:ann@192.0.2.1:5060>"),
    ],
)
def test_a_contact_says_how_we_are_reached_from_there(transport: str, secure: bool, contact: str) -> None:
    flow = Flow(transport, "192.0.2.9", 5060)
    assert ContactForm("ann").write(OURS, flow, secure=secure) == contact
    assert ContactForm("ann", secure=secure).write(OURS, flow) == contact


def test_what_belongs_to_the_uri_and_what_to_the_header_stands_where_it_belongs() -> None:
    form = ContactForm("0142#5", ";ob", ";expires=60")
    assert form.write(OURS, Flow("UDP", "192.0.2.9", 5060)) == "<sip:0142%235@192.0.2.1:5060;ob>;expires=60"
    assert ContactForm().write(OURS, Flow("UDP", "192.0.2.9", 5060)) == "<sip:192.0.2.1:5060>"
