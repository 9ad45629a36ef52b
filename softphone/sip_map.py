"""What a person hears and reads when a call fails: from SIP's final responses to tones and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from softphone.market_table import MarketTable


@dataclass(frozen=True, slots=True)
class Failure:
    """What a caller hears and reads."""

    tone: str
    """name of the tone, before fallback; empty for none"""
    words: str
    """key of the words on the display"""


@dataclass(frozen=True, slots=True)
class SipMap:
    """The order is that of :rfc:`3326`: the cause of the Reason header tells most, then the status, then its class."""

    by_cause: Mapping[int, Failure]
    """ITU-T Q.850"""
    by_status: Mapping[int, Failure]
    by_class: Mapping[int, str]
    """tone for 4, 5, 6"""
    silent: frozenset[int]
    """statuses without a tone: challenges and our own CANCEL"""

    def failure(self, status: int, cause: int | None = None) -> Failure:
        """What the final response with this status, and this cause in its Reason header, means to a person."""
        if status in self.silent:
            return Failure("", "call_failed")
        if cause is not None and cause in self.by_cause:
            return self.by_cause[cause]
        if status in self.by_status:
            return self.by_status[status]
        return Failure(self.by_class.get(status // 100, "congestion"), "call_failed")

    @classmethod
    def from_table(cls, table: MarketTable) -> "SipMap":
        """From ``[sip]`` of common.toml. Raises :exc:`~softphone.market_table.MarketError`."""
        table.note("early_media_rule", "reason_priority", "fallback", "events")
        by_cause, by_status = dict[int, Failure](), dict[int, Failure]()
        for row in table.tables("map"):
            row.note("note")
            failure = Failure(row.text("tone"), row.text("display"))
            _add(by_status, row, "codes", (300, 699), failure)
            _add(by_cause, row, "q850", (1, 127), failure)
            row.done()
        classes = table.table("class_default")
        by_class = {number: classes.text(f"{number}xx") for number in (4, 5, 6)}
        classes.done()
        silent = frozenset(table.integers("no_tone_codes", 300, 699))
        table.done()
        return cls(MappingProxyType(by_cause), MappingProxyType(by_status), MappingProxyType(by_class), silent)


def _add(rows: dict[int, Failure], row: MarketTable, key: str, limits: tuple[int, int], failure: Failure) -> None:
    for number in row.integers(key, *limits, least=0):
        if number in rows:
            raise row.error(key, f"each number in one row; {number} is in an earlier one")
        rows[number] = failure
