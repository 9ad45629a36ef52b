"""The lab's numbers: what can be dialled at the exchange, in every market.

A phone sends a number when its market's digit map says that it is complete, so a lab number has to be a number of that
market. No number is complete at once in all five, so each market has its own, and the exchange connects them all from
everywhere. They end in 1 to 6 in the same order. The ranges are those set aside for films and books, which nobody has:

=======  ======================  ====================================================================================
market   numbers                 why
=======  ======================  ====================================================================================
FR       01 99 00 00 01 to 06    ARCEP's range for fiction; complete with the tenth digit. The clock also has 3699,
                                 the number of the horloge parlante until 2022
DE       030 23125 001 to 006    Bundesnetzagentur's range for fiction. Germany's plan is open: complete on the timer
ES       500 000 001 to 006      no range for fiction is known; 500 is assigned to nobody. Complete with the ninth digit
US       212 555 0101 to 0106    555-01xx is for fiction; complete with the tenth digit (or the eleventh, after a 1)
CA       416 555 0101 to 0106    the same
=======  ======================  ====================================================================================

Who calls by SIP address may use the service's name: ``sip:echo@127.0.0.1``.
"""

from collections.abc import Mapping
from enum import StrEnum


class Service(StrEnum):
    """What the correspondent does with a call."""

    ECHO = "echo"
    """sends back what it hears"""
    CLOCK = "clock"
    """tells the time"""
    ANNOUNCEMENT = "announcement"
    """plays a recording and hangs up"""
    BUSY = "busy"
    """is always engaged: 486"""
    NO_ANSWER = "no-answer"
    """rings for ever"""
    NOT_IN_SERVICE = "not-in-service"
    """does not exist: 404"""


def _numbered(prefix: str) -> Mapping[Service, str]:
    return {service: f"{prefix}{last}" for last, service in enumerate(Service, 1)}


MARKET_NUMBERS: Mapping[str, Mapping[Service, str]] = {
    "FR": _numbered("019900000"),
    "DE": _numbered("0302312500"),
    "ES": _numbered("50000000"),
    "US": _numbered("212555010"),
    "CA": _numbered("416555010"),
}
"""by market code: what a person dials there"""

LAB_NUMBERS: Mapping[str, Service] = {
    **{number: service for numbers in MARKET_NUMBERS.values() for service, number in numbers.items()},
    **{f"1{number}": service for market in ("US", "CA") for service, number in MARKET_NUMBERS[market].items()},
    **{str(service): service for service in Service},
    "3699": Service.CLOCK,
}
"""every number and name that reaches the correspondent"""


def numbers_of(market: str) -> Mapping[Service, str]:
    """What to dial in a market; in one that is not known here, the services' names."""
    return MARKET_NUMBERS.get(market) or {service: str(service) for service in Service}
