"""Two calls on one phone: which of them one hears, and which waits or is held. Only the values change here."""

from dataclasses import replace

from softphone.messages import CallSnapshot, SecondCall


def aside(call: CallSnapshot, sends_on: bool = False) -> SecondCall:
    """The call one hears, as the second one: held. It must be there."""
    assert call.call is not None, "no call to put aside"
    return SecondCall(
        call=call.call,
        waiting=False,
        number=call.number,
        caller=call.caller,
        answered_at=call.answered_at,
        held_by_far=call.held_by_far,
        sends_on=sends_on,
    )


def with_other(call: CallSnapshot) -> CallSnapshot:
    """The second call in place of the one heard, which is over."""
    other = call.other
    assert other is not None, "no second call"
    return CallSnapshot(
        state=call.state,
        call=other.call,
        number=other.number,
        caller=other.caller,
        answered_at=other.answered_at,
        held_by_far=other.held_by_far,
        notice=call.notice,
        transfer_to=call.transfer_to,
    )


def swapped(call: CallSnapshot) -> CallSnapshot:
    """Each in the other's place."""
    return replace(with_other(call), other=aside(call))


def without_call(call: CallSnapshot) -> CallSnapshot:
    """The call one hears is over; the second stays where it is."""
    return CallSnapshot(state=call.state, number=call.number, caller=call.caller, other=call.other, notice=call.notice)
