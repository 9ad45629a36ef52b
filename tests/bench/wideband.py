"""Wideband end to end: what the voice path leaves of G.722 and Opus, beside the codec alone; Opus with FEC and without.

``python -m tests.bench.wideband``. In simulated time: a session of ours speaks, its packets cross a network, another
session of ours hears; all at 16 kHz. PESQ wide band of two recorded wideband voices. Then the same over a real call:
``neoretro call`` plays to ``neoretro answer``, which records.
"""

import asyncio
import functools
import random
import sys
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gateway.codecs import OpusSettings, Resampler, decoder, encoder
from gateway.rtp.media import Codecs
from gateway.rtp.session import RtpSession
from gateway.sdp.media import Format, MediaSession
from tests.bench.network import TRACES, Samples, after_silence
from tests.bench.wide_voices import RATE, WIDE, WideClip, wide_score
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.neoretro import Answering
from tests.end_to_end.peers.neoretro import run as command

FRAME = 320
"""samples, 20 ms"""
SILENCE: Samples = np.zeros(FRAME, np.int16)
LEAD, TAIL = 50, 25
"""frames of silence before the first word and after the last: a far end does not vanish within a word"""
PHASE_S = 0.010
SEEDS = (7, 11, 12)
HELD_UP_MS = 30.0
MOST_BELOW = 0.1
"""by which the voice path may fall short of the codec alone"""

OPUS = Format(111, "opus", 48_000, 2, "useinbandfec=1")
G722 = Format(9, "G722", 8_000)
PLAIN = OpusSettings(bitrate=24_000, fec=False)
USUAL = OpusSettings(bitrate=24_000, fec=True, expected_loss=0)
PROTECTED = OpusSettings(bitrate=24_000, fec=True, expected_loss=10)
HERE, THERE = ("192.0.2.1", 4000), ("192.0.2.2", 4000)


@dataclass(frozen=True)
class Row:
    """One codec on one network."""

    what: str
    trace: str
    pesq: float
    """wide band, mean of the voices and the seeds"""
    worst: float
    beside: str = ""
    """the alternative"""
    beside_pesq: float | None = None
    at_least: float | None = None
    """that the aim asks for"""
    more: bool = False
    """as much does not do: it must be better"""
    held_up_ms: float = 0.0
    """by which a real call's speaker was late at most: its machine was held up, and that is what was measured"""

    @property
    def met(self) -> bool | None:
        if self.at_least is None:
            return None
        return self.pesq > self.at_least if self.more else self.pesq >= self.at_least

    def __str__(self) -> str:
        beside = "" if self.beside_pesq is None else f"   {self.beside} {self.beside_pesq:.2f}"
        aim = (
            ""
            if self.at_least is None
            else f"   aim {'>' if self.more else ''}{self.at_least:.2f} {'reached' if self.met else 'missed'}"
        )
        held_up = f"   MACHINE HELD UP by {self.held_up_ms:.0f} ms" if self.held_up_ms > HELD_UP_MS else ""
        start = f"{self.what:28s} {self.trace:12s} PESQ-WB {self.pesq:.2f} (worst {self.worst:.2f})"
        return f"{start}{beside}{aim}{held_up}"


def alone(format_: Format, opus: OpusSettings, said: Samples) -> Samples:
    """The codec and nothing else."""
    coder, voice = encoder(format_.name, fmtp=format_.fmtp, opus=opus), decoder(format_.name)
    return np.concatenate([voice.decode(coder.encode(frame)) for frame in call(said)])[LEAD * FRAME :]


def call(said: Samples) -> list[Samples]:
    """The frames of a whole call."""
    whole = np.concatenate((np.zeros(LEAD * FRAME, np.int16), said, np.zeros(TAIL * FRAME, np.int16)))
    return [whole[n : n + FRAME] for n in range(0, len(whole) // FRAME * FRAME, FRAME)]


def path(format_: Format, opus: OpusSettings, said: Samples, trace: str, seed: int = 7) -> Samples:
    """From one session to another, which is silent; begins with the first word."""
    frames, sent, heard = call(said), list[list[bytes]](), list[Samples]()
    speaker, listener = _session(format_, opus, THERE), _session(format_, opus, HERE)
    plan, k = after_silence(LEAD, len(frames) - LEAD, TRACES[trace], seed), 0
    while (now := PHASE_S + len(heard) * 0.02) < len(frames) * 0.02 + 0.5:
        if len(sent) < len(frames) and (len(sent) + 1) * 0.02 <= now:
            speaker.push(frames[len(sent)], (len(sent) + 1) * 0.02)
            sent.append([data for data, _ in speaker.rtp_to_send()])
        while k < len(plan) and plan[k][0] <= now:
            for data in sent[plan[k][1]]:
                listener.receive_rtp(data, HERE, plan[k][0])
            k += 1
        heard.append(listener.pull(now))
        listener.push(SILENCE, now)
        for data, _ in listener.rtp_to_send():
            speaker.receive_rtp(data, THERE, now)
        _report(speaker, listener, now)
    return np.concatenate(heard)[LEAD * FRAME :]


def _report(speaker: RtpSession, listener: RtpSession, now: float) -> None:
    """RTCP whose time has come, each way, none of it lost."""
    for of, to, at in ((speaker, listener, HERE), (listener, speaker, THERE)):
        if (due := of.get_timer()) is not None and due <= now:
            of.handle_timer(now)
        for data, _ in of.rtcp_to_send():
            to.receive_rtcp(data, (at[0], at[1] + 1), now)


def _session(format_: Format, opus: OpusSettings, remote: tuple[str, int]) -> RtpSession:
    codecs = Codecs(functools.partial(encoder, opus=opus), decoder, Resampler)
    media = MediaSession(remote, (remote[0], remote[1] + 1), format_, (format_,), None, "sendrecv")
    return RtpSession(media, codecs, random.Random(remote[0]), 0.0, "bench")


def quiet(name: str, format_: Format, opus: OpusSettings) -> Row:
    """What the voice path costs a codec where nothing is lost."""
    voices = [clip.samples() for clip in WIDE]
    ours = [wide_score(said, path(format_, opus, said, "clean")) for said in voices]
    codec = float(np.mean([wide_score(said, alone(format_, opus, said)) for said in voices]))
    return Row(name, "clean", float(np.mean(ours)), min(ours), "codec alone", codec, codec - MOST_BELOW)


def lossy(trace: str) -> list[Row]:
    """Opus without FEC, and with: when the far end has reported losses, as is usual, or from the first packet on."""
    scores = _all(PLAIN, trace)
    without = float(np.mean(scores))
    rows = [Row("Opus 24 kbit/s without FEC", trace, without, min(scores))]
    for what, opus in (("Opus, FEC when reported", USUAL), ("Opus, FEC for 10 % always", PROTECTED)):
        scores = _all(opus, trace)
        rows.append(Row(what, trace, float(np.mean(scores)), min(scores), "without", without, without, True))
    return rows


def _all(opus: OpusSettings, trace: str) -> list[float]:
    voices = [clip.samples() for clip in WIDE]
    return [wide_score(said, path(OPUS, opus, said, trace, seed)) for said in voices for seed in SEEDS]


async def real(name: str, format_: Format, clips: Sequence[WideClip]) -> Row:
    """The same voices from one of ours to another over a real call."""
    with tempfile.TemporaryDirectory(prefix="neoretro-bench-") as folder:
        labs = [Lab(Path(folder) / str(n)) for n in range(len(clips))]
        calls = await asyncio.gather(*(_call(format_, clip, lab) for clip, lab in zip(clips, labs, strict=True)))
    scores, late = [score for score, _ in calls], max(late for _, late in calls)
    codec = float(
        np.mean([wide_score(said, alone(format_, PLAIN, said)) for said in (clip.samples() for clip in clips)])
    )
    mean, what = float(np.mean(scores)), f"{name}, real call"
    return Row(what, "clean", mean, min(scores), "codec alone", codec, codec - MOST_BELOW, held_up_ms=late)


async def _call(format_: Format, clip: WideClip, lab: Lab) -> tuple[float, float]:
    """The score, and by how much the speaking end's bridge was late at most, ms."""
    said, source, target = clip.samples(), lab.place("voice") / "said.wav", lab.place("ear") / "heard.wav"
    with wave.open(str(source), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(said.astype("<i2").tobytes())
    flags = ("--codecs", format_.name)
    async with Answering(lab, "--record", target, "--record-rate", "16000", "--calls", "1", *flags) as phone:
        called = await command(lab, "call", phone.uri, "--play", source, "--json", *flags, seconds=60)
        if called.exit_code:
            raise RuntimeError(f"the call failed: {called.story[-500:]}")
        await phone.finished()
    with wave.open(str(target)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return wide_score(said, heard), float(called.report["figures"]["bridge"]["late_max_ms"])


def run() -> list[Row]:
    """Every row, in the order of the table."""
    rows = [quiet("G.722", G722, PLAIN), quiet("Opus 24 kbit/s", OPUS, PLAIN), *lossy("loss5"), *lossy("loss10burst")]
    for name, format_ in (("G.722", G722), ("Opus 24 kbit/s", OPUS)):
        rows.append(asyncio.run(real(name, format_, WIDE)))
    return rows


if __name__ == "__main__":
    for found in run():
        sys.stdout.write(f"{found}\n")
