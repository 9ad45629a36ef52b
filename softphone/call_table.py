"""Call control as data: what happens in a state, where that leads, and what is done about it.

The state is that of the call one hears. A second call waits or is held beside it; what happens to that one, and what
a person's gesture means because of it, are inputs of their own, so that the table stays flat.

A pair that is not in :data:`TABLE` is an error, ours or the line's: it is said and changes nothing.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum, auto
from typing import NamedTuple

from softphone.messages import CallState as S


class Input(StrEnum):
    """What can happen to a phone, guards answered: who else is off the hook, is the line in service, is it a number,
    what of a second call."""

    OFF_HOOK = auto()
    """the first part went up, and the line is in service"""
    OFF_HOOK_OUT_OF_SERVICE = auto()
    OFF_HOOK_RECALL = auto()
    """what rings was held when the phone was hung up"""
    PART_UP = auto()
    """another part went up"""
    PART_DOWN = auto()
    """a part went down, the other one is still up"""
    ON_HOOK = auto()
    """the last part went down"""
    ON_HOOK_OTHER = auto()
    """so it did, while a second call waits or is held"""
    ON_HOOK_SENT_ON = auto()
    """so it did, while we call to whom the far end sent us"""
    FLASH = auto()
    """a tap of the hook, and no second call"""
    FLASH_WAITING = auto()
    """there is one that waits"""
    FLASH_HELD = auto()
    """there is one that is held"""
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
    SECOND_CALL_ARRIVES = auto()
    """it may wait"""
    TRYING = auto()
    """a provisional response that nobody hears"""
    RINGS = auto()
    EARLY_MEDIA = auto()
    ANSWERED = auto()
    FAILS = auto()
    ENDS = auto()
    """the far end hung up"""
    OTHER_LEAVES = auto()
    """the far end of the second call hung up, or could not be kept"""
    FAR_HOLDS = auto()
    FAR_RESUMES = auto()
    REPLACED = auto()
    """another call takes the place of this one"""
    OTHER_REPLACED = auto()
    """or of the second"""
    SENT_ON = auto()
    """the far end sends us to somebody else"""
    SENT_ON_IN_VAIN = auto()
    """who cannot be reached"""
    HAND_OVER = auto()
    """a person sends the far end to a number"""
    HAND_OVER_RINGING = auto()
    """a person sends the held far end to the number that we call right now"""
    JOIN = auto()
    """a person leaves the two far ends to each other"""
    HAND_OVER_IN_VAIN = auto()
    """a person wanted one of these, and there is nobody or no number for it"""
    HANDED_OVER = auto()
    HANDED_OVER_ON_HOOK = auto()
    NOT_HANDED_OVER = auto()
    NOT_HANDED_OVER_ON_HOOK = auto()
    FIRST_OF_TWO_ENDS = auto()
    """while two far ends are being joined: the one we spoke with left us, as it should"""
    NOTICE_OVER = auto()
    """it stood on the display long enough"""
    RECALLED_ENOUGH = auto()
    """nobody takes the held call back"""
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
    ASIDE = auto()
    PROMOTE = auto()
    SWAP = auto()
    TAKE_BACK = auto()
    RECALL_TONE = auto()
    WAIT = auto()
    ANSWER_WAITING = auto()
    FORGET_OTHER = auto()
    RING_OTHER = auto()
    END_OTHER = auto()
    REPLACE = auto()
    REPLACE_OTHER = auto()
    FOLLOW = auto()
    HAND_OVER = auto()
    HAND_OVER_RINGING = auto()
    JOIN = auto()
    GONE = auto()
    GO_ON = auto()
    RING_AGAIN = auto()
    NOTICE_FAILURE = auto()
    CLEAR_NOTICE = auto()
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
_STANDING = (S.TALKING, S.HELD)
_OVER = (S.FAILED, S.FAR_HUNG_UP)
_ENDED = (*_OVER, S.HOWLER)
_OFF_HOOK = (*_DIALLING, *_OUTGOING, *_STANDING, *_ENDED)
"""and :attr:`S.TRANSFERRING`, which goes on when the phone is hung up"""

_DIAL = (Input.DIAL_MOVES, Input.DIAL_HOME, Input.DIGIT)
_PARTS = (Input.PART_UP, Input.PART_DOWN)
_LINE = (Input.LINE_IN_SERVICE, Input.LINE_OUT)
_OFF = (Input.OFF_HOOK, Input.OFF_HOOK_OUT_OF_SERVICE)
_FAR_HOLDING = (Input.FAR_HOLDS, Input.FAR_RESUMES)
_PROVISIONAL = (Input.TRYING, Input.RINGS, Input.EARLY_MEDIA)

TABLE: Mapping[tuple[S, Input], Transition] = dict(
    [
        # at rest
        _row(S.IDLE, Input.OFF_HOOK, S.DIAL_TONE, Act.DIAL_TONE),
        _row(S.IDLE, Input.OFF_HOOK_OUT_OF_SERVICE, S.FAILED, Act.FAIL_OUT_OF_SERVICE),
        _row(S.IDLE, Input.CALL_ARRIVES, S.RINGING, Act.RING),
        *_nothing(S.IDLE, *_DIAL, *_LINE),
        # somebody calls; what the line says about its registration does not stop an INVITE that came
        *(_row(S.RINGING, on, S.TALKING, Act.ANSWER) for on in _OFF),
        _row(S.RINGING, Input.OFF_HOOK_RECALL, S.TALKING, Act.TAKE_BACK),
        _row(S.RINGING, Input.ENDS, S.IDLE, Act.CLEAR),
        _row(S.RINGING, Input.FAILS, S.IDLE, Act.CLEAR),
        _row(S.RINGING, Input.RECALLED_ENOUGH, S.IDLE, Act.END, Act.CLEAR),
        _row(S.RINGING, Input.CALL_ARRIVES, S.RINGING, Act.REJECT),
        _row(S.RINGING, Input.REPLACED, S.RINGING, Act.REPLACE),
        *_nothing(S.RINGING, *_DIAL, *_LINE, *_FAR_HOLDING),
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
        *_rows(_DIALLING, Input.FLASH_HELD, S.TALKING, Act.PROMOTE, Act.TAKE_BACK),
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
        *_rows(_OUTGOING, Input.SENT_ON_IN_VAIN, S.TALKING, Act.PROMOTE, Act.TAKE_BACK, Act.NOTICE_FAILURE),
        *_rows(_OUTGOING, Input.FLASH_HELD, S.TALKING, Act.END, Act.PROMOTE, Act.TAKE_BACK),
        *_rows(_OUTGOING, Input.HAND_OVER_RINGING, S.TRANSFERRING, Act.HAND_OVER_RINGING),
        *_rows(_OUTGOING, Input.REPLACED, S.TALKING, Act.REPLACE, Act.CONNECT),
        *(row for state in _OUTGOING for row in _nothing(state, *_FAR_HOLDING)),
        *_nothing(S.CALLING, *_DIAL),
        *_nothing(S.RINGBACK, *_DIAL),
        *_nothing(S.EARLY_MEDIA, Input.DIAL_MOVES, Input.DIAL_HOME),
        _row(S.EARLY_MEDIA, Input.DIGIT, S.EARLY_MEDIA, Act.SEND_DIGIT),
        # talking, or held by the far end: RFC 3264 section 8.4
        _row(S.TALKING, Input.DIGIT, S.TALKING, Act.SEND_DIGIT),
        _row(S.TALKING, Input.FAR_HOLDS, S.HELD),
        _row(S.HELD, Input.FAR_RESUMES, S.TALKING),
        *_nothing(S.TALKING, Input.FAR_RESUMES),
        *_nothing(S.HELD, Input.FAR_HOLDS, Input.DIGIT),
        *_rows(_STANDING, Input.ENDS, S.FAR_HUNG_UP, Act.FAR_LEFT),
        *_rows(_STANDING, Input.FAILS, S.FAILED, Act.FAIL),
        *_rows(_STANDING, Input.FLASH, S.DIAL_TONE, Act.ASIDE, Act.RECALL_TONE),
        *(row for state in _STANDING for row in _nothing(state, Input.ANSWERED, *_PROVISIONAL, *_LINE)),
        *(row for state in _STANDING for row in _nothing(state, Input.DIAL_MOVES, Input.DIAL_HOME)),
        *(_row(state, Input.NOTICE_OVER, state, Act.CLEAR_NOTICE) for state in _STANDING),
        # a second call
        *(_row(state, Input.SECOND_CALL_ARRIVES, state, Act.WAIT) for state in _STANDING),
        *_rows(_STANDING, Input.FLASH_WAITING, S.TALKING, Act.SWAP, Act.ANSWER_WAITING),
        *_rows(_STANDING, Input.FLASH_HELD, S.TALKING, Act.SWAP, Act.TAKE_BACK),
        *_rows(_ENDED, Input.FLASH_WAITING, S.TALKING, Act.PROMOTE, Act.ANSWER_WAITING),
        *_rows(_ENDED, Input.FLASH_HELD, S.TALKING, Act.PROMOTE, Act.TAKE_BACK),
        # one of two is over
        *(_row(state, Input.OTHER_LEAVES, state, Act.FORGET_OTHER) for state in (*_OFF_HOOK, S.TRANSFERRING)),
        *_rows((*_DIALLING, *_ENDED), Input.ON_HOOK_OTHER, S.RINGING, Act.RING_OTHER),
        *_rows((*_OUTGOING, *_STANDING), Input.ON_HOOK_OTHER, S.RINGING, Act.END, Act.RING_OTHER),
        # somebody takes his place: RFC 3891 section 3
        *(_row(state, Input.REPLACED, S.TALKING, Act.REPLACE, Act.CONNECT) for state in _STANDING),
        *(_row(state, Input.OTHER_REPLACED, state, Act.REPLACE_OTHER) for state in (*_OFF_HOOK, S.TRANSFERRING)),
        # the far end sends us on: RFC 5589 section 6
        *_rows(_STANDING, Input.SENT_ON, S.CALLING, Act.FOLLOW),
        *_rows(_OUTGOING, Input.ON_HOOK_SENT_ON, S.IDLE, Act.END_OTHER, Act.END, Act.CLEAR),
        # we send the far end on; what comes of it is told even when nobody is off the hook any more
        *_rows(_STANDING, Input.HAND_OVER, S.TRANSFERRING, Act.HAND_OVER),
        *_rows(_STANDING, Input.JOIN, S.TRANSFERRING, Act.JOIN),
        *(_row(state, Input.HAND_OVER_IN_VAIN, state, Act.NOTICE_FAILURE) for state in _STANDING),
        _row(S.TRANSFERRING, Input.HANDED_OVER, S.FAR_HUNG_UP, Act.GONE, Act.FAR_LEFT),
        _row(S.TRANSFERRING, Input.HANDED_OVER_ON_HOOK, S.IDLE, Act.GONE, Act.CLEAR),
        _row(S.TRANSFERRING, Input.NOT_HANDED_OVER, S.TALKING, Act.GO_ON, Act.NOTICE_FAILURE),
        _row(S.TRANSFERRING, Input.NOT_HANDED_OVER_ON_HOOK, S.RINGING, Act.RING_AGAIN),
        _row(S.TRANSFERRING, Input.REPLACED, S.TRANSFERRING, Act.REPLACE),
        _row(S.TRANSFERRING, Input.FIRST_OF_TWO_ENDS, S.TRANSFERRING, Act.PROMOTE),
        *_nothing(S.TRANSFERRING, *_OFF, *_PARTS, Input.ON_HOOK, *_DIAL, *_LINE, *_FAR_HOLDING),
        *_nothing(S.TRANSFERRING, Input.FLASH, Input.ANSWERED, *_PROVISIONAL),
        _row(S.TRANSFERRING, Input.CALL_ARRIVES, S.TRANSFERRING, Act.REJECT),
        # it is over, and nobody hung up
        _row(S.FAR_HUNG_UP, Input.SILENCE_OVER, S.FAR_HUNG_UP, Act.FAR_LEFT_TONE),
        *_rows(_OVER, Input.LEFT_OFF_HOOK, S.HOWLER, Act.HOWL),
        _row(S.FAILED, Input.LINE_BACK, S.DIAL_TONE, Act.DIAL_TONE),
        _row(S.HOWLER, Input.HOWLED_ENOUGH, S.HOWLER, Act.SILENCE),
        *(row for state in _ENDED for row in _nothing(state, Input.FLASH, *_DIAL, *_LINE)),
        # off the hook, whatever else
        *(row for state in _OFF_HOOK for row in _nothing(state, *_PARTS)),
        *(row for state in _OFF_HOOK for row in [_row(state, Input.CALL_ARRIVES, state, Act.REJECT)]),
        *_rows((*_DIALLING, *_ENDED), Input.ON_HOOK, S.IDLE, Act.CLEAR),
        *_rows((*_OUTGOING, *_STANDING), Input.ON_HOOK, S.IDLE, Act.END, Act.CLEAR),
    ]
)
