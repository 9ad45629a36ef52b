"""Call control as data: what happens in a state, where that leads, and what is done about it.

A pair that is not in :data:`TABLE` is an error, ours or the line's: it is said and changes nothing.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum, auto
from typing import NamedTuple

from softphone.messages import CallState as S


class Input(StrEnum):
    """What can happen to a phone, guards answered: who else is off the hook, is the line in service, is it a number."""

    OFF_HOOK = auto()
    """the first part went up, and the line is in service"""
    OFF_HOOK_OUT_OF_SERVICE = auto()
    PART_UP = auto()
    """another part went up"""
    PART_DOWN = auto()
    """a part went down, the other one is still up"""
    ON_HOOK = auto()
    """the last part went down"""
    FLASH = auto()
    DIAL_MOVES = auto()
    """the rotary dial left its rest"""
    DIAL_HOME = auto()
    DIGIT = auto()
    """a digit; while dialling, one that makes no number yet or one that could be longer"""
    NUMBER = auto()
    """a number, complete"""
    EMERGENCY = auto()
    """a number that calls for help, which this phone may not call"""
    NO_NUMBER = auto()
    """what can be no number"""
    NO_DIGIT_IN_TIME = auto()
    NUMBER_IN_TIME = auto()
    """no further digit: what was dialled is the number"""
    CALL_ARRIVES = auto()
    TRYING = auto()
    """a provisional response that nobody hears"""
    RINGS = auto()
    EARLY_MEDIA = auto()
    ANSWERED = auto()
    FAILS = auto()
    ENDS = auto()
    """the far end hung up"""
    LINE_IN_SERVICE = auto()
    LINE_BACK = auto()
    """in service again, while a person waits for it off the hook"""
    LINE_OUT = auto()
    SILENCE_OVER = auto()
    """after the far end hung up, where the market is silent first"""
    LEFT_OFF_HOOK = auto()
    HOWLED_ENOUGH = auto()


class Act(Enum):
    """What is done; each is one method of :class:`softphone.call.Call`."""

    CLEAR = auto()
    DIAL_TONE = auto()
    WAIT_FOR_DIAL = auto()
    AWAIT_DIGITS = auto()
    PLACE = auto()
    RINGBACK = auto()
    SILENCE = auto()
    RING = auto()
    ANSWER = auto()
    CONNECT = auto()
    REJECT = auto()
    SEND_DIGIT = auto()
    END = auto()
    FAIL = auto()
    FAIL_OUT_OF_SERVICE = auto()
    FAIL_NO_DIGITS = auto()
    FAIL_EMERGENCY = auto()
    FAIL_NO_NUMBER = auto()
    FAR_LEFT = auto()
    FAR_LEFT_TONE = auto()
    HOWL = auto()


class Transition(NamedTuple):
    to: S
    acts: tuple[Act, ...]


def _row(state: S, on: Input, to: S, *acts: Act) -> tuple[tuple[S, Input], Transition]:
    return (state, on), Transition(to, acts)


def _rows(states: Iterable[S], on: Input, to: S, *acts: Act) -> list[tuple[tuple[S, Input], Transition]]:
    return [_row(state, on, to, *acts) for state in states]


def _nothing(state: S, *inputs: Input) -> list[tuple[tuple[S, Input], Transition]]:
    """What is to be expected in a state, and changes nothing."""
    return [_row(state, on, state) for on in inputs]


_DIALLING = (S.DIAL_TONE, S.DIALLING)
_OUTGOING = (S.CALLING, S.RINGBACK, S.EARLY_MEDIA)
_OVER = (S.FAILED, S.FAR_HUNG_UP)
_OFF_HOOK = (*_DIALLING, *_OUTGOING, S.TALKING, S.FAILED, S.FAR_HUNG_UP, S.HOWLER)

_DIAL = (Input.DIAL_MOVES, Input.DIAL_HOME, Input.DIGIT)
_PARTS = (Input.PART_UP, Input.PART_DOWN)
_LINE = (Input.LINE_IN_SERVICE, Input.LINE_OUT)
_PROVISIONAL = (Input.TRYING, Input.RINGS, Input.EARLY_MEDIA)

TABLE: Mapping[tuple[S, Input], Transition] = dict(
    [
        # at rest
        _row(S.IDLE, Input.OFF_HOOK, S.DIAL_TONE, Act.DIAL_TONE),
        _row(S.IDLE, Input.OFF_HOOK_OUT_OF_SERVICE, S.FAILED, Act.FAIL_OUT_OF_SERVICE),
        _row(S.IDLE, Input.CALL_ARRIVES, S.RINGING, Act.RING),
        *_nothing(S.IDLE, *_DIAL, *_LINE),
        # somebody calls; what the line says about its registration does not stop an INVITE that came
        *_rows([S.RINGING], Input.OFF_HOOK, S.TALKING, Act.ANSWER),
        *_rows([S.RINGING], Input.OFF_HOOK_OUT_OF_SERVICE, S.TALKING, Act.ANSWER),
        *_rows([S.RINGING], Input.ENDS, S.IDLE, Act.CLEAR),
        *_rows([S.RINGING], Input.FAILS, S.IDLE, Act.CLEAR),
        *_rows([S.RINGING], Input.CALL_ARRIVES, S.RINGING, Act.REJECT),
        *_nothing(S.RINGING, *_DIAL, *_LINE),
        # a number is dialled
        *_rows(_DIALLING, Input.DIAL_MOVES, S.DIALLING, Act.WAIT_FOR_DIAL),
        *_rows(_DIALLING, Input.DIGIT, S.DIALLING, Act.AWAIT_DIGITS),
        _row(S.DIALLING, Input.DIAL_HOME, S.DIALLING, Act.AWAIT_DIGITS),
        *_rows(_DIALLING, Input.NUMBER, S.CALLING, Act.PLACE),
        _row(S.DIALLING, Input.NUMBER_IN_TIME, S.CALLING, Act.PLACE),
        *_rows(_DIALLING, Input.EMERGENCY, S.FAILED, Act.FAIL_EMERGENCY),
        *_rows(_DIALLING, Input.NO_NUMBER, S.FAILED, Act.FAIL_NO_NUMBER),
        *_rows(_DIALLING, Input.NO_DIGIT_IN_TIME, S.FAILED, Act.FAIL_NO_DIGITS),
        *_rows(_DIALLING, Input.LINE_OUT, S.FAILED, Act.FAIL_OUT_OF_SERVICE),
        *_rows(_DIALLING, Input.FLASH, S.DIAL_TONE, Act.DIAL_TONE),
        *_nothing(S.DIAL_TONE, Input.LINE_IN_SERVICE, Input.DIAL_HOME),
        *_nothing(S.DIALLING, Input.LINE_IN_SERVICE),
        # our call goes out: RFC 3261 section 13; early media stays when a 180 without it follows (RFC 3960 section 3)
        _row(S.CALLING, Input.RINGS, S.RINGBACK, Act.RINGBACK),
        _row(S.CALLING, Input.EARLY_MEDIA, S.EARLY_MEDIA, Act.SILENCE),
        _row(S.RINGBACK, Input.EARLY_MEDIA, S.EARLY_MEDIA, Act.SILENCE),
        *_nothing(S.RINGBACK, Input.RINGS),
        *_nothing(S.EARLY_MEDIA, Input.RINGS, Input.EARLY_MEDIA),
        *(row for state in _OUTGOING for row in _nothing(state, Input.TRYING, Input.FLASH, *_LINE)),
        *_rows(_OUTGOING, Input.ANSWERED, S.TALKING, Act.CONNECT),
        *_rows(_OUTGOING, Input.FAILS, S.FAILED, Act.FAIL),
        *_rows(_OUTGOING, Input.ENDS, S.FAR_HUNG_UP, Act.FAR_LEFT),
        *_nothing(S.CALLING, *_DIAL),
        *_nothing(S.RINGBACK, *_DIAL),
        *_nothing(S.EARLY_MEDIA, Input.DIAL_MOVES, Input.DIAL_HOME),
        _row(S.EARLY_MEDIA, Input.DIGIT, S.EARLY_MEDIA, Act.SEND_DIGIT),
        # talking
        _row(S.TALKING, Input.DIGIT, S.TALKING, Act.SEND_DIGIT),
        _row(S.TALKING, Input.ENDS, S.FAR_HUNG_UP, Act.FAR_LEFT),
        _row(S.TALKING, Input.FAILS, S.FAILED, Act.FAIL),
        *_nothing(S.TALKING, Input.ANSWERED, Input.FLASH, Input.DIAL_MOVES, Input.DIAL_HOME, *_PROVISIONAL, *_LINE),
        # it is over, and nobody hung up
        _row(S.FAR_HUNG_UP, Input.SILENCE_OVER, S.FAR_HUNG_UP, Act.FAR_LEFT_TONE),
        *_rows(_OVER, Input.LEFT_OFF_HOOK, S.HOWLER, Act.HOWL),
        _row(S.FAILED, Input.LINE_BACK, S.DIAL_TONE, Act.DIAL_TONE),
        _row(S.HOWLER, Input.HOWLED_ENOUGH, S.HOWLER, Act.SILENCE),
        *(row for state in (*_OVER, S.HOWLER) for row in _nothing(state, Input.FLASH, *_DIAL, *_LINE)),
        # off the hook, whatever else
        *(row for state in _OFF_HOOK for row in _nothing(state, *_PARTS)),
        *(row for state in _OFF_HOOK for row in [_row(state, Input.CALL_ARRIVES, state, Act.REJECT)]),
        *_rows((*_DIALLING, *_OVER, S.HOWLER), Input.ON_HOOK, S.IDLE, Act.CLEAR),
        *_rows((*_OUTGOING, S.TALKING), Input.ON_HOOK, S.IDLE, Act.END),
    ]
)
