"""Speech, with and without somebody to speak."""

import shutil

import numpy as np
import pytest

from gateway.correspondent.speech import PEAK, eight_bits, speak


def test_without_espeak_nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    assert speak("hello", "en") is None


def test_a_program_that_fails_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: "/bin/false")
    assert speak("hello", "en") is None


def test_samples_become_bytes_at_8_khz_with_their_peak_where_it_belongs() -> None:
    second = np.sin(2 * np.pi * 500 * np.arange(22_050) / 22_050).astype(np.float32) * 1234
    narrow = np.frombuffer(eight_bits(second, 22_050), np.uint8).astype(int) - 128
    assert len(narrow) == pytest.approx(8000, abs=2)
    assert np.abs(narrow).max() == round(127 * PEAK)
    assert np.argmax(np.abs(np.fft.rfft(narrow))) == pytest.approx(500, abs=1)


def test_nothing_is_silence() -> None:
    assert set(eight_bits(np.zeros(2205, np.float32), 22_050)) == {0x80}
