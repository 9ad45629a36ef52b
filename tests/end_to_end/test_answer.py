"""``neoretro answer`` without a person: held, dialled at, sent on, called twice; and what it reports of each call."""

from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.caller import Caller
from tests.end_to_end.peers.neoretro import Answering


def port(phone: Answering) -> int:
    return int(phone.address.rpartition(":")[2])


async def answered(caller: Caller) -> None:
    caller.invite()
    await caller.hears("SIP/2.0 200")
    caller.ack()


async def test_a_call_that_is_held_and_dialled_at_goes_on_and_is_reported(lab: Lab) -> None:
    async with Answering(lab, "--calls", "1", "--phones", "1", "--json") as phone:
        with Caller(port(phone)) as caller, Caller(port(phone)) as second:
            await answered(caller)
            await phone.says("talking")
            second.invite()
            await second.hears("SIP/2.0 486")
            second.ack()
            for on in (True, False):
                caller.hold(on)
                await caller.hears("SIP/2.0 200")
                caller.ack_ask()
            caller.ask("INFO", body="Signal=5\r\nDuration=160\r\n", kind="application/dtmf-relay")
            await caller.hears("SIP/2.0 200")
            caller.bye()
            await caller.hears("SIP/2.0 200")
        outcome = await phone.finished(15)
        [call] = outcome.report["calls"]
        assert (call["caller"], call["answered"], call["codec"], call["srtp"]) == ("caller", True, "PCMU", "")
        assert [(change["what"], change["direction"]) for change in call["changes"]] == [
            ("held", "recvonly"),
            ("resumed", "sendrecv"),
        ]
        assert [(heard["digit"], heard["by"]) for heard in call["digits"]] == [("5", "info")]
        assert call["transfers"] == [] and call["ice"] is False
        assert outcome.report["missed"] == 0 and "Traceback" not in outcome.story


async def test_sent_on_it_follows_and_the_conversation_is_one(lab: Lab) -> None:
    async with Answering(lab, "--calls", "1", "--json") as phone:
        with Caller(port(phone)) as caller, Caller(port(phone)) as there:
            await answered(caller)
            await phone.says("talking")
            caller.ask("REFER", f"Refer-To: <{there.address}>", "Referred-By: <sip:caller@lab>")
            invite = await there.hears("INVITE")
            there.agree(invite)
            await there.hears("ACK")
            told = await caller.hears("NOTIFY")
            while "200 OK" not in told:
                caller.agree(told)
                told = await caller.hears("NOTIFY")
            caller.agree(told)
            caller.bye()
            await caller.hears("SIP/2.0 200 OK")
            await until(lambda: len(phone.udp_ports) == 3, "the first voice path is closed")  # SIP, RTP, RTCP
            there.bye_as_called(invite)
            await there.hears("SIP/2.0 200")
        outcome = await phone.finished(15)
        [call] = outcome.report["calls"]
        assert call["caller"] == "caller" and call["answered"]
        assert call["transfers"][0]["asked"] == there.address
        assert call["transfers"][0]["by"] == "sip:caller@lab"
        assert outcome.report["tasks_left"] == 0


async def test_with_two_phones_a_second_caller_is_answered_at_the_other(lab: Lab) -> None:
    async with Answering(lab, "--calls", "2", "--phones", "2", "--json") as phone:
        with Caller(port(phone)) as first, Caller(port(phone)) as second, Caller(port(phone)) as third:
            await answered(first)
            await answered(second)
            third.invite()
            await third.hears("SIP/2.0 486")
            third.ack()
            for caller in (first, second):
                caller.bye()
                await caller.hears("SIP/2.0 200")
        outcome = await phone.finished(15)
        assert {call["phone"] for call in outcome.report["calls"]} == {"neoretro-1", "neoretro-2"}
        assert outcome.report["answered"] == 2
