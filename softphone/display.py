"""The display: two lines of sixteen characters, in the market's language."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from softphone import date_pattern
from softphone.market import Market
from softphone.messages import Caller, CallSnapshot, CallState, DisplaySnapshot, PhoneSnapshot
from softphone.numbering import Numbering, is_uri
from softphone.words import words

WIDTH = 16
"""characters of one line"""

CUT = "…"
"""stands for what does not fit"""

_NUMBER_BELOW: Mapping[CallState, str] = {
    CallState.DIALLING: "dialling",
    CallState.CALLING: "calling",
    CallState.EARLY_MEDIA: "calling",
    CallState.RINGBACK: "ringback",
}
"""key of the words above the number"""


class Display:
    """Shows what a phone does, to a person who stands before it."""

    def __init__(self, market: Market, language: str = "") -> None:
        """``language`` is ISO 639; the market's first when empty."""
        self._market = market
        self._numbering = Numbering(market)
        self.language = language or market.languages[0]
        self._words = words(self.language)

    def show(self, phone: PhoneSnapshot, clock: datetime, now: float) -> DisplaySnapshot:
        """The two lines; ``clock`` is local time, ``now`` the clock of ``answered_at``."""
        line1, line2 = self._lines(phone, clock, now)
        loudspeaker = phone.earpiece.loudspeaker and phone.call.state is not CallState.IDLE
        if loudspeaker and not line2:
            line2 = self._words.text("loudspeaker")
        return DisplaySnapshot(fitted(line1), fitted(line2))

    def next_change(self, phone: PhoneSnapshot, clock: datetime, now: float) -> float | None:
        """When a line changes by itself: with the minute, or with the second of a call. None: not by itself."""
        match phone.call.state:
            case CallState.IDLE:
                return now + 60 - clock.second - clock.microsecond / 1e6
            case CallState.TALKING | CallState.HELD if phone.call.answered_at is not None:
                # a hair later than the full second, so that rounding never finds the second before
                return phone.call.answered_at + int(now - phone.call.answered_at) + 1.001
            case _:
                return None

    def _lines(self, phone: PhoneSnapshot, clock: datetime, now: float) -> tuple[str, str]:
        text, call = self._words.text, phone.call
        if phone.failed:
            return text("out_of_order"), ""
        if call.state in _NUMBER_BELOW:
            return text(_NUMBER_BELOW[call.state]), self.number(call.number)
        match call.state:
            case CallState.IDLE:
                return self._idle(phone, clock)
            case CallState.RINGING:
                return self._incoming(call.caller or Caller(""))
            case CallState.TALKING | CallState.HELD:
                return self._talking(phone, now)
            case CallState.FAILED:
                return text(call.failure), self.number(call.number)
            case CallState.FAR_HUNG_UP:
                return text("far_hung_up"), self._other(call)
            case CallState.HOWLER:
                return text("left_off_hook"), ""
            case _:
                return text("dial_tone"), ""

    def _idle(self, phone: PhoneSnapshot, clock: datetime) -> tuple[str, str]:
        time = self._pattern(self._market.writing.time, clock)
        if phone.pairing:
            return self._words.text("pairing"), time
        if not phone.line.registered:
            return self._words.text("out_of_service"), time
        if phone.line.messages:
            one = phone.line.messages == 1
            return self._words.text("message" if one else "messages").format(phone.line.messages), time
        return self._pattern(self._market.writing.date, clock), time

    def _pattern(self, patterns: Mapping[str, str], clock: datetime) -> str:
        pattern = patterns.get(self.language) or patterns[self._market.languages[0]]
        names = (self._words.weekdays, self._words.months, self._market.writing.day_periods)
        return date_pattern.written(clock, pattern, *names)

    def _incoming(self, caller: Caller) -> tuple[str, str]:
        number = self.number(caller.number) or self._words.text("withheld")
        return printable(caller.name) or self._words.text("incoming"), number

    def _talking(self, phone: PhoneSnapshot, now: float) -> tuple[str, str]:
        call = phone.call
        if phone.earpiece.loudspeaker:
            line1 = self._words.text("loudspeaker")
        elif phone.handset.muted or phone.earpiece.muted:
            line1 = self._words.text("muted")
        else:
            line1 = self._other(call) or self._words.text("talking")
        timer = duration(now - (call.answered_at if call.answered_at is not None else now))
        room = WIDTH - len(timer) - 1
        return line1, timer + call.sent_digits[-room:].rjust(room + 1)

    def _other(self, call: CallSnapshot) -> str:
        if call.caller is None:
            return self.number(call.number)
        return printable(call.caller.name) or self.number(call.caller.number)

    def number(self, number: str) -> str:
        """As the market writes it; without its spaces where that fits and the grouping does not; else its end."""
        number = printable(number)
        grouped = self._numbering.written(number)
        if len(grouped) <= WIDTH or is_uri(number):
            return grouped
        return number if len(number) <= WIDTH else CUT + number[1 - WIDTH :]


def duration(seconds: float) -> str:
    """``mm:ss``, with hours in front where there are some."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def printable(text: str) -> str:
    """A far end's text as one line that a display can show: composed, without controls, marks or direction changes."""
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(symbol if symbol.isprintable() else " " for symbol in composed if not unicodedata.combining(symbol))
    return " ".join(shown.split())


def fitted(text: str) -> str:
    """At most :data:`WIDTH` characters, the beginning kept."""
    text = text.rstrip()
    return text if len(text) <= WIDTH else text[: WIDTH - 1].rstrip() + CUT
