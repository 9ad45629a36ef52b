import pytest
from sipmessage import Headers

from gateway.sip.syntax.via import Via, pop_via, push_via, read_via, stamp_source, top_via


def headers(*values: str) -> Headers:
    made = Headers()
    made.set("To", "<sip:a@b>")
    made.setlist("Via", list(values))
    return made


def read(text: str) -> Via:
    via = read_via(text)
    assert via is not None
    return via


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK.-!%66*_+`'~", None),
        ("SIP/2.0/UDP pc33;rport;branch=1", None),
        ("SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bK1", None),
        ("sip / 2.0 / udp  first.example : 4000 ;ttl=16 ;hidden", "SIP/2.0/UDP first.example:4000;ttl=16;hidden"),
        ("SIP/2.0/TLS-SCTP my_host", None),
    ],
)  # fmt: skip
def test_what_is_read_is_written_back_verbatim(text: str, written: str | None) -> None:
    assert str(read(text)) == (written or text)


@pytest.mark.parametrize(
    "text",
    ["", "SIP/x/UDP a", "SIP/2.0 a", "SIP/2.0/UDP", "SIP/2.0/UDP a:0", "SIP/2.0/UDP a:70000", "SIP/2.0/UDP a b"],
)
def test_what_is_no_via_is_none(text: str) -> None:
    assert read_via(text) is None


def test_sent_by_has_a_default_port_and_no_case() -> None:
    assert read("SIP/2.0/UDP Far.Example;branch=1").sent_by == "far.example:5060"
    assert read("SIP/2.0/UDP a:5070").branch == ""


def test_via_is_pushed_on_top_of_all_and_popped() -> None:
    pushed = push_via(headers("SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3"), read("SIP/2.0/UDP a;branch=1"))
    assert pushed.keys() == ["Via", "To"]
    top = top_via(pushed)
    assert top is not None and top.host == "a"
    pop_via(pushed)
    pop_via(pushed)
    assert pushed.getlist("Via") == ["SIP/2.0/UDP c;branch=3"]
    pop_via(pushed)
    assert top_via(pushed) is None


@pytest.mark.parametrize(
    ("via", "stamped"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5060;branch=1", "SIP/2.0/UDP 192.0.2.9:5060;branch=1"),
        ("SIP/2.0/UDP far.example;branch=1", "SIP/2.0/UDP far.example;branch=1;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;rport;branch=1", "SIP/2.0/UDP 192.0.2.9;rport=40000;branch=1;received=192.0.2.9"),
        ("SIP/2.0/UDP 10.0.0.1;received=6.6.6.6", "SIP/2.0/UDP 10.0.0.1;received=192.0.2.9"),
    ],
)
def test_the_source_is_noted(via: str, stamped: str) -> None:
    made = headers(f"{via}, SIP/2.0/TCP other")
    stamp_source(made, "192.0.2.9", 40000)
    assert made.getlist("Via") == [stamped, "SIP/2.0/TCP other"]


def test_the_source_of_an_ipv6_sender_is_itself() -> None:
    made = headers("SIP/2.0/UDP [2001:DB8::9]:5060;branch=1")
    stamp_source(made, "2001:db8::9", 5060)
    assert made["Via"] == "SIP/2.0/UDP [2001:DB8::9]:5060;branch=1"


def test_a_via_that_cannot_be_read_is_left_alone() -> None:
    made = headers("junk")
    stamp_source(made, "192.0.2.9", 5060)
    assert made["Via"] == "junk"
