"""Comfort noise (:rfc:`3389`), both ways: the level and the spectrum of a background, and noise that has both.

The spectrum is an all-pole filter 1/A(z), A(z) = 1 + a1 z^-1 + ..., sent as reflection coefficients of A, the first of
them -r(1)/r(0): the sign that ITU-T G.711 Appendix II and libwebrtc give them. The noise is made by the filter's
impulse response, found through one FFT and used as a FIR, so that nothing loops over samples.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.codecs.codec import CodecFault, Samples

QUIETEST: Final = 127
"""-dBov, of the level that says least (:rfc:`3389#section-3.1`)"""
_OVERLOAD: Final = 32_768.0
"""0 dBov: the mean square of a square wave that is as loud as samples can be"""
_STEP: Final = 258 / 32_768
"""between two quantised reflection coefficients (:rfc:`3389#section-3.2`)"""
_LARGEST_INDEX: Final = 254
"""255 is reserved"""
_MOST: Final = 32
"""coefficients that are used; what remains of a filter whose last ones are left out is a coarser one"""
_TAPS: Final = 256
"""of the FIR: 16 ms at 16 kHz"""
_DEEPEST: Final = 1e-9
"""between the quietest and the loudest of a spectrum: a filter that would ring for ever is damped by it"""
_FOLLOWS_S: Final = 0.06
"""s in which the noise has gone two thirds of the way to another description"""
_THERE: Final = 0.02
"""of a description's distance: as near as makes no difference"""


@dataclass(frozen=True)
class Description:
    """One silence insertion descriptor."""

    level: int
    """-dBov, 0 to 127"""
    reflection: tuple[float, ...] = ()
    """coefficients, each between -1 and 1; none: white"""

    @classmethod
    def parse(cls, payload: bytes) -> "Description":
        """:raises CodecFault: for what says no level or no coefficients"""
        if not payload:
            raise CodecFault("comfort noise payload is empty")
        if payload[0] > QUIETEST:
            raise CodecFault(f"comfort noise level is {payload[0]}, expected 0 to {QUIETEST}")
        indices = payload[1:]
        if any(index > _LARGEST_INDEX for index in indices):
            raise CodecFault("comfort noise coefficient 255 is reserved, expected 0 to 254")
        return cls(payload[0], tuple(_STEP * (index - 127) for index in indices[:_MOST]))

    def __bytes__(self) -> bytes:
        indices = (round(k / _STEP) + 127 for k in self.reflection)
        return bytes((self.level, *(min(max(index, 0), _LARGEST_INDEX) for index in indices)))


class ComfortNoise:
    """The receiving side: noise as the far end describes it, at one sample rate."""

    def __init__(self, sample_rate: int, seed: int = 3389) -> None:
        self._rate = sample_rate
        self._random = np.random.default_rng(seed)
        self._excitation = self._random.standard_normal(_TAPS - 1, np.float32)
        self._wanted: tuple[float, NDArray[np.float64]] | None = None
        self._level, self._reflection = float(QUIETEST), np.zeros(_MOST)
        self._filter: NDArray[np.float32] | None = None
        self._moves = False

    def describe(self, payload: bytes) -> None:
        """The noise is like this from now on; :class:`CodecFault`: it is as it was."""
        said = Description.parse(payload)
        reflection = np.zeros(_MOST)
        reflection[: len(said.reflection)] = said.reflection
        if self._wanted is None:
            self._level, self._reflection = float(said.level), reflection
            self._filter = _fir(self._level, self._reflection)
        self._wanted = float(said.level), reflection
        self._moves = True

    def noise(self, samples: int) -> Samples:
        """That much of it; silence before it was described."""
        if self._wanted is None or self._filter is None or samples <= 0:
            return np.zeros(max(samples, 0), np.int16)
        fresh = self._random.standard_normal(samples, np.float32)
        excitation = np.concatenate((self._excitation, fresh))
        self._excitation = excitation[samples:]
        voice = np.convolve(excitation, self._filter, "valid")
        if self._moves:
            before, self._filter = voice, self._follow(self._wanted, samples)
            # of one excitation, both: they add up without a dip
            voice = before + (np.convolve(excitation, self._filter, "valid") - before) * _ramp(samples)
        return np.rint(voice).clip(-32768, 32767).astype(np.int16)

    def _follow(self, wanted: tuple[float, NDArray[np.float64]], samples: int) -> NDArray[np.float32]:
        """Some of the way there. Between two stable filters, all that mix their coefficients are stable."""
        level, reflection = wanted
        part = 1.0 - float(np.exp(-samples / (_FOLLOWS_S * self._rate)))
        self._level += (level - self._level) * part
        self._reflection = self._reflection + (reflection - self._reflection) * part
        if abs(level - self._level) < _THERE and np.abs(reflection - self._reflection).max() < _THERE / 10:
            self._level, self._reflection, self._moves = level, reflection, False
        return _fir(self._level, self._reflection)


class NoiseMeter:
    """The sending side: what to say of a background noise."""

    ORDER: Final = 10
    """coefficients said: 11 bytes in all"""
    _MEMORY_S: Final = 0.2
    """s of noise that count two thirds"""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._correlation: NDArray[np.float64] | None = None
        self._power = 0.0

    def describe(self, samples: Samples) -> bytes:
        """The payload that describes this noise and, the less the longer ago, what was given before it."""
        if len(samples):
            noise = samples.astype(np.float64)
            power, correlation = float(noise @ noise) / len(noise), _autocorrelation(noise, self.ORDER)
            if self._correlation is None:
                self._power, self._correlation = power, correlation
            part = 1.0 - float(np.exp(-len(noise) / (self._MEMORY_S * self._rate)))
            self._power += (power - self._power) * part
            self._correlation = self._correlation + (correlation - self._correlation) * part
        level = QUIETEST
        if self._power > 0:
            level = min(max(round(-10 * float(np.log10(self._power / _OVERLOAD**2))), 0), QUIETEST)
        reflection = () if self._correlation is None else reflection_of(self._correlation)
        return bytes(Description(level, reflection))


def reflection_of(correlation: NDArray[np.float64]) -> tuple[float, ...]:
    """Levinson and Durbin: the reflection coefficients of r(0), r(1), ...; none where there is no sound."""
    error = float(correlation[0])
    if error <= 0:
        return ()
    polynomial, found = np.array([1.0]), []
    for order in range(1, len(correlation)):
        k = -float(polynomial @ correlation[order:0:-1]) / error
        k = min(max(k, -0.999), 0.999)
        found.append(k)
        polynomial = _step_up(polynomial, k)
        error *= 1 - k * k
    return tuple(found)


def _step_up(polynomial: NDArray[np.float64], k: float) -> NDArray[np.float64]:
    """A(z) of one order more."""
    longer = np.append(polynomial, 0.0)
    return longer + k * longer[::-1]


def _autocorrelation(noise: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """r(0) to r(order) of the windowed noise per sample, with a floor 40 dB down: no filter rings for ever."""
    windowed = noise * np.hanning(len(noise) + 2)[1:-1]
    lags = [float(windowed[lag:] @ windowed[: max(len(windowed) - lag, 0)]) for lag in range(order + 1)]
    correlation = np.array(lags) / len(noise)
    correlation[0] *= 1.0001
    return correlation


def _fir(level: float, reflection: NDArray[np.float64]) -> NDArray[np.float32]:
    """The impulse response of 1/A, scaled so that white noise of 1 comes out at the level."""
    polynomial = np.array([1.0])
    for k in np.trim_zeros(reflection, "b"):
        polynomial = _step_up(polynomial, k)
    spectrum = np.fft.rfft(polynomial, _TAPS)
    power = np.abs(spectrum) ** 2
    response = np.fft.irfft(spectrum.conj() / (power + _DEEPEST * power.max()), _TAPS)
    gain = _OVERLOAD * 10 ** (-level / 20) / float(np.sqrt(response @ response))
    scaled: NDArray[np.float32] = (response * gain).astype(np.float32)
    return scaled


def _ramp(samples: int) -> NDArray[np.float32]:
    return np.arange(1, samples + 1, dtype=np.float32) / np.float32(samples)
