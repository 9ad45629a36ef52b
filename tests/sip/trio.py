"""Three agents on one wire: ann and bob talk, carl may be called by either."""

from collections.abc import Callable

from gateway.sip.agent import Agent
from gateway.sip.events import Answered, IncomingCall
from tests.sip.pair import ANN, BOB, Pair, agent, media

CARL = ("192.0.2.3", 5060)
CARLS = f"sip:carl@{CARL[0]}:{CARL[1]}"


class Trio(Pair):
    """ann calls bob; carl is there, too."""

    def __init__(self, lose: Callable[[int, bytes], bool] = lambda count, data: False) -> None:
        super().__init__(lose=lose)
        self.carl = agent(CARL, 3)
        self.wire.attach("carl", CARL, self.carl)

    def by_name(self, label: str) -> Agent:
        return {"ann": self.ann, "bob": self.bob, "carl": self.carl}[label]

    def arrived_at(self, label: str) -> IncomingCall:
        """The latest call that arrived there."""
        return self.wire.told(label, IncomingCall)[-1]

    def calls(self, label: str, target: str, called: str) -> tuple[str, str]:
        """Another call that stands; its names at both ends."""
        address = {"ann": ANN, "bob": BOB, "carl": CARL}
        call = self.by_name(label).invite(target, media(address[label]), self.now)
        self.wire.run(1.0)
        arrived = self.arrived_at(called).call
        self.by_name(called).accept(arrived, media(address[called]), self.now)
        self.wire.run(1.0)
        assert self.wire.told(label, Answered)[-1].call == call
        return call, arrived
