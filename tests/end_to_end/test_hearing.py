"""The tests' own ears can say no: what is not in a recording is not heard, and bad sound scores badly."""

import numpy as np
import pytest

from tests.end_to_end.hearing import HEARD, NOT_HEARD, aligned, delay, hears, pesq_nb
from tests.end_to_end.speech import RATE, Samples, Voice, silence, speech


@pytest.fixture(scope="module")
def voices() -> dict[Voice, Samples]:
    return {voice: speech(voice, 12) for voice in Voice}


def mixed(*voices: Samples) -> Samples:
    """As a conference does: added, with saturation, then through a telephone's logarithmic codec."""
    return companded(np.sum([voice.astype(np.int32) for voice in voices], axis=0).clip(-32768, 32767))


def companded(samples: np.ndarray[tuple[int, ...], np.dtype[np.int64]] | Samples) -> Samples:
    """To 8 bits and back on the mu-law curve."""
    x = samples / 32768
    coded = np.round(np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255 * 32767).astype(np.int16)


def later(voice: Samples, seconds: float) -> Samples:
    """The same loop, from another place in it."""
    return np.roll(voice, int(seconds * RATE))


def stretched(samples: Samples, ratio: float) -> Samples:
    at = np.arange(0, len(samples) - 1, 1 / ratio)
    return np.asarray(np.interp(at, np.arange(len(samples)), samples), dtype=np.int16)


def test_two_voices_at_once_are_both_heard_and_the_others_are_not(voices: dict[Voice, Samples]) -> None:
    recording = mixed(later(voices[Voice.ALLISON], 3.3), later(voices[Voice.JUNE], 7.1))[: 8 * RATE]
    found = {voice: hears(recording, sent) for voice, sent in voices.items()}
    assert found[Voice.ALLISON] > 2 * HEARD and found[Voice.JUNE] > 2 * HEARD, found
    assert found[Voice.ALLISON_CONGRATULATES] < NOT_HEARD, "another text of the same speaker is not the voice sent"
    assert found[Voice.JUNE_ADMINISTERS] < NOT_HEARD, found


def test_a_voice_10_db_below_the_other_is_heard(voices: dict[Voice, Samples]) -> None:
    quiet = (voices[Voice.JUNE] * 0.316).astype(np.int16)
    assert hears(mixed(voices[Voice.ALLISON], later(quiet, 1.0)), voices[Voice.JUNE]) > HEARD


def test_the_level_of_the_whole_recording_does_not_matter(voices: dict[Voice, Samples]) -> None:
    whisper = (later(voices[Voice.JUNE], 2.0) * 0.02).astype(np.int16)
    assert hears(whisper, voices[Voice.JUNE]) > 2 * HEARD


def test_an_echo_of_oneself_12_db_down_is_heard_so_that_it_can_be_refused(voices: dict[Voice, Samples]) -> None:
    echo = (later(voices[Voice.JUNE], 0.2) * 0.25).astype(np.int16)
    assert hears(mixed(voices[Voice.ALLISON], echo), voices[Voice.JUNE]) > NOT_HEARD


def test_a_playout_that_stretches_time_by_half_a_percent_is_followed(voices: dict[Voice, Samples]) -> None:
    recording = stretched(later(voices[Voice.ALLISON], 4.0), 1.005)[: 10 * RATE]
    assert hears(recording, voices[Voice.ALLISON]) > HEARD
    assert hears(recording, voices[Voice.JUNE]) < NOT_HEARD


def test_a_recording_shorter_than_the_loop_is_enough(voices: dict[Voice, Samples]) -> None:
    recording = voices[Voice.JUNE][5 * RATE : 8 * RATE]
    assert hears(recording, voices[Voice.JUNE]) > 2 * HEARD


@pytest.mark.parametrize("length", [12.0, 11.9999, 12.0371])
@pytest.mark.parametrize("before", [0.0, 0.001, 0.01, 0.019])
def test_a_voice_begun_just_before_the_recording_is_heard_whatever_its_length(length: float, before: float) -> None:
    sent = speech(Voice.JUNE, length)
    assert hears(later(sent, -before), sent) > 0.9


@pytest.mark.parametrize("seconds", [0.0, 0.5, 6.0])
def test_silence_holds_nobody(voices: dict[Voice, Samples], seconds: float) -> None:
    assert hears(silence(seconds), voices[Voice.ALLISON]) == 0.0


def test_noise_and_tones_hold_nobody(voices: dict[Voice, Samples]) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 8 * RATE).astype(np.int16)
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(8 * RATE) / RATE)).astype(np.int16)
    for sound in (noise, tone):
        assert hears(sound, voices[Voice.ALLISON]) < NOT_HEARD


def test_the_delay_is_found_before_and_after_the_beginning(voices: dict[Voice, Samples]) -> None:
    sent = voices[Voice.ALLISON]
    assert delay(np.concatenate([silence(1.5), sent]), sent) == int(1.5 * RATE)
    assert delay(sent[RATE:], sent) == -RATE


def test_the_aligned_stretch_is_as_long_as_what_was_sent(voices: dict[Voice, Samples]) -> None:
    sent = voices[Voice.ALLISON]
    stretch = aligned(np.concatenate([silence(2), sent, silence(3)]), sent)
    assert np.array_equal(stretch, sent)
    cut_off = aligned(sent[RATE:-RATE], sent)
    assert len(cut_off) == len(sent) and not cut_off[:RATE].any() and not cut_off[-RATE:].any()


def test_an_untouched_voice_scores_near_the_top_and_a_companded_one_what_g711_gives(
    voices: dict[Voice, Samples],
) -> None:
    sent = voices[Voice.JUNE]
    assert pesq_nb(np.concatenate([silence(1), sent]), sent) > 4.5
    assert 4.0 < pesq_nb(companded(later(sent, 0.0)), sent) < 4.5


def test_lost_packets_cost_score(voices: dict[Voice, Samples]) -> None:
    sent = voices[Voice.JUNE]
    holed = sent.copy()
    for packet in range(0, len(sent), 160 * 20):
        holed[packet : packet + 160] = 0
    assert pesq_nb(holed, sent) < 3.8, "a hole in every twentieth packet must not pass as a good line"


def test_another_voice_scores_as_unusable(voices: dict[Voice, Samples]) -> None:
    assert pesq_nb(voices[Voice.ALLISON], voices[Voice.JUNE]) < 2.0
