"""The WebRTC leg with browsers: voices both ways, losses, browsers that vanish, offers that are none."""

import asyncio
import logging
import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aioice.ice
import numpy as np
import pytest

from gateway.legs import webrtc
from gateway.legs.webrtc import LegRefused, WebRtcLeg
from tests.end_to_end.hearing import HEARD, NOT_HEARD, delay, hears
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.peers.stock_aiortc import StockBrowser
from tests.end_to_end.peers.ticker import Ticker
from tests.end_to_end.speech import RATE, Samples, Voice, silence, speech

ALLISON = speech(Voice.ALLISON, 9)
JUNE = speech(Voice.JUNE, 9)

PAGE = """
async () => {
  const microphone = await navigator.mediaDevices.getUserMedia(
    {audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
  const connection = new RTCPeerConnection({iceServers: []});
  microphone.getTracks().forEach(track => connection.addTrack(track, microphone));
  connection.ontrack = event => {
    const audio = new Audio(); audio.srcObject = event.streams[0]; audio.play(); window.audio = audio; };
  await connection.setLocalDescription(await connection.createOffer());
  const gathered = new Promise(done => connection.onicecandidate = event => event.candidate || done());
  await Promise.race([gathered, new Promise(done => setTimeout(done, 2000))]);
  window.connection = connection;
  return connection.localDescription.sdp;
}
"""


@dataclass
class Remains:
    """What a process holds."""

    tasks: set["asyncio.Task[object]"]
    threads: set[threading.Thread]
    files: int

    @classmethod
    def now(cls) -> "Remains":
        threads = {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}
        return cls(asyncio.all_tasks(), threads, len(os.listdir("/proc/self/fd")))


@contextmanager
def nothing_remains() -> Iterator[None]:
    """What is done inside leaves no task, no thread and no socket."""
    before = Remains.now()
    yield
    after = Remains.now()
    assert after.tasks == before.tasks
    assert after.threads == before.threads
    assert after.files == before.files


async def test_both_hear_each_other() -> None:
    leg = WebRtcLeg()
    async with StockBrowser(ALLISON) as browser:
        await browser.call(leg)
        async with Ticker(leg, JUNE) as ticker:
            await asyncio.sleep(6)
        assert hears(ticker.heard, ALLISON) > HEARD
        assert hears(ticker.heard, JUNE) < NOT_HEARD
        assert hears(browser.heard, JUNE) > HEARD
        assert hears(browser.heard, ALLISON) < NOT_HEARD
    await leg.close()


async def test_nothing_remains_of_a_call() -> None:
    with nothing_remains():
        leg = WebRtcLeg()
        async with StockBrowser(ALLISON) as browser:
            await browser.call(leg)
            assert not [thread for thread in threading.enumerate() if thread.name == "audio-decoder"][1:], (
                "one decoder is the browser's, none is ours"
            )
            async with Ticker(leg, JUNE):
                await asyncio.sleep(0.5)
            await leg.close()


async def test_reports_are_true_both_ways() -> None:
    """RTCP: what the browser sent and we got, what we sent and it got, and how long the way is."""
    leg = WebRtcLeg()
    async with StockBrowser(ALLISON) as browser:
        await browser.call(leg)
        browser.lose(20, 21)
        async with Ticker(leg, JUNE):
            await until(lambda: leg.figures.peer.round_trip_s is not None, "a round trip was measured")
            await asyncio.sleep(1.6)  # one more report of each, at the latest
        ours = await browser.report("remote-outbound-rtp")
        received = await browser.report("remote-inbound-rtp")
        assert 0 <= leg.figures.peer.packets_sent - ours.packetsSent < 100
        assert ours.bytesSent > 0
        assert received.packetsLost == 2
        assert 0 <= received.roundTripTime < 0.2
        assert leg.figures.peer.round_trip_s is not None
        assert 0 <= leg.figures.peer.round_trip_s < 0.2
    await leg.close()


def lag(recording: Samples, sent: Samples, start_s: float) -> float:
    """s by which two seconds of the recording, from `start_s` on, come after the same two of what was sent."""
    window = recording[int(start_s * RATE) : int((start_s + 2) * RATE)]
    place = delay(sent, window)
    return start_s - place / RATE


async def test_a_lost_packet_adds_no_delay() -> None:
    """aiortc's own buffer stalls for 280 ms here, and stays behind by that much."""
    leg = WebRtcLeg()
    async with StockBrowser(ALLISON) as browser:
        await browser.call(leg)
        async with Ticker(leg) as ticker:
            await asyncio.sleep(3)
            browser.lose(0)
            await asyncio.sleep(4)
        jitter = leg.figures.playout.target_ms / 1000  # a machine that is busy elsewhere delivers late by itself
    await leg.close()
    assert leg.figures.playout.lost == 1
    assert lag(ticker.heard, ALLISON, 4.5) - lag(ticker.heard, ALLISON, 0.5) < 0.040 + jitter


async def test_a_browser_that_leaves_is_told_at_once() -> None:
    left = asyncio.Event()
    leg = WebRtcLeg()
    leg.on_closed = left.set
    async with StockBrowser(ALLISON) as browser:
        await browser.call(leg)
    await asyncio.wait_for(left.wait(), 2)
    await leg.close()
    assert leg.figures.state == "closed"
    assert not np.any(leg.pull(0.0))


async def test_a_browser_that_vanishes_is_told_when_it_was_silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc, "SILENT_FOR_S", 1.0)
    left = asyncio.Event()
    with nothing_remains():
        leg = WebRtcLeg()
        leg.on_closed = left.set
        async with StockBrowser(ALLISON) as browser:
            await browser.call(leg)
            async with Ticker(leg, JUNE):
                await asyncio.sleep(1.5)
                assert not left.is_set()
                browser.vanish()
                await asyncio.wait_for(left.wait(), 3)
        await leg.close()


async def test_a_browser_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc, "SILENT_FOR_S", 0.5)
    left = asyncio.Event()
    with nothing_remains():
        leg = WebRtcLeg()
        leg.on_closed = left.set
        async with StockBrowser(ALLISON) as browser:
            await leg.answer(browser.offer)
            await asyncio.wait_for(left.wait(), 3)
            await leg.close()


async def test_a_leg_closed_by_us_says_nothing_and_can_be_closed_again() -> None:
    left = asyncio.Event()
    leg = WebRtcLeg()
    leg.on_closed = left.set
    async with StockBrowser(ALLISON) as browser:
        await browser.call(leg)
        await leg.close()
        await leg.close()
        leg.push(leg.pull(0.0))
        await until(lambda: browser.connection.connectionState == "closed", "the browser knows")
    assert not left.is_set()


async def test_offers_that_cannot_be_answered_leave_nothing() -> None:
    with nothing_remains():
        for sdp in ("", "hello", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n"):
            with pytest.raises(LegRefused):
                await WebRtcLeg().answer(sdp)
        async with StockBrowser(ALLISON) as browser:
            with pytest.raises(LegRefused) as refusal:
                await WebRtcLeg().answer(browser.offer, "answer")
    assert str(refusal.value) == "A session description of type 'offer' is expected, not 'answer'."


async def test_damaged_offers_are_refused_or_answered_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    random_ = random.Random(4)
    refused = 0
    async with StockBrowser(ALLISON) as browser:
        offer = browser.offer
    with nothing_remains():
        for _ in range(60):
            at, length = random_.randrange(len(offer)), random_.randint(1, 12)
            junk = "".join(chr(random_.randrange(32, 127)) for _ in range(length))
            leg = WebRtcLeg()
            try:
                await leg.answer(offer[:at] + junk + offer[at + length :])
            except LegRefused:
                refused += 1
            await leg.close()
    assert refused > 3
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_junk_on_the_port_does_not_hurt(caplog: pytest.LogCaptureFixture) -> None:
    """The empty and the oversized datagram each end a stock aiortc connection."""
    random_ = random.Random(5)
    leg = WebRtcLeg()
    async with StockBrowser(ALLISON) as browser:
        answer = await leg.answer(browser.offer)
        candidate = next(line.split() for line in answer.splitlines() if line.startswith("a=candidate"))
        address = (candidate[4], int(candidate[5]))
        junk = [
            b"",
            b"\x80" * 1600,
            b"\x16" * 1600,
            b"\x80\x60",
            b"\x80\xc8\x00\x06" + bytes(24),
            b"\x17\xfe\xfd" + bytes(20),
        ]
        junk += [b"\x00\x01\x00\x04\x21\x12\xa4\x42" + bytes(12) + b"\x00\x24\x00\x00"]
        junk += [random_.randbytes(random_.randint(0, 200)) for _ in range(100)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for data in junk:
                stranger.sendto(data, address)
            await asyncio.sleep(0.1)
            await browser.accept(answer)
            await until(lambda: leg.figures.state == "connected", "connected in spite of the junk")
            async with Ticker(leg, JUNE) as ticker:
                for data in junk:
                    stranger.sendto(data, address)
                await asyncio.sleep(4)
    assert hears(ticker.heard, ALLISON) > HEARD
    assert leg.figures.peer.junk > 20
    await leg.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_machine_with_loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice finds no address there, and offers nothing by itself."""
    async with StockBrowser(ALLISON) as browser:
        monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
        leg = WebRtcLeg()
        answer = await leg.answer(browser.offer)
        assert [line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate")] == ["127.0.0.1"]
    await leg.close()


async def test_a_voice_of_a_browser_that_only_speaks_is_heard() -> None:
    leg = WebRtcLeg()
    async with StockBrowser(ALLISON) as browser:
        await browser.accept(await leg.answer(browser.offer.replace("a=sendrecv", "a=sendonly")))
        await until(lambda: leg.figures.state == "connected", "the leg is connected")
        async with Ticker(leg, JUNE) as ticker:
            await asyncio.sleep(4)
    assert hears(ticker.heard, ALLISON) > HEARD
    assert leg.figures.peer.packets_sent == 0
    await leg.close()


async def test_chromium_and_the_leg_hear_each_other(lab: Lab, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>a page</title>")
    leg = WebRtcLeg()
    async with Chromium(lab, "page", ALLISON) as browser:
        await browser.page.goto(page.as_uri())
        answer = await leg.answer(await browser.page.evaluate(PAGE))
        await browser.page.evaluate("sdp => connection.setRemoteDescription({type: 'answer', sdp})", answer)
        await until(lambda: leg.figures.state == "connected", "the leg is connected")
        async with Ticker(leg, JUNE) as ticker:
            await browser.forget()
            await browser.has_heard(6)
        heard = await browser.heard()
    assert hears(ticker.heard, ALLISON) > HEARD
    assert hears(ticker.heard, JUNE) < NOT_HEARD
    assert hears(heard, JUNE) > HEARD
    assert hears(heard, ALLISON) < NOT_HEARD
    await leg.close()


async def test_a_chromium_that_dies_is_told(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc, "SILENT_FOR_S", 1.0)
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>a page</title>")
    left = asyncio.Event()
    leg = WebRtcLeg()
    leg.on_closed = left.set
    async with Chromium(lab, "page", silence(2)) as browser:
        await browser.page.goto(page.as_uri())
        answer = await leg.answer(await browser.page.evaluate(PAGE))
        await browser.page.evaluate("sdp => connection.setRemoteDescription({type: 'answer', sdp})", answer)
        await until(lambda: leg.figures.state == "connected", "the leg is connected")
        await asyncio.sleep(1.5)
        assert not left.is_set(), "a silent browser is still there"
        browser.vanish()
        await asyncio.wait_for(left.wait(), 4)
    await leg.close()
