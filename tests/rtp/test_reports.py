"""When RTCP is sent, what is in it, and what is made of the far end's."""

import random

import pytest

from gateway.rtp import rtcp
from gateway.rtp.reception import Reception
from gateway.rtp.reports import Reports
from gateway.rtp.rtcp import Goodbye, ReceiverReport, ReportBlock, SenderReport, SourceDescription
from gateway.rtp.xr import ExtendedReport, VoipMetrics

OURS, THEIRS = 0x11, 0x22


def sender(packets: int = 0) -> SenderReport:
    return SenderReport(OURS, 0, 160 * packets, packets, 160 * packets)


def books() -> Reception:
    reception = Reception(THEIRS, 8000)
    for n in (1, 2, 4):
        reception.receive(n, 160 * n, 0.02 * n)
    return reception


def reports(seed: int = 1) -> Reports:
    return Reports("phone@base", random.Random(seed), 0.0)


def test_the_first_report_is_due_after_half_an_interval() -> None:
    first = [reports(seed).timer or 0.0 for seed in range(200)]
    assert min(first) > 0.5 * 2.5 / 1.23
    assert max(first) < 1.5 * 2.5 / 1.21
    assert len(set(first)) > 150


def test_the_next_is_due_after_a_whole_one() -> None:
    one = reports()
    one.due(sender(), None, 100.0)
    assert one.timer is not None
    assert 100 + 0.5 * 5 / 1.23 < one.timer < 100 + 1.5 * 5 / 1.21


def test_who_sends_reports_as_a_sender_with_a_name() -> None:
    data = reports().due(sender(10), books(), 2.0)
    report, description = rtcp.parse(data)
    assert isinstance(report, SenderReport)
    assert (report.ssrc, report.packets, report.octets, report.timestamp) == (OURS, 10, 1600, 1600)
    assert report.ntp == 2 << 32
    assert [block.ssrc for block in report.blocks] == [THEIRS]
    assert report.blocks[0].lost == 1
    assert description == SourceDescription(OURS, "phone@base")


def test_who_sent_nothing_since_reports_as_a_receiver() -> None:
    one = reports()
    one.due(sender(10), books(), 2.0)
    report = rtcp.parse(one.due(sender(10), books(), 7.0))[0]
    assert isinstance(report, ReceiverReport)


def test_who_heard_nobody_reports_on_nobody() -> None:
    report = rtcp.parse(reports().due(sender(), None, 2.0))[0]
    assert report == ReceiverReport(OURS)


def test_a_goodbye_is_a_compound_that_ends_with_it() -> None:
    assert rtcp.parse(reports().goodbye(sender(), None, 2.0))[-1] == Goodbye((OURS,))


def test_the_far_ends_report_on_us_tells_the_round_trip() -> None:
    one, reception = reports(), books()
    sent = rtcp.parse(one.due(sender(10), reception, 2.0))[0]
    assert isinstance(sent, SenderReport)
    block = ReportBlock(OURS, 12, 3, 10, 0, sent.ntp >> 16 & 0xFFFFFFFF, 65_536)
    assert one.receive(bytes(ReceiverReport(THEIRS, (block,))), (OURS,), reception, 3.08)
    assert reception.round_trip == pytest.approx(0.08, abs=1e-3)
    assert reception.far == block


def test_reports_on_others_are_not_about_us() -> None:
    reception = books()
    reports().receive(bytes(ReceiverReport(THEIRS, (ReportBlock(99, 0, 7, 0, 0),))), (OURS,), reception, 3.0)
    assert reception.far is None


def test_their_sender_report_is_named_in_our_next() -> None:
    one, reception = reports(), books()
    one.receive(bytes(SenderReport(THEIRS, 0xAAAA_BBBBCCCC_0000, 0, 0, 0)), (OURS,), reception, 3.0)
    report = rtcp.parse(one.due(sender(1), reception, 3.5))[0]
    assert isinstance(report, SenderReport)
    assert report.blocks[0].last_report == 0xBBBBCCCC
    assert report.blocks[0].delay_since == 0x8000


def test_only_the_source_we_hear_says_goodbye_to_us() -> None:
    one = reports()
    one.receive(bytes(Goodbye((99,))), (OURS,), books(), 3.0)
    before = one.left
    one.receive(bytes(Goodbye((99, THEIRS))), (OURS,), books(), 3.0)
    assert (before, one.left) == (False, True)


def test_what_they_say_of_how_they_hear_us_is_kept_and_what_cannot_be_is_not() -> None:
    one, reception = reports(), books()
    said = ExtendedReport(THEIRS, (VoipMetrics(99, r_factor=50), VoipMetrics(OURS, r_factor=93, mos_lq=200)))
    assert one.receive(bytes(said), (OURS,), reception, 3.0)
    assert reception.far_metrics == VoipMetrics(OURS, r_factor=93, mos_lq=127)


def test_junk_is_counted() -> None:
    one = reports()
    assert not one.receive(b"\x80", (OURS,), books(), 3.0)
    assert not one.receive(b"", (OURS,), None, 3.0)
    assert one.junk == 1


def test_before_anybody_was_heard_nothing_is_believed() -> None:
    one = reports()
    assert one.receive(bytes(Goodbye((THEIRS,))), (OURS,), None, 3.0)
    assert not one.left


def test_the_goodbye_of_an_ssrc_of_ours_is_nobody_elses() -> None:
    one = reports()
    one.receive(bytes(Goodbye((THEIRS,))), (OURS, THEIRS), books(), 3.0)
    assert not one.left


def test_a_report_on_who_we_were_is_not_about_us() -> None:
    reception = books()
    reports().receive(bytes(ReceiverReport(THEIRS, (ReportBlock(99, 0, 7, 0, 0),))), (OURS, 99), reception, 3.0)
    assert reception.far is None
