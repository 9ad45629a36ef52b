"""Phones built of stock aiortc tracks and plain G.711 over UDP, in a process of their own, to be timed with clicks."""

import asyncio
from typing import Any

from gateway.bridge import Bridge
from softphone.audio.conference import Conference
from softphone.audio.routing import Member, Routing
from tests.bench.cost_phone import NoTones
from tests.bench.cost_stock import StockRtpLeg, StockWebRtcLeg
from tests.bench.pipe import serve

BOTH = frozenset({Member.FAR, Member.HANDSET})
TOGETHER = Routing(hears={member: BOTH - {member} for member in Member}, open=BOTH)
"""far end and handset hear each other"""


class StockPhones:
    """A far end and a browser each, mixed by the same bridge as ours."""

    def __init__(self) -> None:
        self._bridge = Bridge()
        self._legs: list[StockRtpLeg | StockWebRtcLeg] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def answer(self, offers: list[str], ports: list[int]) -> dict[str, Any]:
        """Answer the browsers, send to the far ends, and begin to mix."""
        answers, own = [], []
        for n, (offer, port) in enumerate(zip(offers, ports, strict=True)):
            line, browser = StockRtpLeg(port), StockWebRtcLeg()
            await line.open()
            answers.append(await browser.answer(offer))
            own.append(line.port)
            conference = Conference(f"phone {n}", NoTones())
            conference.attach(Member.FAR, line)
            conference.attach(Member.HANDSET, browser)
            conference.follow(TOGETHER)
            self._bridge.add(conference)
            self._legs += [line, browser]
        self._tasks.append(asyncio.create_task(self._bridge.run()))
        return {"answers": answers, "ports": own}

    async def close(self) -> dict[str, Any]:
        for task in self._tasks:
            task.cancel()
        for leg in self._legs:
            await leg.close()
        return {}


async def _main() -> None:
    await serve(StockPhones())


if __name__ == "__main__":
    asyncio.run(_main())
