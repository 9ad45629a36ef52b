"""How a browser is spoken to: Opus by what it says it loses. Connections: tests/end_to_end/test_webrtc_leg.py."""

import asyncio
import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gateway.codecs import OpusSettings, decoder, encoder
from gateway.legs import webrtc
from gateway.legs.offer import Offer
from gateway.legs.peer import PeerState
from gateway.legs.webrtc import LOOK_FRAMES, OPUS, WebRtcLeg
from gateway.rtp.codec import Samples
from gateway.rtp.figures import PeerFigures
from gateway.rtp.packet import RtpPacket
from softphone.audio.frame import FRAME_SAMPLES, Frame

FEC = "useinbandfec=1"


class Browser:
    """A peer that is there at once and tells what it loses."""

    def __init__(self, on_packet: Callable[..., None], on_state: Callable[[PeerState], None]) -> None:
        self.far_loss: float | None = None
        self.figures, self.state = PeerFigures(), PeerState.CONNECTED
        self.heard: list[bytes] = []
        self.heard_at = asyncio.get_running_loop().time()
        self._on_packet, self._on_state = on_packet, on_state

    async def answer(self, offer: Offer) -> str:
        self._on_state(PeerState.CONNECTED)
        return "an answer"

    def send(self, payload: bytes, timestamp: int) -> None:
        self.heard.append(payload)

    def poll(self) -> None:
        """Nothing waits anywhere."""

    def says(self, number: int, payload: bytes, at: float, ssrc: int = 1) -> None:
        """A packet of 20 ms reaches us."""
        self._on_packet(RtpPacket(96, number, 960 * number, ssrc, payload), at)

    async def close(self) -> None:
        """Nothing to close."""


async def talking(monkeypatch: pytest.MonkeyPatch, fmtp: str, opus: OpusSettings = OPUS) -> tuple[WebRtcLeg, Browser]:
    """A leg and its browser, connected."""
    made: list[Browser] = []

    def peer(*callbacks: Any) -> Browser:
        made.append(Browser(*callbacks))
        return made[0]

    monkeypatch.setattr(webrtc, "Peer", peer)
    monkeypatch.setattr(webrtc, "read_offer", lambda sdp: Offer(sdp, 96, True, fmtp))
    leg = WebRtcLeg(opus)
    await leg.answer("an offer")
    return leg, made[0]


def voice(seconds: float, seed: int = 1) -> list[Frame]:
    """A buzz with syllables."""
    at = np.arange(int(seconds * 16_000) // FRAME_SAMPLES * FRAME_SAMPLES) / 16_000
    pitch = 2 * np.pi * np.cumsum(110 + 10 * seed + 20 * np.sin(4 * at)) / 16_000
    buzz = sum((np.sin(k * pitch) / k for k in range(1, 20)), np.zeros_like(pitch))
    samples = (4_000 * buzz * np.clip(np.sin(14 * at) + 0.5, 0, 1)).astype(np.int16)
    return list(samples.reshape(-1, FRAME_SAMPLES))


def models_speech(packet: bytes) -> bool:
    """SILK, where copies can be (:rfc:`6716#section-3.1`)."""
    return packet[0] >> 3 < 12


@pytest.mark.parametrize("seed", [1, 4, 9])
async def test_while_nothing_is_lost_the_cheap_half_of_opus_speaks(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    leg, browser = await talking(monkeypatch, FEC)
    for frame in voice(2.0, seed):
        leg.push(frame)
    assert len(browser.heard) == 100
    assert not any(map(models_speech, browser.heard))
    assert sum(map(len, browser.heard)) * 8 / 2 < OPUS.bitrate
    await leg.close()


@pytest.mark.parametrize("seed", [1, 4])
async def test_a_browser_that_loses_packets_is_sent_copies_until_it_does_no_more(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    leg, browser = await talking(monkeypatch, FEC)
    frames = voice(1.0, seed)
    browser.far_loss = 0.05
    for frame in frames * 3:
        leg.push(frame)
    lossy, browser.heard = browser.heard[2 * LOOK_FRAMES :], []
    assert sum(map(models_speech, lossy)) > 0.9 * len(lossy)
    heard = decoder("opus")
    assert sum(heard.recover(packet, FRAME_SAMPLES) is not None for packet in lossy) > len(lossy) / 2
    browser.far_loss = 0.0
    for frame in frames * 25:
        leg.push(frame)
    assert not any(map(models_speech, browser.heard[-LOOK_FRAMES:]))
    await leg.close()


async def test_a_browser_that_has_no_use_for_copies_is_sent_none(monkeypatch: pytest.MonkeyPatch) -> None:
    leg, browser = await talking(monkeypatch, "useinbandfec=0")
    browser.far_loss = 0.2
    for frame in voice(3.0):
        leg.push(frame)
    assert not any(map(models_speech, browser.heard))
    await leg.close()


class Breaking:
    """Opus behind a binding that breaks, whatever is asked of it, from some packet on and up to another."""

    def __init__(self, failure: Exception, broken: range) -> None:
        self._opus, self._failure, self._broken = decoder("opus"), failure, broken
        self.sample_rate, self.stateless, self._calls = self._opus.sample_rate, self._opus.stateless, 0

    def decode(self, payload: bytes) -> Samples:
        self._calls += 1
        if self._calls in self._broken:
            raise self._failure
        return self._opus.decode(payload)

    def conceal(self, samples: int) -> Samples | None:
        if self._calls in self._broken:
            raise self._failure
        return self._opus.conceal(samples)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        if self._calls in self._broken:
            raise self._failure
        return self._opus.recover(following, samples)


FAILURES = [OSError(22), MemoryError(), TypeError("no"), ctypes.ArgumentError("bad")]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("broken", [range(20, 21), range(20, 40)], ids=["once", "for a while"])
async def test_a_decoder_that_breaks_does_not_cut_the_browser_off(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, broken: range
) -> None:
    monkeypatch.setattr(webrtc, "decoder", lambda *_, **__: Breaking(failure, broken))
    leg, browser = await talking(monkeypatch, FEC)
    coder, heard = encoder("opus", opus=OPUS), list[Frame]()
    for n, frame in enumerate(voice(2.0)):
        browser.says(n, coder.encode(frame), 0.02 * n)
        heard.append(leg.pull(0.02 * n + 0.01))
    assert leg.figures.playout.faults == len(broken) and leg.figures.received == 100
    assert np.abs(np.concatenate(heard[-50:])).max() > 4_000, "the voice is back"
    await leg.close()


@pytest.mark.parametrize("seed", [2, 7])
def test_with_the_bits_of_browsers_complexity_gains_nothing(seed: int) -> None:
    """What is left of the voice's spectrum, over the bands of a telephone in wideband."""
    said = np.concatenate(voice(2.0, seed)).astype(float)
    distances = []
    for complexity in (0, 5):
        coder = encoder("opus", opus=OpusSettings(bitrate=OPUS.bitrate, complexity=complexity, fec=False))
        ear = decoder("opus")
        heard = np.concatenate([ear.decode(coder.encode(frame)) for frame in voice(2.0, seed)]).astype(float)
        shift = int(np.argmax(np.correlate(heard[4_000:12_400], said[4_000:12_000], "valid")))
        error = heard[4_000 + shift : 28_000] - said[4_000 : 28_000 - shift]
        distances.append(10 * np.log10(np.mean(said**2) / np.mean(error**2)))
    assert distances[0] > distances[1] - 1.0


@pytest.mark.parametrize("sources", [1, 2, 5])
async def test_a_browser_that_begins_anew_goes_on_with_its_books(monkeypatch: pytest.MonkeyPatch, sources: int) -> None:
    leg, browser = await talking(monkeypatch, FEC)
    coder = encoder("opus", opus=OPUS)
    for n, frame in enumerate(voice(2.0 * sources)):
        if n % 10 != 5:
            browser.says(n % 100 + 7919 * (n // 100), coder.encode(frame), 0.02 * n, ssrc=1 + n // 100)
        leg.pull(0.02 * n + 0.01)
    figures = leg.figures
    assert (figures.received, figures.lost) == (90 * sources, 10 * sources)
    assert figures.quality is not None and figures.quality.loss == pytest.approx(0.1, abs=0.03)
    await leg.close()


@pytest.mark.parametrize("held", [25, 40])
async def test_what_a_browser_s_network_brings_too_late_is_in_its_books(
    monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    leg, browser = await talking(monkeypatch, FEC)
    coder = encoder("opus", opus=OPUS)
    packets = [coder.encode(frame) for frame in voice(6.0)]
    for n in range(len(packets)):
        for due in range(100, 101 + held) if n == 100 + held else [n] if not 100 <= n < 100 + held else []:
            browser.says(due, packets[due], 0.02 * n)
        leg.pull(0.02 * n + 0.01)
    figures = leg.figures
    assert figures.metrics is not None and figures.playout.late >= held - 15
    assert figures.metrics.discard_rate == int(256 * figures.playout.late / (len(packets) - 64))
    await leg.close()
