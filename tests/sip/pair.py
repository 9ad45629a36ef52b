"""Two agents and what tests need to make them talk."""

import random
from collections.abc import Callable

from gateway.sdp.media import LocalMedia
from gateway.sip.agent import Agent, AgentSettings
from gateway.sip.events import Answered, IncomingCall, MediaChanged
from gateway.sip.settings import CallPolicy, Limits
from tests.sip.wire import Wire

ANN = ("192.0.2.1", 5060)
BOB = ("192.0.2.2", 5060)


def agent(
    address: tuple[str, int],
    seed: int = 1,
    policy: CallPolicy | None = None,
    trusted: frozenset[str] = frozenset(),
    keep_alive_s: float = 0.0,
    **limits: int,
) -> Agent:
    sent_by = {"UDP": address, "TCP": address}
    settings = AgentSettings(
        sent_by,
        limits=Limits(**limits),
        policy=policy or CallPolicy(),
        trusted=trusted,
        keep_alive_s=keep_alive_s,
    )
    return Agent(settings, random.Random(seed))


def media(address: tuple[str, int], codecs: tuple[str, ...] = ("PCMU", "PCMA"), **how: str) -> LocalMedia:
    return LocalMedia(address[0], 4000, codecs, **how)  # type: ignore[arg-type]


class Pair:
    """ann calls bob."""

    def __init__(
        self,
        *,
        transport: str = "udp",
        lose: Callable[[int, bytes], bool] = lambda count, data: False,
        cut: int = 1 << 20,
        policy: CallPolicy | None = None,
        seed: int = 1,
    ) -> None:
        """:param policy: of ann's calls and bob's"""
        self.wire = Wire(lose=lose, cut=cut)
        self.ann, self.bob = agent(ANN, seed, policy), agent(BOB, seed + 1, policy)
        self.wire.attach("ann", ANN, self.ann)
        self.wire.attach("bob", BOB, self.bob)
        self.target = f"sip:bob@{BOB[0]}:{BOB[1]};transport={transport}"
        self.call = ""
        """ann's name of it"""

    @property
    def now(self) -> float:
        return self.wire.now

    @property
    def arrived(self) -> str:
        """bob's name of it."""
        return self.wire.the("bob", IncomingCall).call

    def dial(self, seconds: float = 1.0) -> None:
        """Until bob knows."""
        self.call = self.ann.invite(self.target, media(ANN), self.now)
        self.wire.run(seconds)

    def ring(self, seconds: float = 1.0) -> None:
        self.bob.ring(self.arrived, self.now)
        self.wire.run(seconds)

    def accept(self, seconds: float = 1.0) -> None:
        self.bob.accept(self.arrived, media(BOB), self.now)
        self.wire.run(seconds)

    def talk(self) -> None:
        """A call that stands."""
        self.dial()
        self.ring()
        self.accept()
        assert self.wire.the("ann", Answered).call == self.call

    def heard(self) -> tuple[str, str]:
        """The direction of the voice as each of them was told last."""
        last = []
        for label in ("ann", "bob"):
            media = [e.media for e in self.wire.told(label, Answered) + self.wire.told(label, MediaChanged)]
            last.append(str(media[-1].direction))
        return last[0], last[1]

    def alive(self) -> int:
        """How many calls and transactions are left when both have ended all."""
        return sum(not end.closed for end in (self.ann, self.bob))

    def hang_up(self, seconds: float = 100.0) -> None:
        self.ann.hang_up(self.call, self.now)
        self.wire.run(seconds)
