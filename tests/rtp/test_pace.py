"""When a playout lingers, when it hurries, and when it leaves well alone."""

import pytest

from gateway.rtp.arrival import Arrivals
from gateway.rtp.pace import BAND, Pace


def arrivals(lateness: float = 0.0) -> Arrivals:
    """A network whose every third packet is late by so many s."""
    network = Arrivals()
    for n in range(300):
        late = lateness if n % 3 == 0 else 0.0
        network.observe(late, 0.02 * n + late)
    return network


def errors(pace: Pace, delay: float, network: Arrivals, pulls: int = 6) -> list[float]:
    return [pace.error(delay, delay, network, 6.0 + 0.02 * n) for n in range(pulls)]


@pytest.mark.parametrize("delay", [0.019, 0.03, 0.039])
def test_on_a_quiet_network_up_to_40_ms_are_left_alone(delay: float) -> None:
    assert not any(errors(Pace(), delay, arrivals()))


def test_too_little_is_made_good_up_to_the_target() -> None:
    assert errors(Pace(), 0.05, arrivals(0.08))[-1] == pytest.approx(0.083 - 0.05, abs=0.002)


def test_packets_that_begin_inside_frames_need_more_delay() -> None:
    pace, network = Pace(), arrivals()
    assert [pace.error(0.02, 0.001, network, 6.0 + 0.02 * n) for n in range(4)][-1] == pytest.approx(0.002, abs=1e-6)


def test_too_much_is_brought_back_into_the_middle_of_the_band() -> None:
    assert errors(Pace(), 0.1, arrivals())[-1] == pytest.approx(0.039 - BAND / 2 - 0.1)


def test_an_error_of_less_than_15_percent_is_left_alone() -> None:
    assert not any(errors(Pace(), 0.075, arrivals(0.08)))


def test_once_moving_it_goes_all_the_way() -> None:
    pace, network = Pace(), arrivals(0.08)
    assert errors(pace, 0.05, network)[-1] > 0
    pace.changed(0.025)
    assert pace.error(0.075, 0.075, network, 6.2) == pytest.approx(0.008, abs=0.002)


def test_one_pull_that_is_late_changes_nothing() -> None:
    pace, network = Pace(), arrivals()
    errors(pace, 0.02, network)
    assert pace.error(0.3, 0.3, network, 6.2) == 0
    assert pace.delay == 0.3


def test_urgent_changes_take_less_likeness_every_time() -> None:
    pace = Pace()
    tried = [pace.likeness(0.03) for _ in range(50)]
    assert tried[0] == pytest.approx(0.78)
    assert tried == sorted(tried, reverse=True)
    assert tried[-1] == 0.0


def test_a_little_too_much_waits_for_a_pause_and_then_gives_up_waiting() -> None:
    pace = Pace()
    tried = [pace.likeness(-0.03) for _ in range(130)]
    assert set(tried[:74]) == {2.0}
    assert tried[80] < 0.8
    assert tried[-1] == 0.0


def test_far_too_much_does_not_wait() -> None:
    assert Pace().likeness(-0.1) < 0.8


def lossy(pace: Pace, losses: int, apart: float) -> Pace:
    for n in range(losses):
        pace.lost(10.0 + n * apart)
    return pace


def test_packets_that_keep_getting_lost_ask_for_one_packet_more() -> None:
    pace, network = lossy(Pace(), 8, 0.3), arrivals()
    assert pace.lossy(13.0)
    assert pace.target(network, 13.0) == pytest.approx(0.04, abs=0.002)
    assert pace.wants_more_at_a_loss(0.0, network, 13.0)
    assert not pace.wants_more_at_a_loss(0.02, network, 13.0)


@pytest.mark.parametrize(("losses", "apart"), [(1, 1.0), (7, 0.1), (20, 1.0)])
def test_a_few_losses_ask_for_nothing(losses: int, apart: float) -> None:
    pace = lossy(Pace(), losses, apart)
    assert not pace.lossy(10.0 + losses * apart)
    assert not pace.wants_more_at_a_loss(0.0, arrivals(), 10.0 + losses * apart)


def test_the_wish_ends_20_s_after_the_losses() -> None:
    pace = lossy(Pace(), 8, 0.1)
    assert pace.lossy(30.0)
    assert not pace.lossy(31.0)


def test_beginning_again_forgets_what_was_measured() -> None:
    pace, network = Pace(), arrivals()
    errors(pace, 0.1, network)
    pace.begins()
    assert pace.delay == 0
    assert pace.error(0.1, 0.1, network, 6.2) == 0
