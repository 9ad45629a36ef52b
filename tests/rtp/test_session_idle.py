"""A session that nobody gives frames to: the far end is held, or our bridge stood still."""

import numpy as np
import pytest

from gateway.rtp.packet import RtpPacket
from gateway.rtp.session import RtpSession
from tests.rtp.line import HERE, HERE_RTCP, Line, Stream, session, tone


def sent(one: RtpSession) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for data, _ in one.rtp_to_send()]


def run(one: RtpSession, now: float, until: float) -> list[RtpPacket]:
    """Nobody gives a frame; only the timer is served."""
    packets = []
    while (timer := one.get_timer()) is not None and timer <= until:
        one.handle_timer(max(timer, now))
        packets += sent(one)
    return packets


@pytest.mark.parametrize("ptime_ms", [20, 60])
@pytest.mark.parametrize("direction", ["sendrecv", "sendonly"])
def test_where_nobody_speaks_a_packet_of_silence_goes_out_each_second(direction: str, ptime_ms: int) -> None:
    one = session(Stream(direction=direction, ptime_ms=ptime_ms))
    for tick in range(150):
        one.push(tone(1)[0], tick * 0.02)
    (*_, last) = sent(one)
    silence = run(one, 3.0, 63.0)
    assert 50 <= len(silence) <= 60
    assert {packet.payload for packet in silence[1:]} == {b"\xff" * 160}
    assert all(packet.marker for packet in silence)
    steps = {b.timestamp - a.timestamp & 0xFFFFFFFF for a, b in zip(silence, silence[1:], strict=False)}
    assert steps == {8000}, "what passes is told by the timestamps"
    assert 8000 * 2 < silence[0].timestamp - last.timestamp & 0xFFFFFFFF <= 8000 * 9


@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_who_may_not_send_keeps_nothing_alive(direction: str) -> None:
    assert run(session(Stream(direction=direction)), 0.0, 60.0) == []


def test_as_long_as_somebody_speaks_no_silence_is_sent() -> None:
    wire = Line(session(), session(Stream(remote=HERE, remote_rtcp=HERE_RTCP), seed=2))
    for frame in tone(1000):
        wire.tick(frame, frame)
    assert wire.here.figures.sent == wire.there.figures.sent == 1000


def test_the_timestamps_go_on_over_frames_that_were_skipped() -> None:
    one = session()
    for at in (0.0, 0.02, 5.02, 5.04):
        one.push(tone(1)[0], at)
    packets = sent(one)
    assert [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(packets, packets[1:], strict=False)] == [
        160,
        40_000,
        160,
    ]
    assert [packet.marker for packet in packets] == [True, False, True, False]


@pytest.mark.parametrize("hold_s", [0.5, 2.0, 10.0])
def test_after_a_hold_nobody_hears_what_the_far_end_said_meanwhile(hold_s: float) -> None:
    """On a network without jitter, where what was said last is as late as it ever is."""
    wire = Line(session(), session(Stream(remote=HERE, remote_rtcp=HERE_RTCP), seed=2))
    for frame in tone(100):
        wire.tick(frame, frame)
    wire.here.update(Stream(direction="sendonly"), wire.now)
    for frame in tone(int(hold_s * 50), 1500.0):
        wire.there.push(frame, wire.now)
        wire.collect()
        wire.now += 0.02
        wire.deliver()
    wire.here.update(Stream(), wire.now)
    wire.heard_here.clear()
    for frame in tone(100, 300.0):
        wire.tick(frame, frame)
    heard = [int(np.count_nonzero(np.diff(np.signbit(frame)))) for frame in wire.heard_here]
    assert max(heard[3:]) <= 13, "20 ms of 300 Hz cross zero 12 times, of 1500 Hz 60 times"
    assert min(heard[3:]) >= 11
    assert wire.here.figures.playout.delay_ms <= 60
