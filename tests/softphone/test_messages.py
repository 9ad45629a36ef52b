"""Messages: values that nobody can change behind another's back."""

import dataclasses
from typing import get_args

import pytest

from softphone import messages, snapshots
from softphone.messages import (
    CallControlMessage,
    CallState,
    DialCommand,
    EarpieceCommand,
    EarpieceSnapshot,
    HandsetCommand,
    LineCommand,
    PhoneSnapshot,
    Place,
    Snapshot,
)

EVERY = {
    message
    for union in (CallControlMessage, DialCommand, EarpieceCommand, HandsetCommand, LineCommand, Snapshot)
    for message in get_args(union)
}


def test_every_message_is_a_frozen_value_with_slots() -> None:
    for message in EVERY | {PhoneSnapshot}:
        assert dataclasses.is_dataclass(message) and "__slots__" in vars(message), message
        # a frozen dataclass brings its own refusal to be changed
        assert "__setattr__" in vars(message), message


def test_every_message_has_its_place_in_a_union() -> None:
    declared = {thing for thing in vars(messages).values() if dataclasses.is_dataclass(thing)}
    assert declared - EVERY == {PhoneSnapshot, messages.Caller, messages.SecondCall, messages.TextMessage}


def test_everything_a_person_can_see_is_in_the_phone_s_snapshot() -> None:
    parts = {field.type for field in dataclasses.fields(PhoneSnapshot)}
    assert set(get_args(Snapshot)) <= parts


def test_snapshots_are_told_as_messages() -> None:
    assert messages.PhoneSnapshot is snapshots.PhoneSnapshot


@pytest.mark.parametrize("place", Place)
def test_an_earpiece_is_taken_unless_it_is_docked(place: Place) -> None:
    assert EarpieceSnapshot(place).taken == (place is not Place.DOCKED)


def test_a_new_phone_is_at_rest() -> None:
    phone = PhoneSnapshot("p", "FR")
    assert phone.call.state is CallState.IDLE
    assert not phone.handset.lifted and not phone.earpiece.taken and not phone.line.registered
