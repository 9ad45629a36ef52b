"""What the correspondent says, sample by sample."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.correspondent.voices import (
    LONG_PIP,
    PIP,
    PIP_HZ,
    RATE,
    SILENCE,
    Clock,
    Echo,
    Tape,
    load,
    time_phrase,
    tone,
)

NOON = 43_200


class Buffer:
    """pyVoIP's receive buffer."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def backlog(self) -> int:
        return len(self.data) - self.position

    def read(self, length: int = 160) -> bytes:
        piece = self.data[self.position : self.position + length]
        self.position += len(piece)
        return piece.ljust(length, SILENCE)


def linear(samples: bytes) -> NDArray[np.float64]:
    return np.frombuffer(samples, np.uint8).astype(np.float64) - 128


def read_seconds(clock: Clock, seconds: float) -> NDArray[np.float64]:
    return linear(b"".join(clock.read() for _ in range(round(seconds * 50))))


def sounding(samples: NDArray[np.float64]) -> list[tuple[float, float]]:
    """(begin, length) in seconds of everything that is not silence."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.abs(samples) > 3, [0]]).astype(int)))
    pieces: list[list[float]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if pieces and begin / RATE - sum(pieces[-1]) < 0.01:
            pieces[-1][1] = end / RATE - pieces[-1][0]
        else:
            pieces.append([begin / RATE, (end - begin) / RATE])
    return [(round(begin, 2), round(length, 2)) for begin, length in pieces]


# -- echo -------------------------------------------------------------------------------------------------------------


def test_an_echo_is_what_was_heard_once_enough_is_there() -> None:
    heard = Buffer(b"")
    echo = Echo(heard, heard.backlog)
    assert echo.read() == SILENCE * 160
    heard.data = bytes(range(1, 161)) * 3
    assert [echo.read() for _ in range(4)] == [bytes(range(1, 161))] * 3 + [SILENCE * 160]
    assert not echo.over()


def test_an_echo_does_not_fall_behind_a_faster_caller() -> None:
    heard = Buffer(b"\x01" * 480)
    echo = Echo(heard, heard.backlog)
    for _ in range(1000):
        heard.data += b"\x01" * 168
        echo.read()
    assert heard.backlog() <= 4 * 480 + 168


def test_a_lost_packet_is_silence_in_the_echo() -> None:
    heard = Buffer(b"\x05" * 320 + b"\0" * 160 + b"\x05" * 160)
    echo = Echo(heard, heard.backlog)
    assert [set(echo.read()) for _ in range(4)] == [{5}, {5}, {0x80}, {5}]


# -- tape -------------------------------------------------------------------------------------------------------------


def test_a_tape_plays_once_and_is_then_over() -> None:
    tape = Tape(bytes(200))
    assert tape.read() == bytes(160) and not tape.over()
    assert tape.read() == bytes(40) + SILENCE * 120 and tape.over()
    assert tape.read() == SILENCE * 160


def test_a_recording_in_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(2)
        recording.setsampwidth(2)
        recording.setframerate(16_000)
        recording.writeframes(bytes(4))
    with pytest.raises(ValueError) as raised:
        load(path)
    assert str(raised.value) == f"{path}: found (2, 2, 16000), expected 1 channel of 1 byte at 8000 Hz"


# -- clock ------------------------------------------------------------------------------------------------------------


def test_a_pip_on_the_second_and_a_long_one_on_the_minute() -> None:
    heard = sounding(read_seconds(Clock(NOON + 57.5), 5))
    assert [begin for begin, _ in heard] == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert [length for _, length in heard] == pytest.approx([0.1, 0.1, 0.5, 0.1, 0.1], abs=0.011)


def test_a_call_that_begins_within_a_pip_hears_the_rest_of_it() -> None:
    assert sounding(read_seconds(Clock(NOON + 0.25), 0.5)) == [(0.0, 0.25)]


def test_an_announcement_is_spoken_before_its_time_with_pips_at_the_end_only() -> None:
    clock = Clock(NOON + 10.0)
    assert clock.next_slot == NOON + 20
    assert clock.announce(NOON + 20, b"\xff" * (5 * RATE))
    heard = sounding(read_seconds(clock, 11))
    assert heard[0] == pytest.approx((0.0, 0.1), abs=0.011)
    assert heard[1] == (1.0, 5.0)
    assert [begin for begin, _ in heard[2:]] == [8.0, 9.0, 10.0]
    assert heard[-1][1] == pytest.approx(0.5, abs=0.011)


def test_the_long_pip_is_not_cut_by_the_next_announcement() -> None:
    clock = Clock(NOON + 10.0)
    clock.announce(NOON + 20, b"\xff" * RATE)
    read_seconds(clock, 10.1)
    clock.announce(NOON + 30, b"\xff" * RATE)
    assert sounding(read_seconds(clock, 1.0)) == [(0.0, pytest.approx(0.4, abs=0.011)), (0.9, 0.1)]


def test_an_announcement_without_enough_time_left_is_not_begun() -> None:
    clock = Clock(NOON + 15.0)
    assert not clock.announce(NOON + 20, b"\xff" * (3 * RATE))
    assert clock.announce(NOON + 20, b"\xff" * (2 * RATE))
    assert sounding(read_seconds(clock, 2.5))[0] == (0.0, 2.0)


def test_a_clock_can_be_set() -> None:
    clock = Clock(NOON + 0.6)
    read_seconds(clock, 0.2)
    assert clock.now == pytest.approx(NOON + 0.8)
    clock.adjust(NOON + 0.7)
    assert clock.now == pytest.approx(NOON + 0.7)
    assert sounding(read_seconds(clock, 0.5))[0][0] == pytest.approx(0.3, abs=0.011)
    assert not clock.over()


def test_pips_have_their_frequency_and_soft_edges() -> None:
    spectrum = np.abs(np.fft.rfft(linear(LONG_PIP)))
    assert np.argmax(spectrum) * RATE / len(LONG_PIP) == PIP_HZ
    assert np.abs(linear(PIP)[:4]).max() < 5 and np.abs(linear(PIP)).max() > 35
    assert len(tone(440, 20)) == 160


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Au prochain top, il sera 14 heures, 3 minutes, 20 secondes."),
        ("de", "Beim nächsten Ton ist es 14 Uhr, 3 Minuten und 20 Sekunden."),
        ("es", "Al oír la señal serán las 14 horas, 3 minutos y 20 segundos."),
        ("it", "At the tone, the time will be 14 hours, 3 minutes and 20 seconds."),
    ],
)
def test_the_time_in_words(language: str, words: str) -> None:
    assert time_phrase(language, 14, 3, 20) == words
