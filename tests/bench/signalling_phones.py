"""Phones whose signalling is measured, alone in their process: many that register, or many that answer calls."""

import asyncio
import logging
import sys
import time
from dataclasses import replace
from functools import partial
from random import SystemRandom
from typing import Any

from gateway.app import line_settings, station_settings
from gateway.base_station import BaseStation
from gateway.bridge import Bridge
from gateway.collector import Collector
from gateway.config import parse
from gateway.line import Line
from gateway.sip.account import Account
from softphone.messages import CallState, PhoneSnapshot
from tests.bench.pipe import resident_bytes, serve

CALLERS_PER_S = 10_000
"""new requests a second that are read: the one host that calls here stands for many, and 225 are its share else"""


class Phones:
    """Of one process, on one line."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._stations: list[BaseStation] = []

    async def open(self, phones: int, registrar: str = "") -> dict[str, Any]:
        """Make them; without a registrar they answer every call. The port, and the bytes that one phone takes."""
        limits = {"new_requests_per_s": CALLERS_PER_S}
        config = parse({"line": {"bind": "127.0.0.1:0", "expires_s": 3600, "limits": limits}}, "bench", {})
        settings = station_settings(config, {})
        self._line = Line(line_settings(config, "127.0.0.1"), SystemRandom())
        await self._line.open()
        collector = Collector()  # as in the gateway's own process
        collector.settle()
        bridge = Bridge(rest=collector.rest)
        self._tasks = [asyncio.create_task(bridge.run())]
        before, began = resident_bytes(), time.perf_counter()
        for n in range(phones):
            name = f"phone-{n}"
            account = Account(f"sip:{name}@{registrar}", f"sip:{registrar}", password="secret") if registrar else None
            station = BaseStation(replace(settings, name=name, account=account), self._line, bridge)
            self._stations.append(station)
            if not registrar:
                station.phone.subscribe(_Butler(station))
            self._tasks.append(asyncio.create_task(station.run()))
        await asyncio.sleep(0)
        await self._everybody_registered()
        elapsed = time.perf_counter() - began
        return {"port": self._line.port, "bytes": (resident_bytes() - before) / phones, "seconds": elapsed}

    async def _everybody_registered(self) -> None:
        waiting, done = set(self._stations), asyncio.Event()

        def look(station: BaseStation, snapshot: PhoneSnapshot) -> None:
            if snapshot.line.registered:
                waiting.discard(station)
            if not waiting:
                done.set()

        unsubscribes = [station.subscribe(partial(look, station)) for station in self._stations]
        for station in self._stations:
            look(station, station.snapshot)
        await done.wait()
        for unsubscribe in unsubscribes:
            unsubscribe()

    async def cpu(self) -> dict[str, float]:
        """Seconds of CPU that the process has taken."""
        return {"cpu": time.process_time()}

    async def close(self) -> dict[str, Any]:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close()
        return {}


class _Butler:
    """Lifts when it rings, and puts the handset back when the caller has left."""

    def __init__(self, station: BaseStation) -> None:
        self._handset = station.phone.handset
        self._state = CallState.IDLE

    def __call__(self, snapshot: PhoneSnapshot) -> None:
        before, self._state = self._state, snapshot.call.state
        if self._state is before:
            return
        if self._state is CallState.RINGING:
            self._handset.lift()
        elif self._state in (CallState.FAR_HUNG_UP, CallState.FAILED):
            self._handset.hang_up()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    asyncio.run(serve(Phones()))
