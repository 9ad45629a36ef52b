"""The timekeeper gives its clock the words, once every ten seconds."""

import time

import pytest

from gateway.correspondent import timekeeper
from gateway.correspondent.voices import RATE, Clock

NOON = 43_200


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []

    def speak(text: str, language: str) -> bytes:
        texts.append(f"{language}: {text}")
        return b"\xff" * RATE

    monkeypatch.setattr(timekeeper, "speak", speak)
    return texts


def test_each_time_is_announced_once_after_the_pip(spoken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(NOON)
    monkeypatch.setattr(timekeeper, "local_time", lambda: clock.now)
    keeper = timekeeper.Timekeeper(clock, "en")
    for _ in range(20 * 50):
        assert keeper.tick() is False
        clock.read()
    assert spoken == [
        "en: At the tone, the time will be 12 hours, 0 minutes and 10 seconds.",
        "en: At the tone, the time will be 12 hours, 0 minutes and 20 seconds.",
    ]


def test_the_clock_is_set_right_each_time(spoken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(NOON + 1.0)
    monkeypatch.setattr(timekeeper, "local_time", lambda: NOON + 1.3)
    timekeeper.Timekeeper(clock, "fr").tick()
    assert clock.now == pytest.approx(NOON + 1.3)
    assert len(spoken) == 1


def test_without_a_voice_there_are_pips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper, "speak", lambda _text, _language: None)
    clock = Clock(NOON + 1.0)
    monkeypatch.setattr(timekeeper, "local_time", lambda: clock.now)
    timekeeper.Timekeeper(clock, "fr").tick()
    assert clock.read() != b"\x80" * 160


def test_the_wall_clock_knows_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zone:
        tm_gmtoff = 7200

    monkeypatch.setattr(time, "time", lambda: 1000.0)
    monkeypatch.setattr(time, "localtime", lambda _now: Zone)
    assert timekeeper.local_time() == 8200.0
