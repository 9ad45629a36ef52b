"""The RTP leg on real sockets: voices, ports that are free afterwards, a socket that is lost."""

# ruff: noqa: SLF001 - sockets are taken away from the inside

import asyncio
import errno
import logging
import os
import random
import re
import socket

import pytest

from gateway.legs.port_pair import NoPorts, PortPair
from gateway.legs.rtp import RtpLeg
from gateway.sdp.media import Format, MediaSession
from tests.end_to_end.hearing import HEARD, NOT_HEARD, hears
from tests.end_to_end.lab import LOOPBACK, free_media_ports, until
from tests.end_to_end.peers.ticker import Ticker
from tests.end_to_end.speech import Voice, speech
from tests.end_to_end.test_webrtc_leg import nothing_remains

ULAW, EVENT = Format(0, "PCMU", 8_000), Format(101, "telephone-event", 8_000)
ALLISON = speech(Voice.ALLISON, 9)
JUNE = speech(Voice.JUNE, 9)


def towards(leg: RtpLeg) -> MediaSession:
    """What offer and answer come to, seen from the other end of `leg`."""
    port = leg.media().port
    remote = (LOOPBACK, port)
    return MediaSession(remote, (LOOPBACK, port + 1), ULAW, (ULAW,), EVENT, "sendrecv", receive_events=(EVENT,))


def meet(near: RtpLeg, far: RtpLeg) -> None:
    near.start(towards(far))
    far.start(towards(near))


async def test_both_hear_each_other() -> None:
    with nothing_remains():
        async with RtpLeg(LOOPBACK) as near, RtpLeg(LOOPBACK) as far:
            meet(near, far)
            async with Ticker(near, ALLISON) as here, Ticker(far, JUNE) as there:
                await asyncio.sleep(6)
            figures = near.figures
            assert figures is not None
    assert hears(here.heard, JUNE) > HEARD
    assert hears(here.heard, ALLISON) < NOT_HEARD
    assert hears(there.heard, ALLISON) > HEARD
    assert figures.junk == 0


async def test_ports_are_side_by_side_and_free_at_once() -> None:
    first = free_media_ports()
    sentence = f"No pair of UDP ports between {first} and {first + 1} is free on 127.0.0.1 for RTP and RTCP."
    for _ in range(20):
        async with RtpLeg(LOOPBACK, (first, first + 1)) as leg:
            assert leg.media().port == first
            with pytest.raises(NoPorts, match=re.escape(sentence)):
                PortPair.bind(LOOPBACK, (first, first + 1))


async def test_a_pair_with_one_port_taken_is_passed_over() -> None:
    first = free_media_ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, first + 1))
        async with RtpLeg(LOOPBACK, (first, first + 3)) as leg:
            assert leg.media().port == first + 2


async def test_wherever_the_system_likes_is_even_too() -> None:
    async with RtpLeg(LOOPBACK) as one, RtpLeg(LOOPBACK) as two:
        assert one.media().port % 2 == two.media().port % 2 == 0


async def test_an_address_that_is_not_ours_is_told() -> None:
    sentence = f"No RTP port can be bound on 203.0.113.1: {os.strerror(errno.EADDRNOTAVAIL)}."
    with nothing_remains(), pytest.raises(NoPorts, match=re.escape(sentence)):
        async with RtpLeg("203.0.113.1", (16_384, 32_766)):
            pass


async def test_junk_does_not_hurt() -> None:
    random_ = random.Random(6)
    async with RtpLeg(LOOPBACK) as near, RtpLeg(LOOPBACK) as far:
        meet(near, far)
        port = near.media().port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            async with Ticker(near) as here, Ticker(far, JUNE):
                for _ in range(300):
                    junk = random_.randbytes(random_.choice([0, 1, 11, 12, 172, 3_000]))
                    stranger.sendto(junk, (LOOPBACK, port + random_.randrange(2)))
                    stranger.sendto(b"\x80\x00" + random_.randbytes(170), (LOOPBACK, port))
                    await asyncio.sleep(0.01)
        figures = near.figures
        assert figures is not None
        assert figures.junk + figures.unknown + figures.strangers > 400
    assert hears(here.heard, JUNE) > HEARD


async def test_a_far_end_without_a_port_is_spoken_to_in_vain(caplog: pytest.LogCaptureFixture) -> None:
    """ICMP port unreachable, an address nobody routes, and a port that is none: at most one line each call."""
    for remote in ((LOOPBACK, free_media_ports()), ("255.255.255.255", 9), (LOOPBACK, 0)):
        caplog.clear()
        async with RtpLeg(LOOPBACK) as leg:
            leg.start(MediaSession(remote, (remote[0], remote[1] + 1), ULAW, (ULAW,), None, "sendrecv"))
            async with Ticker(leg, ALLISON):
                await asyncio.sleep(0.3)
        assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) <= 1


async def test_a_lost_socket_is_told_once_and_opened_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with nothing_remains():
        async with RtpLeg(LOOPBACK) as near, RtpLeg(LOOPBACK) as far:
            meet(near, far)
            pair = near._ports
            assert pair is not None
            async with Ticker(near, ALLISON) as here, Ticker(far, JUNE) as there:
                await asyncio.sleep(0.5)
                lost = pair._bound
                os.close(lost[0].fileno())
                await until(lambda: pair._bound is not lost, "the port is open again")
                lost_at = here.seconds
                await asyncio.sleep(4)
    after = int((lost_at + 0.5) * 8_000)
    assert hears(here.heard[after:], JUNE) > HEARD
    assert hears(there.heard[after:], ALLISON) > HEARD
    told = [record.getMessage() for record in caplog.records if record.name == "gateway.legs.port_pair"]
    assert len(told) == 2
    assert told[0].endswith("[Errno 9] Bad file descriptor")
    assert told[1].endswith("opened again")


async def test_a_port_that_is_gone_for_good_leaves_the_leg_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.legs.port_pair.REOPEN_AFTER_S", 0.02)
    with nothing_remains():
        async with RtpLeg(LOOPBACK) as leg:
            pair = leg._ports
            assert pair is not None
            leg.start(towards(leg))
            lost = pair._bound
            os.close(lost[0].detach())
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
                thief.bind((LOOPBACK, pair.port))
                async with Ticker(leg, ALLISON):
                    await asyncio.sleep(0.3)
                    assert pair._bound is lost, "its port is somebody else's"
            await until(lambda: pair._bound is not lost, "the port is open again")


async def test_digits_cross() -> None:
    async with RtpLeg(LOOPBACK) as near, RtpLeg(LOOPBACK) as far:
        meet(near, far)
        heard: list[str] = []
        near.on_digit = heard.append
        async with Ticker(near), Ticker(far):
            for digit in "0142#":
                far.send_digit(digit)
            await until(lambda: heard == list("0142#"), "five digits were heard")
