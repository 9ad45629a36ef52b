"""From final responses to what a person hears and reads."""

from typing import Any

import pytest

from softphone.market_table import MarketError, MarketTable
from softphone.sip_map import Failure, SipMap
from tests.softphone.profiles import market, tables

SIP = market("FR").sip


def sip_map(**changes: Any) -> SipMap:
    return SipMap.from_table(MarketTable({**tables("common")["sip"], **changes}, "common.toml", "sip"))


@pytest.mark.parametrize(
    ("statuses", "tone"),
    [
        ((486, 600), "busy"),
        ((404, 484, 604), "sit_vacant_code"),
        ((480, 408, 503, 500, 502, 504), "congestion"),
        ((403, 603), "congestion"),
    ],
)
def test_the_design_s_table_of_tones(statuses: tuple[int, ...], tone: str) -> None:
    assert {SIP.failure(status).tone for status in statuses} == {tone}


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        (486, None, "busy"),
        (404, None, "unknown_number"),
        (410, None, "number_changed"),
        (484, None, "incomplete_number"),
        (480, None, "not_available"),
        (408, None, "no_response"),
        (603, None, "refused"),
        (488, None, "not_supported"),
        (503, None, "network_congested"),
    ],
)
def test_each_failure_has_words(status: int, cause: int | None, words: str) -> None:
    assert SIP.failure(status, cause).words == words


def test_the_cause_of_the_reason_header_tells_more_than_the_status() -> None:
    """RFC 3326: a gateway's 480 with cause 17 is a busy line."""
    assert SIP.failure(480, 17) == Failure("busy", "busy")


def test_a_cause_without_a_row_leaves_it_to_the_status() -> None:
    assert SIP.failure(486, 16) == Failure("busy", "busy")


@pytest.mark.parametrize(
    ("status", "tone"), [(499, "congestion"), (599, "congestion"), (699, "busy"), (399, "congestion")]
)
def test_a_status_without_a_row_is_known_by_its_class(status: int, tone: str) -> None:
    assert SIP.failure(status) == Failure(tone, "call_failed")


@pytest.mark.parametrize("status", [401, 407, 487])
def test_a_challenge_and_our_own_cancel_have_no_tone(status: int) -> None:
    assert SIP.failure(status, 17).tone == ""


def test_a_status_in_two_rows_is_refused() -> None:
    rows = [
        {"codes": [486], "q850": [17], "tone": "busy", "display": "busy"},
        {"codes": [486], "q850": [], "tone": "congestion", "display": "busy"},
    ]
    with pytest.raises(MarketError) as raised:
        sip_map(map=rows)
    expected = "found [486], expected each number in one row; 486 is in an earlier one"
    assert str(raised.value) == f"common.toml: sip.map[1].codes: {expected}"


def test_a_status_that_is_none_is_refused() -> None:
    with pytest.raises(MarketError, match="expected a list of at least 0 numbers from 300 to 699"):
        sip_map(map=[{"codes": [200], "q850": [], "tone": "busy", "display": "busy"}])
