"""The voice on bad networks must not get worse unseen: simulated time, so the same figures on every machine."""

import pytest

from tests.bench.network import OFFICIAL
from tests.bench.quality import REQUIRED, measured, ours, stock


@pytest.mark.parametrize("trace", REQUIRED)
def test_our_playout_keeps_the_voice_that_a_lost_packet_costs_others(trace: str) -> None:
    kept = measured("our playout", ours, trace, OFFICIAL, (7,))
    lost = measured("stock aiortc", stock, trace, OFFICIAL, (7,))
    assert kept.pesq >= REQUIRED[trace], kept
    assert kept.pesq > lost.pesq + 1.0, (kept, lost)
    assert kept.delay_ms <= 60, "20 ms of packetisation, 40 ms of ours"


def test_a_quiet_network_costs_nothing() -> None:
    assert measured("our playout", ours, "clean", OFFICIAL, (7,)).pesq >= 4.2
