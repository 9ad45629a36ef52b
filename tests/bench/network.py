"""Bad networks, recorded voices and the scorer, for every receiver that is measured.

The traces are those that other receivers were measured on, so their arithmetic and their order of random numbers must
stay as they are.
"""

import os
import random
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

SPEECH = Path(os.environ.get("SPEECH", "/usr/share/asterisk/sounds"))
"""Debian's asterisk-core-sounds-{en,fr,es,it,ru}-wav: recorded human voices, 8 kHz mono."""

PACKET = 160
"""samples, 20 ms"""


@dataclass(frozen=True)
class Clip:
    """A piece of a recording."""

    path: str
    """below :data:`SPEECH`"""
    start_s: int = 0
    length_s: int = 20

    def samples(self) -> Samples:
        """8 kHz; `FileNotFoundError` where the voices are not installed."""
        with wave.open(str(SPEECH / self.path)) as recording:
            if recording.getframerate() != 8000:
                raise ValueError(f"{self.path} has {recording.getframerate()} Hz, expected 8000")
            everything = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
        return everything[self.start_s * 8000 : (self.start_s + self.length_s) * 8000]


OFFICIAL = (Clip("fr_CA_f_June/demo-instruct.wav"), Clip("en_US_f_Allison/demo-instruct.wav"))
"""that the known figures are for"""

OTHERS = (
    Clip("es_MX_f_Allison/demo-instruct.wav", 5),
    Clip("fr_CA_f_June/demo-congrats.wav"),
    Clip("es_MX_f_Allison/demo-congrats.wav"),
    Clip("en_US_f_Allison/demo-instruct.wav", 30),
    Clip("it_IT_m_Carlo/demo-instruct.wav", 3),
    Clip("ru_RU_f_IvrvoiceRU/demo-instruct.wav", 8),
)
"""that the known figures are not for; looked at during development, too"""


@dataclass(frozen=True)
class Trace:
    """How a network treats packets of 20 ms."""

    loss: float = 0.0
    """share of packets lost"""
    burst: float = 1.0
    """mean length of a run of losses (Gilbert model)"""
    jitter_ms: float = 0.0
    spike: float = 0.0
    """share of packets at which a spike of 150 ms begins, which then drains"""


TRACES = {
    "clean": Trace(),
    "loss1": Trace(loss=0.01),
    "loss5": Trace(loss=0.05),
    "loss10burst": Trace(loss=0.10, burst=2.5),
    "jitter30": Trace(jitter_ms=30),
    "wifi": Trace(loss=0.03, burst=2, jitter_ms=20, spike=0.004),
}


def schedule(count: int, trace: Trace, seed: int = 7) -> list[tuple[float, int]]:
    """(arrival in s, packet) of those that arrive, in order of arrival."""
    source, plan, bad, spike = random.Random(seed), [], False, 0.0
    to_good = 1 / trace.burst
    to_bad = trace.loss * to_good / (1 - trace.loss) if trace.loss else 0.0
    for n in range(count):
        bad = source.random() >= to_good if bad else source.random() < to_bad
        delay = 0.02
        if trace.jitter_ms:
            late = source.random() < 0.5
            delay += source.expovariate(1000 / trace.jitter_ms) if late else source.uniform(0, trace.jitter_ms / 1000)
        if trace.spike:
            if spike > 0:
                spike -= 0.02
            elif source.random() < trace.spike:
                spike = 0.15
            delay += max(0.0, spike)
        if not bad:
            plan.append((n * 0.02 + delay, n))
    return sorted(plan)


def in_time(count: int) -> list[tuple[float, int]]:
    """The same of a quiet network."""
    return [((n + 1) * 0.02, n) for n in range(count)]


def after_silence(lead: int, count: int, trace: Trace, seed: int) -> list[tuple[float, int]]:
    """The same, where `lead` packets came over a quiet network before what is treated like this."""
    return in_time(lead) + [(lead * 0.02 + at, lead + n) for at, n in schedule(count, trace, seed)]


def score(said: Samples, heard: Samples) -> float:
    """PESQ narrow band, MOS-LQO (P.862.1); `ModuleNotFoundError` without the extra `bench`."""
    from pesq import pesq  # noqa: PLC0415 - a bench without the scorer says so in its row

    return float(pesq(8000, said, heard, "nb"))


def delay_ms(said: Samples, heard: Samples) -> float:
    """By cross-correlation, packetisation included."""
    size = 1 << (len(said) + len(heard)).bit_length()
    product = np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(said.astype(float), size))
    return float(np.argmax(np.fft.irfft(product, size)[: len(heard)]) / 8)
