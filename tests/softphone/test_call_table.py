"""Call control's table: no hole that a person or a good line could fall into."""

from softphone.call_table import TABLE, Act, Input
from softphone.messages import CallState as S

OFF_HOOK = set(S) - {S.IDLE, S.RINGING, S.TRANSFERRING}
"""states in which a part is off the hook; handing over goes on when the last one goes down"""

DIALLING = {S.DIAL_TONE, S.DIALLING}
OUTGOING = {S.CALLING, S.RINGBACK, S.EARLY_MEDIA}
STANDING = {S.TALKING, S.HELD}
WITH_CALL = OUTGOING | STANDING
ENDED = {S.FAILED, S.FAR_HUNG_UP, S.HOWLER}


def states_with(on: Input) -> set[S]:
    return {state for state, happened in TABLE if happened is on}


def test_every_input_and_every_act_is_in_the_table() -> None:
    assert {on for _, on in TABLE} == set(Input)
    assert {act for transition in TABLE.values() for act in transition.acts} == set(Act)


def test_a_part_can_move_in_every_state_off_the_hook() -> None:
    for on in (Input.PART_UP, Input.PART_DOWN, Input.ON_HOOK):
        assert states_with(on) == OFF_HOOK | {S.TRANSFERRING}


def test_hanging_up_leads_to_rest_from_everywhere_and_ends_the_call_where_there_is_one() -> None:
    for state in OFF_HOOK:
        transition = TABLE[state, Input.ON_HOOK]
        assert transition.to is S.IDLE
        assert (Act.END in transition.acts) == (state in WITH_CALL), state


def test_hanging_up_with_a_second_call_leads_to_ringing_for_it() -> None:
    assert states_with(Input.ON_HOOK_OTHER) == OFF_HOOK
    for state in OFF_HOOK:
        transition = TABLE[state, Input.ON_HOOK_OTHER]
        assert (transition.to, transition.acts[-1]) == (S.RINGING, Act.RING_OTHER)
        assert (Act.END in transition.acts) == (state in WITH_CALL), state


def test_nothing_else_leads_to_rest_from_off_the_hook() -> None:
    leads_to_rest = {(state, on) for (state, on), transition in TABLE.items() if transition.to is S.IDLE}
    others = {(state, on) for state, on in leads_to_rest if on is not Input.ON_HOOK and state is not S.IDLE}
    assert others == {
        *((S.RINGING, Input.ENDS), (S.RINGING, Input.FAILS), (S.RINGING, Input.RECALLED_ENOUGH)),
        *((state, Input.ON_HOOK_SENT_ON) for state in OUTGOING),
        (S.TRANSFERRING, Input.HANDED_OVER_ON_HOOK),
    }


def test_a_call_can_arrive_in_every_state_and_rings_at_rest_only() -> None:
    assert states_with(Input.CALL_ARRIVES) == set(S)
    for state in set(S) - {S.IDLE}:
        assert TABLE[state, Input.CALL_ARRIVES] == (state, (Act.REJECT,))


def test_a_second_call_waits_only_beside_one_that_stands() -> None:
    assert states_with(Input.SECOND_CALL_ARRIVES) == STANDING


def test_a_tap_of_the_hook_is_understood_in_every_state_off_the_hook_and_leads_to_the_second_call() -> None:
    assert states_with(Input.FLASH) == OFF_HOOK | {S.TRANSFERRING}
    assert states_with(Input.FLASH_HELD) == OFF_HOOK
    assert states_with(Input.FLASH_WAITING) == STANDING | ENDED
    for on in (Input.FLASH_HELD, Input.FLASH_WAITING):
        assert {transition.to for (_, happened), transition in TABLE.items() if happened is on} == {S.TALKING}


def test_the_second_call_can_be_over_whenever_there_is_one() -> None:
    assert states_with(Input.OTHER_LEAVES) == OFF_HOOK | {S.TRANSFERRING}


def test_a_digit_can_come_in_every_state() -> None:
    for on in (Input.DIGIT, Input.DIAL_MOVES, Input.DIAL_HOME):
        assert states_with(on) == set(S)


def test_the_line_can_come_and_go_in_every_state() -> None:
    for on in (Input.LINE_IN_SERVICE, Input.LINE_OUT):
        assert states_with(on) == set(S)


def test_our_call_can_be_answered_fail_and_end_as_long_as_it_stands() -> None:
    for on in (Input.FAILS, Input.ENDS):
        assert states_with(on) == WITH_CALL | {S.RINGING}
    assert states_with(Input.ANSWERED) == WITH_CALL | {S.TRANSFERRING}


def test_the_far_end_can_hold_and_resume_whenever_there_is_a_call() -> None:
    for on in (Input.FAR_HOLDS, Input.FAR_RESUMES):
        assert states_with(on) == WITH_CALL | {S.RINGING, S.TRANSFERRING}


def test_a_call_is_handed_over_and_what_becomes_of_it_is_told_on_and_off_the_hook() -> None:
    assert states_with(Input.HAND_OVER) == states_with(Input.JOIN) == STANDING
    assert states_with(Input.HAND_OVER_RINGING) == OUTGOING
    for on in (Input.HANDED_OVER, Input.HANDED_OVER_ON_HOOK, Input.NOT_HANDED_OVER, Input.NOT_HANDED_OVER_ON_HOOK):
        assert states_with(on) == {S.TRANSFERRING}


def test_a_number_is_called_from_dialling_only() -> None:
    assert {state for (state, _), transition in TABLE.items() if Act.PLACE in transition.acts} == DIALLING
    assert states_with(Input.EMERGENCY) == DIALLING


def test_every_state_that_time_ends_has_its_timer_in_the_table() -> None:
    assert states_with(Input.NO_DIGIT_IN_TIME) == DIALLING
    assert states_with(Input.NUMBER_IN_TIME) == {S.DIALLING}
    assert states_with(Input.LEFT_OFF_HOOK) == {S.FAILED, S.FAR_HUNG_UP}
    assert states_with(Input.SILENCE_OVER) == {S.FAR_HUNG_UP}
    assert states_with(Input.HOWLED_ENOUGH) == {S.HOWLER}
    assert states_with(Input.NOTICE_OVER) == STANDING
    assert states_with(Input.RECALLED_ENOUGH) == {S.RINGING}


def test_a_digit_is_sent_where_the_far_end_can_hear_it_only() -> None:
    assert {state for (state, _), t in TABLE.items() if Act.SEND_DIGIT in t.acts} == {S.EARLY_MEDIA, S.TALKING}
