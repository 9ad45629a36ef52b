"""The display: two lines of sixteen characters, in the market's language."""

import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from itertools import zip_longest

from softphone import date_pattern
from softphone.base import TEXT_SHOWN_IN
from softphone.market import Market
from softphone.messages import (
    Caller,
    CallSnapshot,
    CallState,
    DisplaySnapshot,
    PhoneSnapshot,
    SecondCall,
    TextMessage,
)
from softphone.numbering import Numbering, is_uri
from softphone.words import words

WIDTH = 16
"""characters of one line"""

CUT = "…"
"""stands for what does not fit"""

PAGE_S = 2.5
"""how long each page of a text stands"""

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
        text = _unread(phone)
        if text is not None:
            page = int((now - text.at) / PAGE_S) + 1
            return text.at + page * PAGE_S + 0.001
        match phone.call.state:
            case CallState.IDLE:
                return now + 60 - clock.second - clock.microsecond / 1e6
            case CallState.TALKING | CallState.HELD if phone.call.answered_at is not None:
                # a hair later than the full second, so that rounding never finds the second before
                return phone.call.answered_at + int(now - phone.call.answered_at) + 1.001
            case _:
                return None

    def _lines(self, phone: PhoneSnapshot, clock: datetime, now: float) -> tuple[str, str]:
        if phone.failed:
            return self._words.text("out_of_order"), ""
        written = _unread(phone)
        return self._call(phone, clock, now) if written is None else self._page(written, now)

    def _call(self, phone: PhoneSnapshot, clock: datetime, now: float) -> tuple[str, str]:
        text, call = self._words.text, phone.call
        if call.state in _NUMBER_BELOW:
            return text(call.notice or _NUMBER_BELOW[call.state]), self.number(call.number)
        match call.state:
            case CallState.IDLE:
                return self._idle(phone, clock)
            case CallState.RINGING:
                return self._ringing(call)
            case CallState.TRANSFERRING:
                return text("ringback" if call.status == 180 else "transferring"), self.number(call.transfer_to)
            case CallState.TALKING | CallState.HELD:
                return self._talking(phone, now)
            case CallState.FAILED:
                return text(call.failure), self.number(call.number)
            case CallState.FAR_HUNG_UP:
                return text(call.notice or "far_hung_up"), self._party(call)
            case CallState.HOWLER:
                return text("left_off_hook"), ""
            case _:
                held = call.other
                return (text("held"), self._party(held)) if held is not None else (text("dial_tone"), "")

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

    def _ringing(self, call: CallSnapshot) -> tuple[str, str]:
        if call.recall:
            # the phone was hung up, and somebody was left on hold
            return self._words.text("recall"), self._party(call)
        caller = call.caller or Caller("")
        number = self.number(caller.number) or self._words.text("withheld")
        name = printable(caller.name)
        if caller.diverted_by:
            return name or number, self._words.text("via").format(self.number(caller.diverted_by))
        return name or self._words.text("incoming"), number

    def _talking(self, phone: PhoneSnapshot, now: float) -> tuple[str, str]:
        call, other = phone.call, phone.call.other
        if call.notice:
            line1 = self._words.text(call.notice)
        elif other is not None and other.waiting:
            return self._words.text("call_waiting"), self._party(other) or self._words.text("withheld")
        elif call.state is CallState.HELD:
            line1 = self._words.text("held_by_far")
        elif phone.earpiece.loudspeaker:
            line1 = self._words.text("loudspeaker")
        elif phone.handset.muted or phone.earpiece.muted:
            line1 = self._words.text("muted")
        else:
            line1 = self._party(call) or self._words.text("talking")
        timer = duration(now - (call.answered_at if call.answered_at is not None else now))
        room = WIDTH - len(timer) - 1
        if other is not None and not call.sent_digits:
            return line1, f"{timer} + {self._words.text('on_hold')}"
        return line1, timer + call.sent_digits[-room:].rjust(room + 1)

    def _page(self, text: TextMessage, now: float) -> tuple[str, str]:
        """What somebody wrote, page by page: who in the first line of the first one, the text in all others."""
        sender = text.sender
        lines = [printable(sender.name) or self.number(sender.number) or self._words.text("withheld")]
        lines += textwrap.wrap(printable(text.text), WIDTH) or [""]
        pages = [(first, second) for first, second in zip_longest(lines[::2], lines[1::2], fillvalue="")]
        return pages[max(0, int((now - text.at) / PAGE_S)) % len(pages)]

    def _party(self, call: CallSnapshot | SecondCall) -> str:
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


def _unread(phone: PhoneSnapshot) -> TextMessage | None:
    """The text that the display shows now, if any."""
    text = phone.line.text
    shown = text is not None and text.unread and phone.call.state in TEXT_SHOWN_IN and not phone.failed
    return text if shown else None


def duration(seconds: float) -> str:
    """``mm:ss``, with hours in front where there are some."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def printable(text: str) -> str:
    """A far end's text as one line that a display can show: composed, without controls, marks or direction changes."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(symbol if symbol.isprintable() else " " for symbol in composed if not unicodedata.combining(symbol))
    return " ".join(shown.split())


def fitted(text: str) -> str:
    """At most :data:`WIDTH` characters, the beginning kept."""
    text = text.rstrip()
    return text if len(text) <= WIDTH else text[: WIDTH - 1].rstrip() + CUT
