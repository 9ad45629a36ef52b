"""The actor: one bounded mailbox, one reader, one timer.

Others hold only an :class:`Address` and tell. What is told to a full mailbox is refused and counted, never waited
for: a phone whose part hangs must not stop the part that spoke. What is still in the mailbox when the actor ends is
dropped with it.
"""

import asyncio
import logging
from typing import Generic, Protocol, TypeVar

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

logger = logging.getLogger(__name__)

MAILBOX_SIZE = 256
"""messages; a person makes a few a second, a line a few dozen"""


class Address(Protocol[M_contra]):
    """What others hold of an actor."""

    def tell(self, message: M_contra) -> None:
        """Leave a message. Returns at once; never raises."""
        ...


class Actor(Generic[M]):
    """Runs one pure machine: subclasses say what a message and a timer do, both without waiting."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused = 0
        """messages told to a full mailbox"""
        self._mailbox: asyncio.Queue[M] = asyncio.Queue(MAILBOX_SIZE)

    def tell(self, message: M) -> None:
        try:
            self._mailbox.put_nowait(message)
        except asyncio.QueueFull:
            self.refused += 1
            logger.error("%s: mailbox full (%d), refused %r", self.name, MAILBOX_SIZE, message)

    def now(self) -> float:
        """Seconds, the loop's monotonic clock: the time handed to every machine."""
        return asyncio.get_running_loop().time()

    def start(self) -> None:
        """Called once in the actor's task, before the first message."""

    def handle(self, message: M) -> None:
        """Take one message."""
        raise NotImplementedError

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` is wanted, on the clock of :meth:`now`; None for never."""
        return None

    def handle_timer(self) -> None:
        """The timer is due."""

    async def run(self) -> None:
        """Read the mailbox until cancelled. An exception of the machine ends the actor: its phone restarts it."""
        self.start()
        while True:
            try:
                async with asyncio.timeout_at(self.get_timer()):
                    message = await self._mailbox.get()
            except TimeoutError:
                self.handle_timer()
            else:
                self.handle(message)
