"""The RTP leg over a wire of its own: two legs, no socket, no waiting. Sockets: tests/end_to_end/test_rtp_leg.py."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gateway.codecs import OpusSettings
from gateway.legs import rtp
from gateway.legs.port_pair import NoPorts
from gateway.legs.rtp import RtpLeg
from gateway.legs.udp import Address, Receive
from gateway.legs.voice_policy import VoicePolicy
from gateway.sdp.media import Format, MediaSession, SdesSession, Srtp
from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, Frame

HOST = "192.0.2.1"
ULAW, ALAW, EVENT = Format(0, "PCMU", 8_000), Format(8, "PCMA", 8_000), Format(101, "telephone-event", 8_000)


class Wire:
    """Ports of one host that are always free; what is sent arrives at once, unless lost."""

    def __init__(self) -> None:
        self.pairs: dict[int, WirePair] = {}
        self.carried: list[tuple[str, bytes]] = []
        self.lost = False

    def bind(self, host: str, ports: tuple[int, int] | None) -> "WirePair":
        first = ports[0] if ports else 40_000
        port = next(p for p in itertools.count(first, 2) if p not in self.pairs)
        if ports and port > ports[1]:
            raise NoPorts("none left")
        self.pairs[port] = WirePair(self, port)
        return self.pairs[port]


class WirePair:
    """Two ports on the wire."""

    def __init__(self, wire: Wire, port: int) -> None:
        self.port = port
        self._wire = wire
        self._receive: tuple[Receive, Receive] | None = None

    def listen(self, on_rtp: Receive, on_rtcp: Receive) -> None:
        self._receive = (on_rtp, on_rtcp)

    def poll(self) -> None:
        """Nothing waits: it was delivered when it was sent."""

    def send_rtp(self, data: bytes, to: Address) -> None:
        self._send(data, to, "RTP", 0)

    def send_rtcp(self, data: bytes, to: Address) -> None:
        self._send(data, to, "RTCP", 1)

    def _send(self, data: bytes, to: Address, kind: str, offset: int) -> None:
        self._wire.carried.append((kind, data))
        far = self._wire.pairs.get(to[1] - offset)
        if far is not None and not self._wire.lost:
            far.deliver(offset, data, (HOST, self.port + offset))

    def deliver(self, which: int, data: bytes, source: Address) -> None:
        if self._receive is not None:
            self._receive[which](data, source, asyncio.get_running_loop().time())

    def close(self) -> None:
        self._receive = None
        del self._wire.pairs[self.port]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()

    class Bound:
        bind = staticmethod(made.bind)

    monkeypatch.setattr(rtp, "PortPair", Bound)
    return made


@pytest.fixture
async def legs(wire: Wire) -> AsyncIterator[tuple[RtpLeg, RtpLeg]]:
    """Two legs in a call with each other."""
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.start(towards(far))
        far.start(towards(near))
        yield near, far


def towards(
    leg: RtpLeg, codec: Format = ULAW, direction: str = "sendrecv", event: Format | None = EVENT
) -> MediaSession:
    """What offer and answer come to, seen from the other end of `leg`."""
    port = leg.media().port
    return MediaSession((HOST, port), (HOST, port + 1), codec, (codec,), event, direction, receive_events=(EVENT,))


def tone(tick: int, hz: int = 440) -> Frame:
    """20 ms of a tone that goes on from tick to tick."""
    phase = 2 * np.pi * hz * (np.arange(FRAME_SAMPLES) + tick * FRAME_SAMPLES) / SAMPLE_RATE
    return (8_000 * np.sin(phase)).astype(np.int16)


def pitch(frames: list[Frame]) -> float:
    """Hz, of what is loudest."""
    samples = np.concatenate(frames)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(samples))


def talk(speaker: RtpLeg, listener: RtpLeg, ticks: int = 25, hz: int = 440) -> list[Frame]:
    """What the listener hears of a tone."""
    heard = []
    for tick in range(ticks):
        speaker.push(tone(tick, hz))
        heard.append(listener.pull(asyncio.get_running_loop().time()))
    return heard


def test_before_it_is_bound_a_leg_has_no_media() -> None:
    async def ask() -> None:
        RtpLeg(HOST).media()

    with pytest.raises(AssertionError, match=r"outside of the leg's block"):
        asyncio.run(ask())


async def test_where_it_receives_is_known_before_the_call(wire: Wire) -> None:
    async with RtpLeg(HOST, (16_384, 16_390)) as leg:
        media = leg.media(("PCMA",))
        assert (media.host, media.port, media.codecs) == (HOST, 16_384, ("PCMA",))


async def test_a_range_without_a_free_pair_is_told(wire: Wire) -> None:
    async with RtpLeg(HOST, (16_384, 16_385)):
        with pytest.raises(NoPorts, match="none left"):
            async with RtpLeg(HOST, (16_384, 16_385)):
                pass


async def test_before_the_voice_path_is_negotiated_there_is_silence(wire: Wire) -> None:
    async with RtpLeg(HOST) as leg:
        leg.push(tone(0))
        assert not np.any(leg.pull(0.0))
        assert leg.figures is None
    assert wire.carried == []


@pytest.mark.parametrize("codec", [ULAW, ALAW])
async def test_both_hear_each_other(wire: Wire, codec: Format) -> None:
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.start(towards(far, codec))
        far.start(towards(near, codec))
        assert pitch(talk(near, far, hz=440)[5:]) == pytest.approx(440, abs=30)
        assert pitch(talk(far, near, hz=1_000)[5:]) == pytest.approx(1_000, abs=30)


async def test_every_frame_is_one_packet(legs: tuple[RtpLeg, RtpLeg], wire: Wire) -> None:
    near, far = legs
    talk(near, far, 10)
    assert [kind for kind, _ in wire.carried] == ["RTP"] * 10
    assert {len(data) for _, data in wire.carried} == {172}


async def test_a_digit_is_heard_once(legs: tuple[RtpLeg, RtpLeg]) -> None:
    near, far = legs
    heard: list[str] = []
    far.on_digit = heard.append
    near.send_digit("5")
    near.send_digit("#")
    talk(near, far, 30)
    assert heard == ["5", "#"]


async def test_a_digit_that_cannot_be_sent_is_told(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.send_digit("5")
        near.start(towards(far))
        near.send_digit("x")
        near.hold_digit("!")
    assert [record.getMessage() for record in caplog.records] == [
        "digit 5 is not sent: the voice path is not open yet",
        "'x' is no digit; expected one of 0123456789*#ABCD!",
        "cannot send digit '!': the far end does not take event 16",
    ]


async def test_junk_is_counted(legs: tuple[RtpLeg, RtpLeg], wire: Wire) -> None:
    near, far = legs
    source = (HOST, far.media().port)
    pair = wire.pairs[near.media().port]
    for data in (b"", b"\x80", b"junk that is no RTP at all", bytes(12)):
        pair.deliver(0, data, source)
        pair.deliver(1, data, source)
    assert near.figures is not None
    assert near.figures.junk >= 4
    assert pitch(talk(far, near)[5:]) == pytest.approx(440, abs=30)


async def test_a_hold_is_silent_and_its_end_is_not(legs: tuple[RtpLeg, RtpLeg], wire: Wire) -> None:
    near, far = legs
    near.start(towards(far, direction="inactive"))
    wire.carried.clear()
    talk(near, far, 5)
    assert wire.carried == []
    near.start(towards(far))
    assert len(talk(near, far, 5)) == len(wire.carried) == 5


async def test_the_end_is_said_in_rtcp_and_the_figures_stay(wire: Wire) -> None:
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        left: list[bool] = []
        far.on_left = lambda: left.append(True)
        near.start(towards(far))
        far.start(towards(near))
        talk(near, far, 5)
        near.close()
        near.close()
        assert left == [True]
        assert near.figures is not None
        assert near.figures.sent == 5
        assert list(wire.pairs) == [far.media().port]
        near.push(tone(0))
        assert not np.any(near.pull(0.0))
    assert wire.pairs == {}


async def test_plain_rtp_is_all_that_is_offered_unless_asked_for(wire: Wire) -> None:
    async with RtpLeg(HOST) as leg:
        media = leg.media()
        assert (media.srtp, media.keys, media.dtls, media.ice, media.rtcp_mux, media.xr) == (
            Srtp.OFF,
            (),
            None,
            None,
            False,
            False,
        )


async def test_keys_certificate_and_candidates_last_as_long_as_the_leg(wire: Wire) -> None:
    policy = VoicePolicy(Srtp.OPTIONAL, dtls=True, ice=True, rtcp_mux=True, xr=True)
    async with RtpLeg(HOST, policy=policy) as leg, RtpLeg(HOST, policy=policy) as other:
        media = leg.media()
        assert leg.media() == media
        assert [key.suite for key in media.keys][:2] == ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
        assert len({key.key_and_salt for key in (*media.keys, *other.media().keys)}) == 2 * len(media.keys)
        assert media.ice is not None
        assert [value.split()[4:6] for value in media.ice.candidates] == [
            [HOST, str(media.port)],
            [HOST, str(media.port + 1)],
        ]
        assert media.dtls is not None
        assert media.dtls == other.media().dtls
        assert (media.rtcp_mux, media.xr) == (True, True)
        for key in media.keys:
            assert repr(key.key_and_salt) not in repr(media)
        assert media.ice.pwd not in repr(media)


async def test_a_leg_says_what_it_wants_of_voice(wire: Wire) -> None:
    policy = VoicePolicy(codec_order="ours", silence_suppression=True, opus=OpusSettings(sample_rate=8_000))
    async with RtpLeg(HOST) as plain, RtpLeg(HOST, policy=policy) as leg:
        one, other = plain.media(), leg.media(("opus", "L16"))
        assert (one.codec_order, one.comfort_noise, one.opus) == (
            "theirs",
            False,
            "maxplaybackrate=16000;useinbandfec=1",
        )
        assert (other.codec_order, other.comfort_noise, other.opus) == (
            "ours",
            True,
            "maxplaybackrate=8000;useinbandfec=1",
        )
        assert other.codecs == ("opus", "L16")


async def test_a_handshake_needs_encryption_to_be_wanted(wire: Wire) -> None:
    async with RtpLeg(HOST, policy=VoicePolicy(dtls=True)) as leg:
        assert leg.media().dtls is None


async def test_a_host_that_is_no_address_has_no_candidates(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    async with RtpLeg("0.0.0.0", advertise="phone.example.com", policy=VoicePolicy(ice=True)) as leg:
        assert leg.media().ice is None
    assert "no ICE: phone.example.com is no address that could be a candidate" in caplog.text


async def test_a_protected_voice_is_heard_and_cannot_be_read(wire: Wire) -> None:
    policy = VoicePolicy(Srtp.MANDATORY)
    async with RtpLeg(HOST, policy=policy) as near, RtpLeg(HOST, policy=policy) as far:
        ours, theirs = near.media().keys[0], far.media().keys[0]
        near.start(replace(towards(far), security=SdesSession(ours, theirs)))
        far.start(replace(towards(near), security=SdesSession(theirs, ours)))
        assert pitch(talk(near, far)[5:]) == pytest.approx(440, abs=30)
        assert {len(data) for _, data in wire.carried} == {182}
        assert far.figures is not None
        assert far.figures.srtp == "AES_CM_128_HMAC_SHA1_80"


async def test_a_suite_that_is_none_is_told_to_who_starts_it(wire: Wire) -> None:
    async with RtpLeg(HOST, policy=VoicePolicy(Srtp.MANDATORY)) as near, RtpLeg(HOST) as far:
        bad = replace(near.media().keys[0], suite="F8_128_HMAC_SHA1_80")
        with pytest.raises(ValueError, match="^SRTP suite 'F8_128_HMAC_SHA1_80' is not one of "):
            near.start(replace(towards(far), security=SdesSession(bad, bad)))


async def test_digits_are_tones_where_the_far_end_takes_no_events(wire: Wire) -> None:
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        for leg, other in ((near, far), (far, near)):
            leg.start(replace(towards(other, event=None), receive_events=()))
            assert not leg.takes_events
        heard: list[str] = []
        ended: list[tuple[str, int]] = []
        far.on_digit, far.on_digit_ended = heard.append, lambda *each: ended.append(each)
        near.send_digit("4")
        near.send_digit("#", 200)
        talk(near, far, 40)
        assert heard == ["4", "#"]
        assert [digit for digit, _ in ended] == ["4", "#"]
        far.hear_no_tones()
        near.send_digit("5")
        talk(near, far, 20)
        assert heard == ["4", "#"]


async def test_a_key_is_as_long_as_it_is_held(legs: tuple[RtpLeg, RtpLeg]) -> None:
    near, far = legs
    assert near.takes_events
    ended: list[tuple[str, int]] = []
    far.on_digit_ended = lambda *each: ended.append(each)
    near.hold_digit("2")
    talk(near, far, 20)
    near.release_digit()
    talk(near, far, 5)
    assert ended == [("2", 420)]


async def test_stun_without_ice_is_junk(legs: tuple[RtpLeg, RtpLeg], wire: Wire) -> None:
    near, far = legs
    wire.pairs[near.media().port].deliver(0, bytes.fromhex("000100002112a442") + bytes(12), (HOST, far.media().port))
    assert near.figures is not None
    assert near.figures.junk == 1


class Clock:
    """The loop's timers, by hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patch: pytest.MonkeyPatch) -> None:
        self.now = loop.time()
        self._due: list[tuple[float, Any]] = []
        patch.setattr(loop, "time", lambda: self.now)
        patch.setattr(loop, "call_at", self._call_at)

    def _call_at(self, when: float, callback: Any) -> Any:
        clock = self

        class Handle:
            def when(self) -> float:
                return when

            def cancel(self) -> None:
                clock._due = [entry for entry in clock._due if entry[1] is not self]  # noqa: SLF001 - its own

        handle = Handle()
        self._due.append((when, handle))
        handle.run = callback  # type: ignore[attr-defined]
        return handle

    def advance(self, seconds: float) -> None:
        """Let the time pass, and every timer that is due in it."""
        end = self.now + seconds
        while due := [entry for entry in self._due if entry[0] <= end]:
            when, handle = min(due, key=lambda entry: entry[0])
            self._due.remove((when, handle))
            self.now = when
            handle.run()
        self.now = end


async def test_reports_go_on_as_long_as_the_call(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(asyncio.get_running_loop(), monkeypatch)
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.start(replace(towards(far), direction="inactive"))
        clock.advance(60)
        assert 6 <= len(wire.carried) <= 25
        assert {kind for kind, _ in wire.carried} == {"RTCP"}
    wire.carried.clear()
    clock.advance(60)
    assert wire.carried == []


async def test_whom_we_hold_is_told_by_silence_that_we_are_there(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(asyncio.get_running_loop(), monkeypatch)
    silences: list[float] = []
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.start(replace(towards(far), direction="sendonly"))
        far.start(replace(towards(near), direction="recvonly"))
        clock.advance(10)
        far.on_silent = lambda: silences.append(clock.now)
        clock.advance(120)
        assert silences == []
        assert far.figures is not None
        assert 110 <= far.figures.received <= 130


async def test_a_far_end_that_falls_silent_is_told_once(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock(asyncio.get_running_loop(), monkeypatch)
    silences: list[float] = []
    async with RtpLeg(HOST) as near, RtpLeg(HOST) as far:
        near.start(towards(far))
        far.start(towards(near))
        near.on_silent = lambda: silences.append(clock.now)
        for _ in range(500):
            clock.advance(0.02)
            far.push(tone(0))
        assert silences == []
        far.start(replace(towards(near), direction="recvonly"))
        clock.advance(30)
        assert len(silences) == 1
        far.start(towards(near))
        far.push(tone(0))
        far.start(replace(towards(near), direction="recvonly"))
        clock.advance(30)
        assert len(silences) == 2
    assert "nothing comes from the far end" in caplog.text
