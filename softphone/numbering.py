"""Numbers of a market: when one is complete, which call for help, how they are written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

from softphone.digit_map import MAX_DIGITS, Match
from softphone.layout import written
from softphone.market import Market

E164_DIGITS = 15
"""digits of an international number at most, country code included (ITU-T E.164)"""

EMERGENCY_EVERYWHERE = frozenset({"112", "911"})
"""numbers that networks of any country may take as a call for help, whatever its digit map says"""

_URI = re.compile(
    r"sips?:(?P<user>[^@\s<>\"]+@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?(;[^\s<>\"]*)?", re.ASCII
)
_SEPARATORS = str.maketrans("", "", " \t\u00a0\u202f.-/()")


class NumberError(ValueError):
    """What was given is no number; the sentence says why."""


class Verdict(Enum):
    """What a telephone does with the digits so far."""

    PARTIAL = "partial"
    """wait for more, the long timer"""
    CRITICAL = "critical"
    """a number that could be longer: send it when the critical timer expires"""
    COMPLETE = "complete"
    """send it now"""
    EMERGENCY = "emergency"
    """complete, and it calls for help"""
    UNLISTED = "unlisted"
    """the market knows no number that begins like this: a private exchange's, or none"""


@dataclass(frozen=True, slots=True)
class Reading:
    """The digits so far, understood."""

    verdict: Verdict
    number: str
    """what to send: the digits with their prefix, without the ``#`` that ended them"""


class Numbering:
    """One market's numbers, with the extensions of a private exchange where one is known."""

    def __init__(self, market: Market, extensions: Iterable[str] = ()) -> None:
        """``extensions`` are digit map rules. Raises :exc:`~softphone.digit_map.DigitMapError`."""
        self._market = market
        self._map = market.digit_map.extended(extensions)

    def read(self, digits: str) -> Reading:
        """``digits`` of 0-9 * # as dialled.

        Emergency first, before any timer; then prefixes, which are no number and after which the map starts again;
        then ``#``, which ends dialling of what does not begin with ``*`` or ``#`` itself; then the map.
        """
        rest = self._split(digits)[1]
        ended = len(rest) > 1 and rest.endswith("#") and rest[0] not in "*#"
        number = digits[:-1] if ended else digits
        if rest.rstrip("#") in self._market.numbers.emergency:
            return Reading(Verdict.EMERGENCY, number)
        if ended:
            return Reading(Verdict.COMPLETE, number)
        verdict = _VERDICTS[self._map.match(rest)] if rest else Verdict.PARTIAL
        if verdict is Verdict.UNLISTED and self._may_become_prefix(rest):
            verdict = Verdict.PARTIAL
        return Reading(verdict, number)

    def _may_become_prefix(self, digits: str) -> bool:
        return any(rule.match(digits) is Match.PARTIAL for rule in self._market.continue_prefixes)

    def _split(self, digits: str) -> tuple[str, str]:
        """The prefixes in front, and the number; one prefix may follow another."""
        prefix, rest, found = "", digits, True
        while found:
            found = False
            for rule in self._market.continue_prefixes:
                length = len(rule.elements)
                if len(rest) >= length and rule.match(rest[:length]) is Match.COMPLETE:
                    prefix, rest, found = prefix + rest[:length], rest[length:], True
                    break
        return prefix, rest

    def is_emergency(self, number: str) -> bool:
        """Whether a whole number calls for help, here or anywhere; also in a SIP URI's user part or behind a prefix."""
        user = user_of(number).translate(_SEPARATORS).lstrip("+")
        return self._split(user)[1].rstrip("#") in self._market.numbers.emergency | EMERGENCY_EVERYWHERE

    def written(self, number: str) -> str:
        """As the market writes it: grouped, ``+33`` as ``0`` at home; a SIP URI as its user and host."""
        if is_uri(number):
            return shown_uri(number)
        home = "+" + self._market.country_code
        if number.startswith(home):
            number = self._market.writing.national_prefix + number[len(home) :]
        prefix, rest = self._split(number)
        grouped = written(rest, self._market.writing.layouts)
        return f"{prefix} {grouped}" if prefix and rest else prefix + grouped


_VERDICTS = {
    Match.PARTIAL: Verdict.PARTIAL,
    Match.CRITICAL: Verdict.CRITICAL,
    Match.COMPLETE: Verdict.COMPLETE,
    Match.IMPOSSIBLE: Verdict.UNLISTED,
}


def is_uri(text: str) -> bool:
    """Whether it says of itself that it is a SIP URI."""
    return text.lower().startswith(("sip:", "sips:"))


def user_of(number: str) -> str:
    """The user part of a SIP URI, without parameters and escapes; anything else as it is."""
    if not is_uri(number):
        return number
    address = number.partition(":")[2]
    user = address.rpartition("@")[0]
    return unquote(user.partition(":")[0].partition(";")[0])


def shown_uri(uri: str) -> str:
    """A SIP URI as a person reads it: without scheme and parameters."""
    return uri.partition(":")[2].partition(";")[0].partition("?")[0]


def as_dialled(text: str, market: Market | None = None) -> str:
    """What a person typed, as it is dialled: digits, or a SIP URI as it is.

    Separators go. ``+`` becomes the market's international prefix, or its national form at home. Raises
    :exc:`NumberError`, saying what is wrong.
    """
    text = text.strip()
    if is_uri(text):
        if _URI.fullmatch(text) is None:
            raise NumberError(f"{text!r} is no SIP URI; one looks like sip:user@host or sip:user@host:5060")
        return text
    digits = text.translate(_SEPARATORS)
    if not digits:
        raise NumberError(f"{text!r} is no number: there is no digit in it")
    if digits.startswith("+"):
        digits = _from_international(text, digits[1:], market)
    for symbol in digits:
        if symbol not in "0123456789*#":
            raise NumberError(f"{text!r} is no number: {symbol!r} is on no dial (0-9 * #, or a SIP URI)")
    if len(digits) > MAX_DIGITS:
        raise NumberError(f"{text!r} is no number: {len(digits)} digits, {MAX_DIGITS} are the most")
    return digits


def _from_international(text: str, digits: str, market: Market | None) -> str:
    if not digits.isdecimal() or len(digits) > E164_DIGITS:
        raise NumberError(f"{text!r} is no number: after + come 1 to {E164_DIGITS} digits (E.164)")
    if market is None:
        raise NumberError(f"{text!r}: what + stands for depends on the market; dial its prefix, such as 00 or 011")
    if digits.startswith(market.country_code):
        home = digits[len(market.country_code) :]
        return market.trunk_prefix + home
    return market.international_prefix + digits
