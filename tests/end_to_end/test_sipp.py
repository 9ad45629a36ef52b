"""(d) SIPp's built-in caller: fifty calls at five a second, none failed, and nothing left behind."""

import asyncio

import pytest

from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.caller import Caller
from tests.end_to_end.peers.neoretro import Answering
from tests.end_to_end.peers.sipp import Sipp

REDIAL_S = 0.05
"""before somebody who found it busy tries again"""


@pytest.mark.parametrize(("count", "tcp"), [(50, False), (15, True)], ids=["50 over udp", "15 over tcp"])
async def test_calls_at_five_a_second_none_failed_and_nothing_left(lab: Lab, count: int, tcp: bool) -> None:
    async with Answering(lab, "--calls", str(count + 1), "--json") as phone:
        before, ports = phone.open_descriptors, phone.udp_ports
        async with Sipp(lab, phone.address, calls=count, per_second=5, talk_ms=200, tcp=tcp) as caller:
            calls = await caller.finished(30)
        assert (calls.successful, calls.failed) == (count, 0), calls
        assert calls.retransmissions == 0, "on a quiet network nothing is asked twice"
        # the process still lives and waits for one more call: whatever it keeps now, it would keep for ever
        await until(lambda: phone.udp_ports == ports, "every voice port is closed again")
        await until(lambda: phone.open_descriptors <= before, "no socket or file is left")
        async with Sipp(lab, phone.address, calls=1, talk_ms=200) as last:
            assert (await last.finished(15)).successful == 1, "the phone is usable after so many calls"
        outcome = await phone.finished(15)
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        assert outcome.report["answered"] == count + 1 and outcome.report["missed"] == 0
        assert outcome.report["tasks_left"] == 0, "no task of a call outlives it"


async def test_a_caller_who_gives_up_at_once_counts_once(lab: Lab) -> None:
    async with Answering(lab, "--calls", "3", "--phones", "1", "--json") as phone:
        rang = 0
        while rang < 3:
            with Caller(int(phone.address.rpartition(":")[2])) as caller:
                caller.invite()
                heard = await caller.hears("SIP/2.0 180", "SIP/2.0 486")
                if heard.startswith("SIP/2.0 486"):  # for the moment that it takes to put the handset back
                    caller.acknowledge(heard)
                    await asyncio.sleep(REDIAL_S)
                    continue
                rang += 1
                caller.cancel()
                if (await caller.decided()).startswith("SIP/2.0 200"):  # it had been lifted
                    caller.bye()
                    await caller.hears("SIP/2.0 200")
        outcome = await phone.finished(15)
        assert outcome.report["answered"] + outcome.report["missed"] == 3, outcome.report


async def test_asked_to_leave_it_reports_what_it_answered(lab: Lab) -> None:
    async with Answering(lab, "--json") as phone:
        async with Sipp(lab, phone.address, calls=1, talk_ms=200) as caller:
            assert (await caller.finished(15)).successful == 1
        await phone.says("hung up")
        outcome = await phone.stopped()
        assert outcome.exit_code == 0 and outcome.report["answered"] == 1, outcome
