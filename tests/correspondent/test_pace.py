"""Packets leave on the beat, whatever the thread that sends them does in between."""

from gateway.correspondent.pace import Paced
from gateway.correspondent.voices import Tape


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 5.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def times_of(reads: int, work_s: float) -> list[float]:
    time = Time()
    paced = Paced(Tape(bytes(160)), lambda: time.now, time.sleep)
    times = []
    for _ in range(reads):
        paced.read()
        times.append(round(time.now - 5.0, 4))
        time.now += work_s
    return times


def test_reads_are_20_ms_apart() -> None:
    assert times_of(4, 0.003) == [0.0, 0.02, 0.04, 0.06]


def test_a_little_lateness_is_made_up_for() -> None:
    time = Time()
    paced = Paced(Tape(bytes(160)), lambda: time.now, time.sleep)
    paced.read()
    time.now += 0.05
    paced.read()
    assert time.now == 5.05
    paced.read()
    assert time.now == 5.05
    paced.read()
    assert round(time.now, 4) == 5.06


def test_who_is_very_late_begins_anew() -> None:
    time = Time()
    paced = Paced(Tape(bytes(160)), lambda: time.now, time.sleep)
    paced.read()
    time.now += 1.0
    paced.read()
    paced.read()
    assert round(time.now, 4) == 6.02


def test_the_voice_itself_is_passed_on() -> None:
    time = Time()
    paced = Paced(Tape(b"\x01" * 160), lambda: time.now, time.sleep)
    assert not paced.over()
    assert paced.read() == b"\x01" * 160
    assert paced.over()
