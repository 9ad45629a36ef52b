"""Two of us do whatever comes to their minds, over a wire that loses packets: in the end both agree."""

import random

import pytest

from gateway.sip.events import Answered, Ended, IncomingCall, MediaChanged
from gateway.sip.settings import CallPolicy, Reliable
from tests.sip.pair import ANN, BOB, Pair, media

SEEDS = [*range(60), 4033]
MIRROR = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class Whims(Pair):
    """A call in which each end does things at random, some of them at the same moment."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        loss = self.random.choice([0.0, 0.1, 0.3])
        self.losing = True
        super().__init__(
            lose=lambda count, data: self.losing and self.random.random() < loss,
            policy=CallPolicy(
                reliable=self.random.choice(list(Reliable)),
                session_timer_s=self.random.choice([0, 90, 1800]),
                refresher=self.random.choice(["", "uac", "uas"]),
            ),
            seed=seed,
        )

    def begin(self) -> bool:
        """ann calls, bob rings (with a voice or without) and answers; whether it came to that."""
        late = self.random.random() < 0.3
        self.call = self.ann.invite(self.target, media(ANN), self.now, late_offer=late)
        self.wire.run(self.random.choice([3, 20]))
        if not self.wire.told("bob", IncomingCall):
            return False
        if self.random.random() < 0.7:
            early = media(BOB) if self.random.random() < 0.5 else None
            self.bob.ring(self.arrived, self.now, early)
            self.wire.run(self.random.choice([0, 0.02, 5]))
        if not self.over:
            self.bob.accept(self.arrived, media(BOB), self.now)
        self.wire.run(self.random.choice([0.02, 5]))
        return True

    @property
    def over(self) -> bool:
        return bool(self.wire.told("ann", Ended) or self.wire.told("bob", Ended))

    def act(self) -> None:
        """One end, or both at once, hold, resume, change or let the other offer."""
        for label in self.random.choice([["ann"], ["bob"], ["ann", "bob"]]):
            end, call = (self.ann, self.call) if label == "ann" else (self.bob, self.arrived)
            if self.wire.told(label, Ended) or not self.wire.told(label, Answered):
                continue
            address, what = (ANN if label == "ann" else BOB), self.random.randrange(4)
            if what < 2:
                end.hold(call, bool(what), self.now)
            elif what == 2:
                end.modify(call, media(address, self.random.choice([("PCMU",), ("PCMA",), ("PCMA", "PCMU")])), self.now)
            else:
                end.modify(call, None, self.now)
        self.wire.run(self.random.choice([0.005, 0.02, 0.5, 3]))

    def settle(self, seconds: float) -> None:
        self.losing = False
        self.wire.run(seconds)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_ends_agree_and_nothing_is_left(seed: int) -> None:
    whims = Whims(seed)
    if whims.begin():
        for _ in range(whims.random.randrange(12)):
            whims.act()
        whims.settle(40)  # what was under way is decided, or given up
        if not whims.over and whims.wire.told("ann", Answered):
            ann, bob = whims.heard()
            assert ann == MIRROR[bob], whims.wire.log[-30:]
            assert same_codec(whims), whims.wire.log[-30:]
    label = whims.random.choice(["ann", "bob"]) if whims.wire.told("bob", IncomingCall) else "ann"
    if not whims.wire.told(label, Ended):
        end, call = (whims.ann, whims.call) if label == "ann" else (whims.bob, whims.arrived)
        end.hang_up(call, whims.now)
    whims.settle(200)
    for label in ("ann", "bob"):
        if label == "ann" or whims.wire.told("bob", IncomingCall):
            assert len(whims.wire.told(label, Ended)) == 1, (label, whims.wire.log[-30:])
    whims.ann.close(whims.now)
    whims.bob.close(whims.now)
    whims.wire.run(40)
    assert whims.alive() == 0
    assert (whims.ann.get_timer(), whims.bob.get_timer()) == (None, None)


def same_codec(pair: Pair) -> bool:
    """Each sends what the other takes."""
    last = [
        (pair.wire.told(label, Answered) + pair.wire.told(label, MediaChanged))[-1].media for label in ("ann", "bob")
    ]
    return all(one.send.name in {format.name for format in other.receive} for one, other in (last, reversed(last)))
