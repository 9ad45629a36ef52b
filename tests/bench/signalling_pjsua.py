"""The same work done by PJSIP: accounts that register, or one that answers every call; alone in its process.

pjsua2 keeps its accounts in a table of a size that was chosen when it was compiled: 8, and 4 calls.
"""

import asyncio
import os
import sys
import time
from typing import Any

import pjsua2 as pj

from tests.bench.pipe import resident_bytes, serve

POLL_MS = 1


class _Call(pj.Call):  # type: ignore[misc]
    """Answered at once; forgotten when it is over."""

    def onCallState(self, prm: Any) -> None:
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            _CALLS.discard(self)


_CALLS: set[_Call] = set()
"""pjsua2 wants its calls held while they last"""


class _Account(pj.Account):  # type: ignore[misc]
    registered = 0
    """how often the registrar said yes"""

    def onRegState(self, prm: Any) -> None:
        if prm.code == 200:
            self.registered += 1

    def onIncomingCall(self, prm: Any) -> None:
        call = _Call(self, prm.callId)
        _CALLS.add(call)
        answer = pj.CallOpParam(True)
        answer.statusCode = 180
        call.answer(answer)
        answer.statusCode = 200
        call.answer(answer)


class Endpoint:
    """The one endpoint of this process; polled between the questions of the bench."""

    def __init__(self) -> None:
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        self._endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.boundAddress = "127.0.0.1"
        self._transport = self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self._endpoint.libStart()
        self._endpoint.audDevManager().setNullDev()
        self._accounts: list[_Account] = []
        self._polling = asyncio.get_running_loop().create_task(self._poll())

    async def open(self, phones: int, registrar: str = "") -> dict[str, Any]:
        before, began = resident_bytes(), time.perf_counter()
        for n in range(phones):
            config = pj.AccountConfig()
            config.idUri = f"sip:phone-{n}@{registrar or '127.0.0.1'}"
            config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
            if registrar:
                config.regConfig.registrarUri = f"sip:{registrar}"
                config.regConfig.timeoutSec = 3600
            account = _Account()
            account.create(config)
            self._accounts.append(account)
        for account in self._accounts:
            while registrar and not account.registered:
                self._endpoint.libHandleEvents(POLL_MS)
        elapsed = time.perf_counter() - began
        address = self._endpoint.transportGetInfo(self._transport).localName
        return {
            "port": int(address.rpartition(":")[2]),
            "bytes": (resident_bytes() - before) / phones,
            "seconds": elapsed,
        }

    async def refresh(self, seconds: float) -> dict[str, float]:
        """Register every account again as soon as it is, for so long; how many registrations that made."""
        before, began = self._count(), time.perf_counter()
        asked = [account.registered for account in self._accounts]
        for account in self._accounts:
            account.setRegistration(True)
        while (elapsed := time.perf_counter() - began) < seconds:
            await asyncio.sleep(0)
            for n, account in enumerate(self._accounts):
                if account.registered > asked[n]:
                    asked[n] = account.registered
                    account.setRegistration(True)
        return {"registrations": self._count() - before, "seconds": elapsed}

    async def cpu(self) -> dict[str, float]:
        return {"cpu": time.process_time()}

    async def close(self) -> dict[str, Any]:
        self._polling.cancel()
        await asyncio.gather(self._polling, return_exceptions=True)
        for account in self._accounts:
            account.shutdown()
        self._accounts.clear()
        self._endpoint.libDestroy()
        return {}

    def _count(self) -> int:
        return sum(account.registered for account in self._accounts)

    async def _poll(self) -> None:
        while True:
            self._endpoint.libHandleEvents(POLL_MS)
            await asyncio.sleep(0)


async def _main() -> None:
    await serve(Endpoint())


if __name__ == "__main__":
    sys.stdout = os.fdopen(os.dup(1), "w")  # what the library itself prints goes where faults go
    os.dup2(2, 1)
    asyncio.run(_main())
