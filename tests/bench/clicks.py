"""Clicks on the wire: made, found again in what was decoded, and timed. Pure.

A click is 5 ms of 1.5 kHz under a bell, in silence: short enough to be placed to a fraction of a millisecond, and voice
enough for a codec of speech. The same finder looks into the packets that were sent and into those that came, so that
what a codec's encoder holds back before the wire counts for nobody, and what is behind it counts.

The time of a click is that of its packet plus its place within the packet: when a listener hears it who plays each
packet as it comes. So neither the moment at which a packet is cut nor where in it the click happens to lie is measured,
but how much later the voice leaves than it came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.network import Samples

PITCH_HZ, LENGTH_S, PEAK = 1_500.0, 0.005, 16_000.0
APART_S = 0.2
"""s between two clicks, at the least"""
AS_LOUD = 0.35
"""of the loudest found: below, it is an echo or the codec's noise"""


def click(rate: int) -> NDArray[np.float64]:
    """The click itself."""
    t = np.arange(int(LENGTH_S * rate)) / rate
    return np.asarray(PEAK * np.sin(2 * np.pi * PITCH_HZ * t) * np.hanning(len(t)))


def track(rate: int, seconds: float, starts_s: Sequence[float]) -> Samples:
    """Silence with a click at each of these times."""
    samples, one = np.zeros(int(rate * seconds)), click(rate)
    for start_s in starts_s:
        at = int(start_s * rate)
        samples[at : at + len(one)] += one[: len(samples) - at]
    return samples.astype(np.int16)


def find(samples: Samples, rate: int) -> list[int]:
    """Where each click begins, in samples, in order."""
    one = click(rate)
    if len(samples) < len(one):
        return []
    quadrature = np.cos(2 * np.pi * PITCH_HZ * np.arange(len(one)) / rate) * np.hanning(len(one)) * PEAK
    voice = samples.astype(float)
    strength = np.hypot(np.correlate(voice, one, "valid"), np.correlate(voice, quadrature, "valid"))
    found: list[int] = []
    left = strength.copy()
    least = max(AS_LOUD * float(strength.max()), 0.02 * float(np.dot(one, one)))
    while left[best := int(np.argmax(left))] >= least:
        found.append(best)
        left[max(0, best - int(APART_S * rate)) : best + int(APART_S * rate)] = 0.0
    return sorted(found)


@dataclass(frozen=True)
class OnTheWire:
    """A packet as it was on the wire."""

    at: float
    """s, of one clock for all packets"""
    payload: bytes


@dataclass(frozen=True)
class Heard:
    """A click on the wire."""

    at: float
    """s: of its packet, and from there to its place in it"""
    packet_at: float
    """s, of its packet alone"""


def heard(packets: Sequence[OnTheWire], decode: Callable[[bytes], Samples], rate: int) -> list[Heard]:
    """The clicks that a stream of packets carries."""
    pieces = [decode(packet.payload) for packet in packets]
    if not pieces:
        return []
    starts = np.concatenate(([0], np.cumsum([len(piece) for piece in pieces])))
    clicks = []
    for place in find(np.concatenate(pieces), rate):
        n = int(np.searchsorted(starts, place, "right")) - 1
        at = packets[n].at
        clicks.append(Heard(at + (place - int(starts[n])) / rate, at))
    return clicks


@dataclass(frozen=True)
class Passage:
    """One click's way."""

    ms: float
    """by which the voice left later than it came"""
    packets_ms: float
    """from its packet's coming to its packet's leaving"""


def passages(sent: Sequence[Heard], came: Sequence[Heard], within_s: float = 0.39) -> list[Passage]:
    """Each click that was sent with the first that came after it; those that did not come are left out."""
    found = []
    for click_ in sent:
        after = next((other for other in came if 0 <= other.at - click_.at < within_s), None)
        if after is not None:
            ms, packets_ms = after.at - click_.at, after.packet_at - click_.packet_at
            found.append(Passage(ms * 1000, packets_ms * 1000))
    return found
