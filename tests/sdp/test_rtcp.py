"""RTCP in descriptions: one port or two, VoIP metrics, and no reports at all."""

from dataclasses import replace

import pytest

from gateway.sdp.answer import answer_offer, read_answer
from gateway.sdp.offer import make_offer
from gateway.sdp.rtcp import takes_reports, takes_voip_metrics
from tests.sdp.descriptions import OURS, THEIRS, an_offer, answered, described
from tests.sdp.test_answer import assert_refused

AUDIO = "m=audio 6000 RTP/AVP 0"
MUX = replace(OURS, rtcp_mux=True)


@pytest.mark.parametrize(("here", "there"), [(True, True), (True, False), (False, True), (False, False)])
def test_one_port_needs_both_ends(here: bool, there: bool) -> None:
    local, remote = replace(OURS, rtcp_mux=here), replace(THEIRS, rtcp_mux=there)
    offer = make_offer(remote, 1, 1)
    answer, ours = answer_offer(offer, local, 2, 1)
    theirs = read_answer(offer, answer, remote)
    assert (b"a=rtcp-mux" in offer, b"a=rtcp-mux" in answer) == (there, here and there)
    assert ours.rtcp_mux == theirs.rtcp_mux == (here and there)
    assert ours.remote_rtcp == ("203.0.113.9", 6000 if ours.rtcp_mux else 6001)
    assert theirs.remote_rtcp == ("192.0.2.1", 4000 if ours.rtcp_mux else 4001)


def test_an_end_that_has_only_one_port_is_met_or_refused() -> None:
    offer = an_offer(AUDIO, "a=rtcp-mux", "a=rtcp-mux-only")
    description, session = answered(offer, MUX)
    assert session.rtcp_mux and description.media[0].first("rtcp-mux") == ""
    assert_refused(488, "RTCP has a port of its own here, rtcp-mux-only cannot be met", offer)


def test_an_answer_cannot_share_a_port_that_was_not_offered() -> None:
    session = read_answer(make_offer(OURS, 1, 1), an_offer(AUDIO, "a=rtcp-mux"), OURS)
    assert not session.rtcp_mux and session.remote_rtcp == ("203.0.113.9", 6001)


@pytest.mark.parametrize(
    ("line", "takes"),
    [
        ("a=rtcp-xr:voip-metrics", True),
        ("a=rtcp-xr:rcvr-rtt=all voip-metrics stat-summary=loss", True),
        ("a=rtcp-xr:pkt-loss-rle", False),
        ("a=rtcp-xr", False),
        ("a=ptime:20", False),
    ],
)
def test_metrics_go_to_who_asked_for_them(line: str, takes: bool) -> None:
    assert takes_voip_metrics(*described(AUDIO, line)) is takes
    assert takes_voip_metrics(*described(line, AUDIO)) is takes
    assert answered(an_offer(AUDIO, line))[1].xr is takes


def test_we_ask_for_metrics_in_offer_and_answer_alike() -> None:
    local = replace(OURS, xr=True)
    assert b"a=rtcp-xr:voip-metrics\r\n" in make_offer(local, 1, 1)
    description, session = answered(an_offer(AUDIO), local)
    assert description.media[0].first("rtcp-xr") == "voip-metrics" and not session.xr


@pytest.mark.parametrize(
    ("lines", "reports"),
    [
        ((AUDIO,), True),
        ((AUDIO, "b=RS:0", "b=RR:0"), False),
        (("b=RS:0", "b=RR:0", AUDIO), False),
        (("b=RS:0", "b=RR:0", AUDIO, "b=RR:400"), True),
        ((AUDIO, "b=RR:0"), True),
        ((AUDIO, "b=AS:64", "b=", "b=x", "b=TIAS:nonsense"), True),
    ],
)
def test_no_bandwidth_for_reports_means_no_reports(lines: tuple[str, ...], reports: bool) -> None:
    assert takes_reports(*described(*lines)) is reports
    assert answered(an_offer(*lines))[1].reports is reports
