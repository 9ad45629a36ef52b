"""Expected loss: up at once, down slowly, nothing for a network that loses nearly nothing."""

import pytest

from gateway.rtp.expected_loss import ExpectedLoss


def test_nothing_is_expected_before_anything_was_reported() -> None:
    loss = ExpectedLoss()
    assert not loss.look(None)
    assert loss.percent == 0


@pytest.mark.parametrize("percent", [1, 3, 10, 50, 100])
def test_what_is_reported_is_expected_at_once(percent: int) -> None:
    loss = ExpectedLoss()
    assert loss.look(percent / 100)
    assert loss.percent == percent


def test_a_loss_now_and_then_is_left_to_the_receiver() -> None:
    loss = ExpectedLoss()
    assert not loss.look(0.009)
    assert loss.percent == 0


@pytest.mark.parametrize("percent", [2, 5, 30])
def test_a_network_that_lost_packets_is_expected_to_do_so_for_some_seconds(percent: int) -> None:
    loss = ExpectedLoss()
    loss.look(percent / 100)
    expected = []
    for _ in range(60):
        loss.look(0.0)
        expected.append(loss.percent)
    assert expected == sorted(expected, reverse=True)
    assert expected[2] >= percent / 2
    assert expected[-1] == 0


def test_only_a_change_is_told() -> None:
    loss = ExpectedLoss()
    assert [loss.look(0.05), loss.look(0.05), loss.look(0.08), loss.look(0.08)] == [True, False, True, False]


@pytest.mark.parametrize("reported", [1.5, 17.0])
def test_a_report_of_more_than_everything_counts_as_everything(reported: float) -> None:
    loss = ExpectedLoss()
    loss.look(reported)
    assert loss.percent == 100
