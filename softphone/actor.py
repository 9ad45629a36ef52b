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
        self._mailbox: asyncio.Queue[M] = asyncio.Queue(mailbox_size)

    def tell(self, message: M) -> None:
        try:
            self._mailbox.put_nowait(message)
        except asyncio.QueueFull:
            self.refused += 1
            # the first of a flood says it all, and a log that fills a disk would be the worse fault
            if self.refused == 1:
                logger.error("%s: mailbox full (%d), refused %r", self.name, self._mailbox.maxsize, message)

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
            while not self._mailbox.empty():
                self.drop(self._mailbox.get_nowait())

    async def _read(self) -> None:
        read = 0
        while True:
            # looked at before every message: a flood of them must not hold up what is due
            due = self.get_timer()
            if due is not None and due <= self.now():
                self.handle_timer()
            message = await self._next()
            if message is None:
                continue
            self.handle(message)
            read += 1
            if read % BURST == 0:
                await asyncio.sleep(0)

    async def _next(self) -> M | None:
        """The next message; None when the timer is due first."""
        try:
            async with asyncio.timeout_at(self.get_timer()):
                return await self._mailbox.get()
        except TimeoutError:
            return None


class Follower(Actor[M]):
    """An actor that wants the newest message only: one that was not read yet gives way to the next."""

    def __init__(self, name: str) -> None:
        super().__init__(name, mailbox_size=1)

    def tell(self, message: M) -> None:
        if self._mailbox.full():
            self._mailbox.get_nowait()
        self._mailbox.put_nowait(message)
