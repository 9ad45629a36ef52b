"""Call control's table: no hole that a person or a good line could fall into."""

from softphone.call_table import TABLE, Act, Input
from softphone.messages import CallState as S

OFF_HOOK = set(S) - {S.IDLE, S.RINGING, S.HELD}
"""states with a part off the hook; HELD comes with holding"""

DIALLING = {S.DIAL_TONE, S.DIALLING}
OUTGOING = {S.CALLING, S.RINGBACK, S.EARLY_MEDIA}
WITH_CALL = OUTGOING | {S.TALKING}


def states_with(on: Input) -> set[S]:
    return {state for state, happened in TABLE if happened is on}


def test_every_input_and_every_act_is_in_the_table() -> None:
    assert {on for _, on in TABLE} == set(Input)
    assert {act for transition in TABLE.values() for act in transition.acts} == set(Act)


def test_a_part_can_move_in_every_state_off_the_hook() -> None:
    for on in (Input.PART_UP, Input.PART_DOWN, Input.ON_HOOK):
        assert states_with(on) == OFF_HOOK


def test_hanging_up_leads_to_rest_from_everywhere_and_ends_the_call_where_there_is_one() -> None:
    for state in OFF_HOOK:
        transition = TABLE[state, Input.ON_HOOK]
        assert transition.to is S.IDLE
        assert (Act.END in transition.acts) == (state in WITH_CALL), state


def test_nothing_else_leads_to_rest_from_off_the_hook() -> None:
    leads_to_rest = {(state, on) for (state, on), transition in TABLE.items() if transition.to is S.IDLE}
    others = {(state, on) for state, on in leads_to_rest if on is not Input.ON_HOOK and state is not S.IDLE}
    assert others == {(S.RINGING, Input.ENDS), (S.RINGING, Input.FAILS)}


def test_a_call_can_arrive_in_every_state_and_rings_at_rest_only() -> None:
    assert states_with(Input.CALL_ARRIVES) == OFF_HOOK | {S.IDLE, S.RINGING}
    for state in OFF_HOOK | {S.RINGING}:
        assert TABLE[state, Input.CALL_ARRIVES] == (state, (Act.REJECT,))


def test_a_digit_can_come_in_every_state() -> None:
    for on in (Input.DIGIT, Input.DIAL_MOVES, Input.DIAL_HOME):
        assert states_with(on) == OFF_HOOK | {S.IDLE, S.RINGING}


def test_the_line_can_come_and_go_in_every_state() -> None:
    for on in (Input.LINE_IN_SERVICE, Input.LINE_OUT):
        assert states_with(on) == OFF_HOOK | {S.IDLE, S.RINGING}


def test_our_call_can_be_answered_fail_and_end_as_long_as_it_stands() -> None:
    for on in (Input.FAILS, Input.ENDS):
        assert states_with(on) == WITH_CALL | {S.RINGING}
    assert states_with(Input.ANSWERED) == WITH_CALL


def test_a_number_is_called_from_dialling_only() -> None:
    assert {state for (state, _), transition in TABLE.items() if Act.PLACE in transition.acts} == DIALLING
    assert states_with(Input.EMERGENCY) == DIALLING


def test_every_state_that_time_ends_has_its_timer_in_the_table() -> None:
    assert states_with(Input.NO_DIGIT_IN_TIME) == DIALLING
    assert states_with(Input.NUMBER_IN_TIME) == {S.DIALLING}
    assert states_with(Input.LEFT_OFF_HOOK) == {S.FAILED, S.FAR_HUNG_UP}
    assert states_with(Input.SILENCE_OVER) == {S.FAR_HUNG_UP}
    assert states_with(Input.HOWLED_ENOUGH) == {S.HOWLER}


def test_a_digit_is_sent_where_the_far_end_can_hear_it_only() -> None:
    assert {state for (state, _), t in TABLE.items() if Act.SEND_DIGIT in t.acts} == {S.EARLY_MEDIA, S.TALKING}
