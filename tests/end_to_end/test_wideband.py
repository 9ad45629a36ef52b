"""Calls in wideband with phones nobody here wrote: PJSIP in G.722, baresip in G.722, L16 and Opus; voice both ways, and
with each a whistle that no telephone of 8 kHz would carry."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.neoretro import Answering, Command
from tests.end_to_end.peers.pjsua import Pjsua
from tests.end_to_end.speech import RATE, Samples, Voice, read_speech, read_wav, speech, to_int16

SECONDS, TALK_S = 3.0, 2.5
OURS, FARS = speech(Voice.JUNE, SECONDS), speech(Voice.ALLISON, SECONDS)
OUR_WHISTLE, FAR_WHISTLE = 5_200, 6_100
"""Hz: beyond what 8 kHz can hold, within G.722 and the wideband of Opus"""
WHISTLED = 20.0
"""dB above what is around it, for a whistle that is there"""

WIDE = ("--record-rate", "16000")

BARESIP = [("G722", "G722/16000/1", 16_000), ("L16", "L16/16000/1", 16_000), ("opus", "opus/48000/2", 48_000)]
"""what we call a codec, what baresip does, and the rate of its files"""
EACH_CODEC = pytest.mark.parametrize(("codec", "audio_codecs", "rate"), [pytest.param(*c, id=c[0]) for c in BARESIP])


def microphone(path: Path, voice: Samples, whistle: int, rate: int = 16_000) -> Path:
    """The voice over and over and a whistle far below it, for longer than any call here."""
    wide = soxr.resample(np.tile(voice, 10).astype(np.float32), RATE, rate)
    tone = 600 * np.sin(2 * np.pi * whistle * np.arange(len(wide)) / rate)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(to_int16((0.7 * wide + tone).astype(np.float32)).astype("<i2").tobytes())
    return path


def whistled(path: Path, whistle: int) -> float:
    """dB by which that frequency stands out of its surroundings, in the second where it does most."""
    samples, rate = read_wav(path)
    assert rate >= 16_000, f"{path} has {rate} Hz"
    loudest = 0.0
    for start in range(0, len(samples) - rate, rate // 2):
        spectrum = np.abs(np.fft.rfft(samples[start : start + rate] * np.hanning(rate))) ** 2
        around = np.r_[spectrum[whistle - 300 : whistle - 20], spectrum[whistle + 20 : whistle + 300]]
        peak = float(spectrum[whistle - 2 : whistle + 3].max())
        loudest = max(loudest, 10 * float(np.log10((peak + 1) / (float(np.median(around)) + 1))))
    return loudest


def both_hear_in_wideband(ours: Path, fars: Path) -> None:
    """:param ours: recording of what we heard. :param fars: of what the far end did"""
    assert hears(read_speech(ours), FARS) > HEARD and hears(read_speech(fars), OURS) > HEARD
    assert whistled(ours, FAR_WHISTLE) > WHISTLED and whistled(fars, OUR_WHISTLE) > WHISTLED
    assert whistled(ours, OUR_WHISTLE) < WHISTLED and whistled(fars, FAR_WHISTLE) < WHISTLED, "each hears the other"


def wide_pjsua(lab: Lab, folder: Path, **options: int) -> Pjsua:
    return Pjsua(lab, "alice", microphone(folder / "alice.wav", FARS, FAR_WHISTLE), codecs=("G722",), **options)  # type: ignore[arg-type]


def wide_baresip(lab: Lab, folder: Path, codecs: str, rate: int) -> Baresip:
    play = microphone(folder / "bob.wav", FARS, FAR_WHISTLE, rate)
    return Baresip(lab, "bob", play, codecs=codecs, rate=rate)


def voices(folder: Path) -> tuple[tuple[str | Path, ...], Path]:
    """Of our command line: what we say and where we record; and that recording."""
    heard = folder / "heard.wav"
    return ("--play", microphone(folder / "ours.wav", OURS, OUR_WHISTLE), "--record", heard, *WIDE, "--json"), heard


async def test_pjsip_calls_in_g722(lab: Lab, tmp_path: Path) -> None:
    order, heard = voices(tmp_path)
    async with Answering(lab, *order, "--calls", "1") as phone, wide_pjsua(lab, tmp_path) as her:
        await her.command("dial", target=phone.uri)
        await her.confirmed()
        await her.has_heard(TALK_S)
        await her.command("hang_up", call=1)
        outcome = await phone.finished(15)
    (call,) = outcome.report["calls"]
    assert call["codec"] == "G722" and "Traceback" not in outcome.story, outcome
    both_hear_in_wideband(heard, her.heard())


async def test_we_call_pjsip_in_g722(lab: Lab, tmp_path: Path) -> None:
    order, heard = voices(tmp_path)
    async with wide_pjsua(lab, tmp_path) as her:
        async with Command(lab, "call", her.uri, *order, "--seconds", f"{TALK_S}") as phone:
            outcome = await phone.finished(20)
        await her.disconnected()
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    assert outcome.report["figures"]["legs"]["far"]["codec"] == "G722"
    both_hear_in_wideband(heard, her.heard())


@EACH_CODEC
async def test_baresip_calls(lab: Lab, tmp_path: Path, codec: str, audio_codecs: str, rate: int) -> None:
    order, heard = voices(tmp_path)
    flags = ("--codecs", "PCMU,G722,L16,opus", "--calls", "1")
    async with Answering(lab, *order, *flags) as phone, wide_baresip(lab, tmp_path, audio_codecs, rate) as bob:
        await bob.dial(phone.uri)
        await bob.happened("CALL_ESTABLISHED")
        await bob.has_heard(TALK_S)
        await bob.touch("5")
        await bob.has_heard(TALK_S + 0.7)
        await bob.hang_up()
        outcome = await phone.finished(15)
        fars = await bob.heard()
    (call,) = outcome.report["calls"]
    assert call["codec"] == codec and "Traceback" not in outcome.story, outcome
    assert [digit["digit"] for digit in call["digits"]] == ["5"], "whatever the clock of its events"
    both_hear_in_wideband(heard, fars)


@EACH_CODEC
async def test_we_call_baresip(lab: Lab, tmp_path: Path, codec: str, audio_codecs: str, rate: int) -> None:
    order, heard = voices(tmp_path)
    flags = ("--codecs", "opus,G722,L16,PCMU", "--seconds", f"{TALK_S}")
    async with wide_baresip(lab, tmp_path, audio_codecs, rate) as bob:
        async with Command(lab, "call", bob.uri, *order, *flags) as phone:
            outcome = await phone.finished(20)
        fars = await bob.heard()
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    assert outcome.report["figures"]["legs"]["far"]["codec"] == codec
    both_hear_in_wideband(heard, fars)
