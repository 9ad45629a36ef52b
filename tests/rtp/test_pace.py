"""When a playout lingers, when it hurries, and when it leaves well alone."""

import pytest

from gateway.rtp.arrival import Arrivals
from gateway.rtp.concealment import FAST, LATE, SLOW
from gateway.rtp.pace import BAND, LEAST, Pace


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


def test_too_little_is_made_good_and_a_tenth_more() -> None:
    network = arrivals(0.08)
    asked = network.target(6.0)
    assert asked > 0.08
    assert errors(Pace(), 0.05, network)[-1] == pytest.approx(1.1 * asked - 0.05, abs=0.002)


def test_packets_that_begin_inside_frames_need_more_delay() -> None:
    pace, network = Pace(), arrivals()
    short = [pace.error(0.02, 0.001, network, 6.0 + 0.02 * n) for n in range(4)][-1]
    assert short == pytest.approx(0.002 + 0.1 * network.target(6.0), abs=1e-6)


@pytest.mark.parametrize("lateness", [0.03, 0.08, 0.2])
def test_too_much_is_brought_back_to_just_above_the_target(lateness: float) -> None:
    pace, network = Pace(), arrivals(lateness)
    target = max(network.target(6.0), LEAST)
    assert errors(pace, 2 * target, network)[-1] == pytest.approx(target + BAND / 2 - 2 * target, abs=0.002)


def test_an_error_of_less_than_15_percent_is_left_alone() -> None:
    network = arrivals(0.08)
    assert not any(errors(Pace(), 0.9 * network.target(6.0), network))


def test_where_there_is_jitter_20_percent_too_much_are_left_alone() -> None:
    network = arrivals(0.15)
    assert not any(errors(Pace(), 1.18 * network.target(6.0), network))


def test_once_it_hurries_it_goes_on_until_nothing_is_too_much() -> None:
    pace, network = Pace(), arrivals(0.15)
    target = network.target(6.0)
    assert errors(pace, 1.5 * target, network)[-1] < 0
    pace.changed(-0.3 * target)
    assert pace.error(1.2 * target, 1.2 * target, network, 6.2) < 0


def test_one_pull_that_is_late_changes_nothing() -> None:
    pace, network = Pace(), arrivals()
    errors(pace, 0.02, network)
    assert pace.error(0.3, 0.3, network, 6.2) == 0
    assert pace.delay == 0.3


@pytest.mark.parametrize(("error", "pulls"), [(0.03, 10), (-0.1, 50), (-0.03, 100)])
def test_a_change_waits_for_a_pause_and_then_takes_less_likeness_every_time(error: float, pulls: int) -> None:
    pace = Pace()
    tried = [pace.likeness(error) for _ in range(pulls + 50)]
    assert set(tried[: pulls - 1]) == {2.0}
    assert tried[pulls - 1] == pytest.approx(0.8)
    assert tried[pulls - 1 :] == sorted(tried[pulls - 1 :], reverse=True)
    assert tried[-1] == 0.0


def test_where_no_pause_comes_periods_are_removed_a_fifth_of_a_second_apart() -> None:
    pace = Pace()
    [pace.likeness(-0.03) for _ in range(100)]
    pace.changed(-0.01)
    assert [pace.likeness(-0.03) for _ in range(11)].count(2.0) == 9


def lossy(pace: Pace, losses: int, apart: float) -> Pace:
    for n in range(losses):
        pace.lost(10.0 + n * apart)
    return pace


def test_packets_that_keep_getting_lost_ask_for_one_packet_more() -> None:
    pace, network = lossy(Pace(), 8, 0.3), arrivals()
    assert pace.lossy(13.0)
    assert pace.target(network, 13.0) == pytest.approx(0.04, abs=0.002)
    assert pace.wants_more_at_a_loss(0.0, network, 13.0)
    assert pace.wants_more_at_a_loss(0.02, network, 13.0)
    assert not pace.wants_more_at_a_loss(0.04, network, 13.0)


@pytest.mark.parametrize(("losses", "apart", "losing"), [(1, 1.0, False), (2, 1.0, True), (2, 5.0, False)])
def test_two_losses_close_together_make_a_third_likely(losses: int, apart: float, losing: bool) -> None:
    pace = lossy(Pace(), losses, apart)
    assert pace.losing(10.5 + (losses - 1) * apart) is losing


@pytest.mark.parametrize(("losses", "apart"), [(1, 1.0), (7, 0.1), (20, 1.0)])
def test_a_few_losses_ask_for_nothing(losses: int, apart: float) -> None:
    pace = lossy(Pace(), losses, apart)
    assert not pace.lossy(10.0 + losses * apart)
    assert not pace.wants_more_at_a_loss(0.0, arrivals(), 10.0 + losses * apart)


def test_packets_that_came_after_their_turn_were_not_lost() -> None:
    pace = Pace()
    for n in range(40):
        pace.lost(10.0 + n * 0.1)
        pace.came()
    assert not pace.lossy(14.0)


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


@pytest.mark.parametrize(
    ("lateness", "packet", "fade"), [(0.0, 0.01, FAST), (0.0, 0.02, FAST), (0.0, 0.03, LATE), (0.02, 0.02, LATE)]
)
def test_voice_goes_on_where_more_of_it_is_likely_to_come(
    lateness: float, packet: float, fade: tuple[float, float]
) -> None:
    network = arrivals(lateness)
    network.target(6.0)
    assert Pace().fade(network, 6.0, packet) == fade


def test_voice_goes_on_for_long_where_packets_get_lost() -> None:
    pace, network = Pace(), arrivals()
    pace.lost(5.0)
    pace.lost(5.5)
    assert pace.fade(network, 6.0) == SLOW
    assert pace.fade(network, 7.5) == FAST
