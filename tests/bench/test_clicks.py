"""The finder of clicks: where they are, and only there, through every codec of the wire."""

import numpy as np
import pytest

from gateway.codecs import decoder, encoder
from tests.bench.clicks import Heard, OnTheWire, find, heard, passages, track
from tests.bench.network import Samples

STARTS_S = (0.3103, 0.7519, 1.3007, 1.7541, 2.2999)


def packets(name: str, samples: Samples, rate: int, start: float = 100.0) -> list[OnTheWire]:
    coder, frame = encoder(name), rate // 50
    count = len(samples) // frame
    return [OnTheWire(start + 0.02 * n, coder.encode(samples[n * frame : (n + 1) * frame])) for n in range(count)]


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_click_is_found_where_it_was_put(rate: int) -> None:
    assert find(track(rate, 3.0, STARTS_S), rate) == [int(start * rate) for start in STARTS_S]


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_silence_and_noise_hold_none(rate: int) -> None:
    assert find(np.zeros(rate, np.int16), rate) == []
    noise = np.random.default_rng(1).normal(0, 30, rate).astype(np.int16)
    assert find(noise, rate) == []


def test_a_stream_shorter_than_a_click_holds_none() -> None:
    assert find(np.zeros(3, np.int16), 8_000) == []
    assert heard([], decoder("PCMU").decode, 8_000) == []


@pytest.mark.parametrize("level", [0.05, 0.3, 2.0])
def test_it_is_found_at_any_level_and_in_noise(level: float) -> None:
    quiet = track(16_000, 3.0, STARTS_S) * level
    noise = np.random.default_rng(2).normal(0, 10, len(quiet))
    places = find(np.clip(quiet + noise, -32768, 32767).astype(np.int16), 16_000)
    assert np.array(places) / 16_000 == pytest.approx(np.array(STARTS_S), abs=0.0005)


def test_through_g711_it_is_where_it_was() -> None:
    found = heard(packets("PCMU", track(8_000, 3.0, STARTS_S), 8_000), decoder("PCMU").decode, 8_000)
    assert [click.at - 100 for click in found] == pytest.approx(list(STARTS_S), abs=0.0003)


def test_through_opus_it_is_later_by_what_the_encoder_holds_back() -> None:
    found = heard(packets("opus", track(16_000, 3.0, STARTS_S), 16_000), decoder("opus").decode, 16_000)
    late = np.array([click.at - 100 for click in found]) - np.array(STARTS_S)
    assert np.all((late > 0.005) & (late < 0.009)), late


def test_the_place_in_the_packet_does_not_count_but_the_time_of_the_packet_does() -> None:
    sent = [Heard(1.015, 1.0), Heard(2.001, 2.0)]
    came = [Heard(1.055, 1.05), Heard(2.041, 2.03)]
    found = [(round(passage.ms, 6), round(passage.packets_ms, 6)) for passage in passages(sent, came)]
    assert found == [(40.0, 50.0), (40.0, 30.0)]


def test_a_click_that_never_came_is_left_out_and_no_other_takes_its_place() -> None:
    sent = [Heard(1.0, 1.0), Heard(1.45, 1.45), Heard(1.9, 1.9)]
    came = [Heard(0.95, 0.95), Heard(1.04, 1.04), Heard(1.94, 1.94)]
    assert [round(each.ms) for each in passages(sent, came)] == [40, 40]
