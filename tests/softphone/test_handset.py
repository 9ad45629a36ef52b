"""The handset: cradle, microphone, receiver."""

import pytest

from softphone.handset import Handset
from softphone.messages import HandsetHungUp, HandsetLifted, HandsetSnapshot, HookFlashed


def lifted() -> Handset:
    handset = Handset()
    handset.lift()
    return handset


def test_lifting_and_hanging_up_are_told_once() -> None:
    handset = Handset()
    assert handset.lift() == [HandsetLifted()]
    assert handset.lift() == []
    assert handset.hang_up(2.5) == [HandsetHungUp(2.5)]
    assert handset.hang_up(2.6) == []


def test_a_tap_of_the_hook_counts_only_off_the_hook() -> None:
    assert Handset().flash() == []
    assert lifted().flash() == [HookFlashed()]


def test_a_lifted_handset_can_be_muted_and_speaks_again_in_the_next_call() -> None:
    handset = lifted()
    handset.mute(True)
    assert handset.snapshot == HandsetSnapshot(lifted=True, muted=True)
    handset.hang_up(1)
    handset.lift()
    assert not handset.snapshot.muted


def test_a_handset_on_its_cradle_has_nothing_to_mute() -> None:
    handset = Handset()
    handset.mute(True)
    assert handset.snapshot == HandsetSnapshot()


@pytest.mark.parametrize(("asked", "set_to"), [(0, 0), (10, 10), (-3, 0), (99, 10)])
def test_the_volume_is_kept_within_its_range_and_over_calls(asked: int, set_to: int) -> None:
    handset = lifted()
    handset.set_volume(asked)
    handset.hang_up(1)
    handset.lift()
    assert handset.snapshot.volume == set_to


def test_volume_and_mute_leave_each_other_alone() -> None:
    handset = lifted()
    handset.mute(True)
    handset.set_volume(3)
    assert handset.snapshot == HandsetSnapshot(lifted=True, muted=True, volume=3)
