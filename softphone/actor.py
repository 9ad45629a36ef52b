"""The actor: one bounded mailbox, one reader, one timer.

Others hold only an :class:`Address` and tell. What is told to a full mailbox is refused and counted, never waited
for: a phone whose part hangs must not stop the part that spoke. What is still in the mailbox when the actor ends is
given to :meth:`Actor.drop`.
"""

import asyncio
import logging
from typing import Generic, Protocol, TypeVar

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

logger = logging.getLogger(__name__)

MAILBOX_SIZE = 256
"""messages; a person makes a few a second, a line a few dozen"""

BURST = 32
"""messages read in one go; then the loop's other tasks, the voice among them, have their turn"""


class Address(Protocol[M_contra]):
    """What others hold of an actor."""

    def tell(self, message: M_contra) -> None:
        """Leave a message. Returns at once; never raises."""
        ...


class Actor(Generic[M]):
    """Runs one pure machine: subclasses say what a message and a timer do, both without waiting."""

    def __init__(self, name: str, mailbox_size: int = MAILBOX_SIZE) -> None:
        self.name = name
        self.refused = 0
        """messages told to a full mailbox"""
        self._mailbox: list[M] = []
        """oldest first; a deque would take 0.6 kB of each actor, and has its merits in longer lines than this"""
        self._mailbox_size = mailbox_size
        self._asleep: asyncio.Future[None] | None = None
        """while there is nothing to read"""

    def tell(self, message: M) -> None:
        if len(self._mailbox) < self._mailbox_size:
            self._put(message)
            return
        self.refused += 1
        # the first of a flood says it all, and a log that fills a disk would be the worse fault
        if self.refused == 1:
            logger.error("%s: mailbox full (%d), refused %r", self.name, self._mailbox_size, message)

    def _put(self, message: M) -> None:
        self._mailbox.append(message)
        self._wake()

    def now(self) -> float:
        """Seconds, the loop's monotonic clock: the time handed to every machine."""
        return asyncio.get_running_loop().time()

    def start(self) -> None:
        """Called in the actor's task before the first message of each life: a new machine, nothing from before."""

    def handle(self, message: M) -> None:
        """Take one message."""
        raise NotImplementedError

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` is wanted, on the clock of :meth:`now`; None for never."""
        return None

    def handle_timer(self) -> None:
        """The timer is due."""

    def drop(self, message: M) -> None:
        """Nobody will read this message."""
        logger.debug("%s: dropped %r", self.name, message)

    async def run(self) -> None:
        """Read the mailbox until cancelled. An exception of the machine ends the actor: its phone restarts it."""
        self.start()
        try:
            await self._read()
        finally:
            while self._mailbox:
                self.drop(self._mailbox.pop(0))

    async def _read(self) -> None:
        read = 0
        while True:
            # looked at before every message: a flood of them must not hold up what is due
            due = self.get_timer()
            if due is not None and due <= self.now():
                self.handle_timer()
            if not self._mailbox:
                await self._sleep()
                continue
            self.handle(self._mailbox.pop(0))
            read += 1
            if read % BURST == 0:
                await asyncio.sleep(0)

    async def _sleep(self) -> None:
        """Until there is a message, or the timer is due: what `asyncio.Queue` and `asyncio.timeout_at` would do with
        2.5 kB for each of a phone's seven actors."""
        loop, due = asyncio.get_running_loop(), self.get_timer()
        self._asleep = loop.create_future()
        timer = loop.call_at(due, self._wake) if due is not None else None
        try:
            await self._asleep
        finally:
            self._asleep = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._asleep is not None and not self._asleep.done():
            self._asleep.set_result(None)


class Follower(Actor[M]):
    """An actor that wants the newest message only: one that was not read yet gives way to the next."""

    def tell(self, message: M) -> None:
        self._mailbox.clear()
        self._put(message)
