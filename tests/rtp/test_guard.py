"""A codec may fail in any way: the packet is a fault, and what the codec cannot conceal somebody else does."""

import ctypes

import numpy as np
import pytest

from gateway.rtp.codec import Samples
from gateway.rtp.guard import Guarded

FAILURES = [
    ValueError("no"),
    OSError(5),
    MemoryError(),
    TypeError(),
    IndexError(),
    ctypes.ArgumentError(),
    ArithmeticError(),
]


class Failing:
    """Fails whatever it is asked."""

    sample_rate = 8000
    stateless = True

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def decode(self, payload: bytes) -> Samples:
        raise self._failure

    def conceal(self, samples: int) -> Samples | None:
        raise self._failure

    def recover(self, following: bytes, samples: int) -> Samples | None:
        raise self._failure


class Answering(Failing):
    """Decodes everything to the same."""

    def __init__(self, voice: Samples) -> None:
        super().__init__(ValueError())
        self._voice = voice

    def decode(self, payload: bytes) -> Samples:
        return self._voice


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_whatever_a_codec_raises_is_a_fault_of_the_packet(failure: Exception) -> None:
    guarded = Guarded(Failing(failure))
    with pytest.raises(ValueError, match="^" + str(failure).replace("[", r"\[").replace("]", r"\]")):
        guarded.decode(b"1")
    assert guarded.conceal(160) is guarded.recover(b"1", 160) is None


@pytest.mark.parametrize("voice", [np.zeros(160), np.zeros((2, 80), np.int16), np.zeros(160, np.uint8)])
def test_what_is_no_voice_is_a_fault(voice: Samples) -> None:
    with pytest.raises(ValueError, match=r"dimensions? of|dimensions of"):
        Guarded(Answering(voice)).decode(b"1")


def test_voice_passes() -> None:
    voice = np.arange(160, dtype=np.int16)
    assert Guarded(Answering(voice)).decode(b"1") is voice


def test_what_ends_a_process_is_no_fault_of_a_packet() -> None:
    class Interrupted(Failing):
        def decode(self, payload: bytes) -> Samples:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Guarded(Interrupted(ValueError())).decode(b"1")
