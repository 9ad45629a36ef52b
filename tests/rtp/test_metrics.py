"""What is told of a voice, from the books about it."""

from dataclasses import replace

import pytest

from gateway.rtp import rtcp
from gateway.rtp.emodel import delay_impairment
from gateway.rtp.equipment import G711, OPUS
from gateway.rtp.figures import PlayoutFigures, SessionFigures
from gateway.rtp.metrics import PROCESSING_MS, measured, quality, received
from gateway.rtp.passage import Passage
from gateway.rtp.reception import Reception
from gateway.rtp.session import RtpSession
from gateway.rtp.xr import ExtendedReport
from tests.rtp.line import HERE, HERE_RTCP, THERE, THERE_RTCP, Line, Stream, session, tone


def reception(lost: frozenset[int] = frozenset(), trip: float | None = None) -> Reception:
    made = Reception(7, 8_000)
    for n in range(264):
        if n not in lost:
            made.receive(n, 160 * n, 0.02 * n)
    made.round_trip = trip
    return made


def test_a_clean_voice_is_rated_by_its_delay_only() -> None:
    metrics = measured(reception(trip=0.1), PlayoutFigures(delay_ms=40.0, target_ms=38.0), G711, 20)
    assert metrics == replace(
        metrics, ssrc=7, loss_rate=0, discard_rate=0, burst_density=0, gap_density=0, burst_duration=0, gmin=16
    )
    assert (metrics.round_trip, metrics.end_system) == (100, 80)
    assert (metrics.gap_duration, metrics.r_factor) == (4_000, round(93.2 - 3.2))
    assert (metrics.mos_lq, metrics.mos_cq) == (44, 43)
    assert (metrics.buffer_nominal, metrics.buffer_maximum, metrics.buffer_limit) == (38, 40, 300)


def test_losses_show() -> None:
    metrics = measured(reception(frozenset(range(50, 60))), PlayoutFigures(), G711, 30)
    assert metrics.loss_rate == int(256 * 10 / 200)
    assert metrics.burst_density == 255
    assert metrics.burst_duration == 300
    assert metrics.gap_density == 0
    assert metrics.r_factor == pytest.approx(93.2 - 95 * 5 / (5 / 9.5 + 25.1) - 0.8, abs=1)


def test_packets_too_late_for_their_turn_show() -> None:
    made = reception()
    for n in range(205, 215):
        made.discard(n)
    for n in range(264, 400):
        made.receive(n, 160 * n, 0.02 * n)
    metrics = measured(made, PlayoutFigures(), G711, 20)
    assert (metrics.loss_rate, metrics.discard_rate) == (0, int(256 * 10 / 336))


def test_what_redundancy_brought_back_is_no_loss_to_the_ear() -> None:
    made = reception(frozenset(range(50, 150, 10)))
    assert quality(made, PlayoutFigures(), OPUS, 20).loss == pytest.approx(0.05)
    assert quality(made, PlayoutFigures(recovered_ms=160), OPUS, 20).loss == pytest.approx(0.01)
    assert quality(made, PlayoutFigures(recovered_ms=2_000), OPUS, 20).loss == 0
    assert measured(made, PlayoutFigures(recovered_ms=160), OPUS, 20).loss_rate == int(256 * 0.05)


def test_delay_is_half_the_round_trip_and_what_both_ends_take() -> None:
    told = quality(reception(trip=0.2), PlayoutFigures(delay_ms=60.0), G711, 20)
    assert told.delay_ms == 100 + 60 + PROCESSING_MS
    assert told.r == pytest.approx(93.2 - delay_impairment(200) + delay_impairment(0), abs=0.05)


def test_how_it_is_now_forgets_how_it_was() -> None:
    made = reception(frozenset(range(20, 120)))
    for n in range(264, 900):
        made.receive(n, 160 * n, 0.02 * n)
    whole, now = (quality(made, PlayoutFigures(), G711, 20, recent=recent) for recent in (False, True))
    assert whole.mos_lq < 4.0
    assert now.mos_lq == pytest.approx(4.41, abs=0.01)


def test_the_field_of_r_ends_at_100_and_wideband_opinions_do_not_exceed_theirs() -> None:
    """:rfc:`3611#section-4.7.5`: values beyond must not be sent."""
    metrics = measured(reception(), PlayoutFigures(), OPUS, 20)
    assert metrics.r_factor == 100
    assert 10 <= metrics.mos_lq <= 50
    assert quality(reception(), PlayoutFigures(), OPUS, 20).r > 100


def test_before_anybody_speaks_nothing_is_rated() -> None:
    assert received(None, PlayoutFigures(), G711, 20, Passage()) == SessionFigures(PlayoutFigures())


def test_each_end_learns_how_it_is_heard() -> None:
    """Over a wire that loses every tenth packet one way."""
    count = iter(range(10_000))
    both = replace(Stream(), xr=True)
    wire = Line(
        session(both, seed=1),
        session(replace(both, remote=HERE, remote_rtcp=HERE_RTCP), seed=2),
        lambda: None if next(count) % 20 == 4 else 0.003,
    )
    for frame in tone(700):
        wire.tick(frame, frame)
    here, there = wire.here.figures, wire.there.figures
    for told, seen in ((here.far_metrics, there.metrics), (there.far_metrics, here.metrics)):
        assert told is not None
        assert seen is not None
        assert told.loss_rate == pytest.approx(seen.loss_rate, abs=4)
        assert 1 <= told.mos_cq <= 50
    assert here.far_metrics is not None
    assert here.far_metrics.loss_rate > 0


def test_metrics_are_sent_to_who_takes_them_only() -> None:
    assert [
        any(isinstance(p, ExtendedReport) for p in reported(session(replace(Stream(), xr=xr)))) for xr in (False, True)
    ] == [
        False,
        True,
    ]


def test_metrics_about_somebody_else_are_not_ours() -> None:
    one = session(replace(Stream(), xr=True))
    reported(one)
    metrics = one.figures.metrics
    assert metrics is not None
    one.receive_rtcp(bytes(ExtendedReport(5, (metrics,))), THERE_RTCP, 1.0)
    assert one.figures.far_metrics is None


def reported(one: RtpSession) -> list[rtcp.RtcpPacket]:
    """The first report after some voice came."""
    source = session(replace(Stream(), remote=HERE), seed=2)
    for n, frame in enumerate(tone(10)):
        source.push(frame, 0.02 * n)
        for data, _ in source.rtp_to_send():
            one.receive_rtp(data, THERE, 0.02 * n)
    one.handle_timer(20.0)
    return rtcp.parse(one.rtcp_to_send()[0][0])
