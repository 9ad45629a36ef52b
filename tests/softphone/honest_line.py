"""A line that keeps its books: it tells of calls that there are, and finds fault with commands for all others."""

from collections.abc import Callable

from softphone.call import Action
from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallArrived,
    CallEnded,
    Caller,
    CallFailed,
    CallHeld,
    CallId,
    CallProgressed,
    CallReplaced,
    CallTransferred,
    EndCall,
    FollowTransfer,
    HoldCall,
    JoinCalls,
    PlaceCall,
    RejectCall,
    ResumeCall,
    TransferAsked,
    TransferCall,
)
from tests.softphone.telephone import Telephone

GESTURES: tuple[Callable[[Telephone], None], ...] = (
    Telephone.lift,
    Telephone.hang_up,
    Telephone.take,
    Telephone.dock,
    Telephone.flash,
    lambda phone: phone.touch("0123456789"),
    lambda phone: phone.touch("5"),
)


class HonestLine:
    """Calls by name: whether they stand, whether the far end waits."""

    def __init__(self, phone: Telephone) -> None:
        self.phone = phone
        self.standing: dict[CallId, bool] = {}
        """every call there is -> whether it was answered"""
        self.arrived: set[CallId] = set()
        self.held: set[CallId] = set()
        self.leaving: set[CallId] = set()
        """ended by us, once who sent us on had time to do it himself"""
        self.handing_over: CallId | None = None
        self.following: CallId | None = None
        """whose far end sent us on"""
        self._names = 0
        self._read = 0

    # ------------------------------------------------------------ what the phone asks

    def listen(self) -> None:
        """Carry out what it asked for since the last time."""
        new, self._read = self.phone.done[self._read :], len(self.phone.done)
        for action in new:
            self._begin_or_end(action)
            self._change(action)

    def _begin_or_end(self, action: Action) -> None:
        match action:
            case PlaceCall(call):
                self._begin(call, False)
            case FollowTransfer(call, to):
                assert self.standing.get(call), "only a call that stands is followed"
                self._begin(to, False)
                self.following = call
            case AnswerCall(call):
                assert self.standing.get(call) is False and call in self.arrived, f"{call}: nobody waits there"
                self.standing[call] = True
            case RejectCall(call):
                self._end(call)
            case EndCall(call, after_s):
                self._end(call)
                if after_s:
                    self.leaving.add(call)
            case _:
                pass

    def _change(self, action: Action) -> None:
        match action:
            case HoldCall(call):
                assert self.standing.get(call), f"{call} does not stand and cannot be held"
                self.held.add(call)
            case ResumeCall(call):
                assert self.standing.get(call), f"{call} does not stand and cannot be resumed"
                self.held.discard(call)
            case TransferCall(call):
                assert self.standing.get(call)
                self.handing_over = call
            case JoinCalls(call, to):
                assert self.standing.get(call) and self.standing.get(to) and call in self.held
                self.handing_over = call
            case _:
                pass

    def _begin(self, call: CallId, answered: bool) -> None:
        assert call not in self.standing, f"{call} began twice"
        self.standing[call] = answered

    def _end(self, call: CallId) -> None:
        assert call in self.standing, f"{call} is over already, or never was"
        del self.standing[call]
        self.held.discard(call)
        if self.following == call:
            self.following = None

    # ------------------------------------------------------------ what the far ends do

    def arrive(self) -> None:
        call = self._name()
        self._begin(call, False)
        self.arrived.add(call)
        self.phone.tell(CallArrived(call, Caller("0612345678")))

    def replace(self, whom: CallId) -> None:
        call = self._name()
        self._begin(call, False)
        self.arrived.add(call)
        self.phone.tell(CallReplaced(whom, call, Caller("0698765432")))

    def move(self, call: CallId, how: int) -> None:
        """Something that can happen to this call, as it is."""
        if self.standing[call]:
            self._move_standing(call, how)
        elif call in self.arrived:
            self._end(call)
            self.phone.tell(CallEnded(call))
        else:
            self._move_outgoing(call, how)

    def _move_standing(self, call: CallId, how: int) -> None:
        match how % 5:
            case 0:
                self._end(call)
                self.phone.tell(CallEnded(call))
            case 1 | 2:
                self.phone.tell(CallHeld(call, how % 5 == 1))
            case 3:
                self.phone.tell(TransferAsked(call, "sip:paul@lab"))
            case _:
                self.replace(call)

    def _move_outgoing(self, call: CallId, how: int) -> None:
        match how % 5:
            case 0:
                self._end(call)
                self.phone.tell(CallFailed(call, 486))
            case 1:
                self.phone.tell(CallProgressed(call, 180, False))
            case 2:
                self.phone.tell(CallProgressed(call, 183, True))
            case 3:
                self.replace(call)
            case _:
                self.standing[call] = True
                self.phone.tell(CallAnswered(call))

    def report(self, status: int) -> None:
        """How it goes with the one handed over."""
        if self.handing_over is not None:
            self.phone.tell(CallTransferred(self.handing_over, status, final=status >= 200))

    def _name(self) -> CallId:
        self._names += 1
        return CallId(f"in-{self._names}")
