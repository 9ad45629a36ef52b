"""The actor: one mailbox, one reader, one timer, and no flood that drowns any of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from softphone.actor import BURST, MAILBOX_SIZE, Actor, Follower
from tests.softphone.clock import live


class Diary(Actor[str]):
    """Writes down what happened to it, and when."""

    def __init__(self) -> None:
        super().__init__("diary")
        self.due: float | None = None
        self.entries: list[str] = []

    def start(self) -> None:
        self.entries.append("start")

    def handle(self, message: str) -> None:
        if message == "raise":
            raise ZeroDivisionError(message)
        self.entries.append(message)

    def get_timer(self) -> float | None:
        return self.due

    def handle_timer(self) -> None:
        self.entries.append("timer")
        self.due = None

    def drop(self, message: str) -> None:
        self.entries.append(f"dropped {message}")


class Newest(Follower[int]):
    def __init__(self) -> None:
        super().__init__("newest")
        self.seen: list[int] = []

    def handle(self, message: int) -> None:
        self.seen.append(message)


@asynccontextmanager
async def running(actor: Actor[str] | Actor[int]) -> AsyncIterator[None]:
    task = asyncio.create_task(actor.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_messages_are_read_in_the_order_they_were_told() -> None:
    async def story() -> list[str]:
        diary = Diary()
        diary.tell("before it lived")
        async with running(diary):
            diary.tell("a")
            diary.tell("b")
            await asyncio.sleep(0.01)
        return diary.entries

    assert live(story()) == ["start", "before it lived", "a", "b"]


def test_the_timer_fires_when_it_is_due_and_once() -> None:
    async def story() -> tuple[float, list[str]]:
        diary = Diary()
        loop = asyncio.get_running_loop()
        diary.due = loop.time() + 5
        async with running(diary):
            await asyncio.sleep(4.9)
            assert diary.entries == ["start"]
            await asyncio.sleep(100)
        return loop.time(), diary.entries

    assert live(story())[1] == ["start", "timer"]


def test_a_flood_does_not_hold_up_what_is_due() -> None:
    async def story() -> list[str]:
        diary = Diary()
        diary.due = asyncio.get_running_loop().time()
        for _ in range(MAILBOX_SIZE):
            diary.tell("flood")
        async with running(diary):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return diary.entries

    assert live(story())[:2] == ["start", "timer"]


def test_a_timer_that_is_always_due_does_not_hold_up_the_messages() -> None:
    class Restless(Diary):
        def handle_timer(self) -> None:
            self.entries.append("timer")

    async def story() -> list[str]:
        diary = Restless()
        diary.due = 0.0
        async with running(diary):
            diary.tell("a")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return diary.entries

    assert "a" in live(story())


def test_a_flood_leaves_the_loop_to_others_now_and_then() -> None:
    async def story() -> int:
        diary = Diary()
        for _ in range(MAILBOX_SIZE):
            diary.tell("flood")
        async with running(diary):
            await asyncio.sleep(0)
            return len(diary.entries) - 1

    assert live(story()) == BURST


def test_a_full_mailbox_refuses_counts_and_complains_once(caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary()
    with caplog.at_level(logging.ERROR):
        for number in range(MAILBOX_SIZE + 3):
            diary.tell(str(number))
    assert diary.refused == 3
    assert caplog.messages == [f"diary: mailbox full ({MAILBOX_SIZE}), refused '{MAILBOX_SIZE}'"]


def test_an_exception_ends_the_actor_and_what_was_not_read_is_dropped() -> None:
    async def story() -> list[str]:
        diary = Diary()
        for message in ("a", "raise", "b", "c"):
            diary.tell(message)
        with pytest.raises(ZeroDivisionError):
            await diary.run()
        return diary.entries

    assert live(story()) == ["start", "a", "dropped b", "dropped c"]


def test_it_can_live_again() -> None:
    async def story() -> list[str]:
        diary = Diary()
        for _ in range(2):
            diary.tell("a")
            diary.tell("raise")
            with pytest.raises(ZeroDivisionError):
                await diary.run()
        return diary.entries

    assert live(story()) == ["start", "a"] * 2


def test_by_default_nothing_is_due_and_what_is_dropped_is_for_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    class Plain(Actor[str]):
        def handle(self, message: str) -> None:
            raise ZeroDivisionError

    async def story() -> None:
        plain = Plain("plain")
        plain.handle_timer()
        assert plain.get_timer() is None
        plain.tell("a")
        plain.tell("b")
        with pytest.raises(ZeroDivisionError):
            await plain.run()

    with caplog.at_level(logging.DEBUG, "softphone.actor"):
        live(story())
    assert caplog.messages == ["plain: dropped 'b'"]


def test_an_actor_must_say_what_a_message_does() -> None:
    with pytest.raises(NotImplementedError):
        Actor[str]("nobody").handle("a")


def test_a_follower_reads_the_newest_message_only() -> None:
    async def story() -> list[int]:
        newest = Newest()
        for number in range(5000):
            newest.tell(number)
        async with running(newest):
            await asyncio.sleep(0.01)
            newest.tell(5000)
            newest.tell(5001)
            await asyncio.sleep(0.01)
        assert newest.refused == 0
        return newest.seen

    assert live(story()) == [4999, 5001]
