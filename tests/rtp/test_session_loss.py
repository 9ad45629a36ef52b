"""Copies of packets by need: what the far end reports decides, and what it hears is better for it."""

import random
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pesq import pesq

from gateway.codecs import OpusSettings, encoder
from gateway.rtp.codec import Encoder, Samples
from gateway.rtp.session import RtpSession
from tests.rtp.line import CODECS, HERE, HERE_RTCP, Line, Payload, Stream

PROMPTS = Path("/usr/share/asterisk/sounds/fr_CA_f_June")
OPUS = Payload(96, "opus", 48_000, "useinbandfec=1")
MEDIA = replace(Stream(), send=OPUS, receive=(OPUS,), telephone_event=None)


def said() -> Samples:
    """7 s of a voice, at 16 kHz."""
    prompts = sorted(PROMPTS.glob("*.wav"), key=lambda path: (-path.stat().st_size, path.name))
    with wave.open(str(prompts[14])) as file:
        voice = np.frombuffer(file.readframes(7 * 8000), np.int16)
    spectrum = np.fft.rfft(voice)
    wide = 2 * np.fft.irfft(np.concatenate((spectrum, np.zeros(len(voice) - len(spectrum) + 1))), 2 * len(voice))
    return np.clip(wide[: len(wide) // 320 * 320], -32768, 32767).astype(np.int16)


def call(voice: Samples, fec: bool, loss: float, seed: int) -> tuple[Line, Samples]:
    """The voice three times: by the third the far end has reported. What was heard of that."""

    def made(name: str, clock_rate: int = 0, fmtp: str = "") -> Encoder:
        return encoder(name, clock_rate, fmtp, opus=OpusSettings(fec=fec))

    codecs, chance = replace(CODECS, encoder=made), random.Random(seed)
    there = replace(MEDIA, remote=HERE, remote_rtcp=HERE_RTCP)
    wire = Line(
        RtpSession(MEDIA, codecs, random.Random(1), 0.0, "here"),
        RtpSession(there, codecs, random.Random(2), 0.0, "there"),
        lambda: None if chance.random() < loss else 0.003,
    )
    for frame in np.split(np.tile(voice, 3), 3 * len(voice) // 320):
        wire.tick(frame, frame)
    return wire, np.concatenate(wire.heard_there)[2 * len(voice) :]


def test_where_packets_are_lost_voice_with_copies_sounds_better() -> None:
    voice, better = said(), []
    for seed in (4, 8):
        wire, with_copies = call(voice, True, 0.05, seed)
        _, without = call(voice, False, 0.05, seed)
        assert wire.there.figures.playout.recovered_ms > 200
        better.append(pesq(16_000, voice, with_copies, "wb") - pesq(16_000, voice, without, "wb"))
    assert min(better) > 0
    assert np.mean(better) > 0.2


@pytest.mark.parametrize(("fec", "loss"), [(False, 0.05), (True, 0.0)])
def test_who_loses_nothing_or_wants_no_copies_gets_none(fec: bool, loss: float) -> None:
    wire, _ = call(said(), fec, loss, 3)
    assert wire.there.figures.playout.recovered_ms == 0
