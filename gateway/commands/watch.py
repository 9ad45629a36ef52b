"""Waiting for what a person would see on the phone."""

import asyncio
from collections.abc import Callable

from softphone.actors.phone import Phone
from softphone.messages import PhoneSnapshot


async def seen(phone: Phone, condition: Callable[[PhoneSnapshot], bool], within_s: float | None) -> PhoneSnapshot:
    """The first snapshot, from now on, that fulfils `condition`. :raises TimeoutError: when none does in time."""
    found: asyncio.Future[PhoneSnapshot] = asyncio.get_running_loop().create_future()

    def look(snapshot: PhoneSnapshot) -> None:
        if not found.done() and condition(snapshot):
            found.set_result(snapshot)

    unsubscribe = phone.subscribe(look)
    try:
        look(phone.snapshot)
        async with asyncio.timeout(within_s):
            return await found
    finally:
        unsubscribe()
