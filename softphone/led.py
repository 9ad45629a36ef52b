"""The indicator light: one table, highest truth first. What the real phone's colours meant was never published."""

from collections.abc import Callable
from typing import NamedTuple

from softphone.market import Market
from softphone.messages import CallState, LedSnapshot, PhoneSnapshot

Steps = tuple[tuple[str, int], ...]
"""(colour, ms) repeated; 0 ms is for ever"""


class Row(NamedTuple):
    name: str
    when: Callable[[PhoneSnapshot], bool]
    steps: Steps


def _muted(phone: PhoneSnapshot) -> bool:
    return phone.handset.muted or phone.earpiece.muted


def _off_hook(phone: PhoneSnapshot) -> bool:
    return phone.handset.lifted or phone.earpiece.taken


def _waiting(phone: PhoneSnapshot) -> bool:
    """A second call waits to be answered."""
    return phone.call.other is not None and phone.call.other.waiting


def _held(phone: PhoneSnapshot) -> bool:
    """A far end holds us; or we hold one and speak with nobody meanwhile."""
    other = phone.call.other
    held = other is not None and not other.waiting and not other.sends_on
    return phone.call.state is CallState.HELD or (held and phone.call.state is not CallState.TALKING)


def _calls(*states: CallState) -> Callable[[PhoneSnapshot], bool]:
    return lambda phone: phone.call.state in states


RINGING = "ringing"
"""the row whose steps are the market's ring cadence"""

TABLE: tuple[Row, ...] = (
    Row(
        "out_of_service",
        lambda phone: bool(phone.failed) or not phone.line.registered,
        (("red", 100), ("off", 100), ("red", 100), ("off", 700)),
    ),
    Row(RINGING, _calls(CallState.RINGING), (("amber", 500), ("off", 500))),
    Row("pairing", lambda phone: phone.pairing, (("blue", 500), ("green", 500))),
    Row("call_waiting", _waiting, (("green", 700), ("amber", 300))),
    Row("muted", _muted, (("red", 0),)),
    Row("held", _held, (("green", 500), ("off", 500))),
    Row("in_call", _calls(CallState.TALKING), (("green", 0),)),
    Row("off_hook", _off_hook, (("white", 0),)),
    Row("voicemail", lambda phone: phone.line.messages > 0, (("white", 300), ("off", 2700))),
    Row("idle", lambda phone: True, (("off", 0),)),
)


def led(phone: PhoneSnapshot, market: Market) -> LedSnapshot:
    """What the light shows of the phone's state: the first row that is true."""
    row = next(row for row in TABLE if row.when(phone))
    if row.name != RINGING:
        return LedSnapshot(row.name, row.steps)
    cadence_ms = market.ring_cadence(phone.call.alert)
    colours = ("amber", "off") * len(cadence_ms)
    return LedSnapshot(row.name, tuple(zip(colours, cadence_ms, strict=False)))
