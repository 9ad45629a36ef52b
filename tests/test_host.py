import pytest

from gateway.host import is_host, read_address


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "pbx1", "my_host", "a.example."])
def test_what_can_be_sent_to(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize(
    "text",
    ["", "::1%a", "::1%a..\u00e9", "[::1]", "a..b", ".", "a" * 64, "a." * 127, "f\u00e4r.example", "a b", "a\n", "a/b"],
)
def test_what_cannot(text: str) -> None:
    assert not is_host(text)


def test_an_address_has_no_zone_and_no_brackets() -> None:
    assert str(read_address("2001:DB8::1")) == "2001:db8::1"
    assert read_address("fe80::1%eth0") is None
    assert read_address("[::1]") is None
    assert read_address("far.example") is None
