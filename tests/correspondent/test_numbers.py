"""The lab's numbers can be dialled where they are meant to be."""

import pytest

from gateway.config import load_market
from gateway.correspondent.numbers import LAB_NUMBERS, MARKET_NUMBERS, Service, numbers_of
from softphone.numbering import Numbering, Verdict

MARKETS = sorted(MARKET_NUMBERS)


@pytest.mark.parametrize("code", MARKETS)
def test_every_market_completes_its_own_numbers_and_not_a_digit_before(code: str) -> None:
    numbering = Numbering(load_market(code))
    # an open plan waits whether more digits come
    complete = Verdict.CRITICAL if code == "DE" else Verdict.COMPLETE
    for number in MARKET_NUMBERS[code].values():
        assert numbering.read(number).verdict is complete, number
        if code != "DE":
            assert numbering.read(number[:-1]).verdict is Verdict.PARTIAL, number


@pytest.mark.parametrize("code", MARKETS)
def test_no_lab_number_calls_for_help_anywhere(code: str) -> None:
    numbering = Numbering(load_market(code))
    assert not [number for number in LAB_NUMBERS if numbering.is_emergency(number)]


def test_the_markets_are_those_that_have_a_profile() -> None:
    assert MARKETS == ["CA", "DE", "ES", "FR", "US"]


@pytest.mark.parametrize("code", MARKETS)
def test_each_service_has_a_number_in_each_market(code: str) -> None:
    assert set(numbers_of(code)) == set(Service)
    for service, number in numbers_of(code).items():
        assert LAB_NUMBERS[number] is service


def test_the_french_clock_keeps_its_old_number() -> None:
    assert LAB_NUMBERS["3699"] is Service.CLOCK
    assert Numbering(load_market("FR")).read("3699").verdict is Verdict.COMPLETE


def test_north_america_may_dial_a_one_before() -> None:
    assert LAB_NUMBERS["12125550101"] is LAB_NUMBERS["2125550101"] is Service.ECHO
    assert Numbering(load_market("US")).read("12125550101").verdict is Verdict.COMPLETE


def test_an_unknown_market_calls_the_services_by_name() -> None:
    assert numbers_of("IT")[Service.BUSY] == "busy"
    assert LAB_NUMBERS["busy"] is Service.BUSY
