"""``o=``: read whatever its network, written back the same."""

import pytest

from gateway.sdp.attribute import SdpError
from gateway.sdp.origin import Origin


@pytest.mark.parametrize(
    "text",
    ["- 1 2 IN IP4 192.0.2.1", "alice 2890844526 2890842807 IN IP6 ::1", "- 1 1 ATM NSAP 47.00", "x 0 0 IN IP4 h"],
)
def test_parse_and_str_are_inverses(text: str) -> None:
    assert str(Origin.parse(text)) == text


@pytest.mark.parametrize("text", ["", "- 1 1 IN IP4", "- 1 1 IN IP4 h x"])
def test_six_fields_are_needed(text: str) -> None:
    with pytest.raises(SdpError) as raised:
        Origin.parse(text)
    assert str(raised.value) == f"SDP origin is not 'user id version network kind address': 'o={text}'"


@pytest.mark.parametrize("number", ["x", "-1", "1.0", "\u0663"])
def test_id_and_version_are_numbers(number: str) -> None:
    for text in (f"- {number} 1 IN IP4 h", f"- 1 {number} IN IP4 h"):
        with pytest.raises(SdpError) as raised:
            Origin.parse(text)
        assert str(raised.value) == f"SDP origin has an id or version that is not digits: 'o={text}'"
