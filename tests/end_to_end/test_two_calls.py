"""Two calls, holds, transfers and texts on the wires of a base station in this process."""

import asyncio
from collections.abc import Callable

from gateway.app import App, telephone
from gateway.base_station import BaseStation
from gateway.commands.watch import seen
from gateway.sip.account import Account
from gateway.sip.events import MessagesWaiting
from softphone.audio.routing import Member
from softphone.messages import CallState, PhoneSnapshot, Transfer
from tests.end_to_end.lab import until
from tests.end_to_end.peers.caller import Caller
from tests.end_to_end.test_base_station import configuration

SUMMARY = "application/simple-message-summary"


async def shows(app: App, condition: Callable[[PhoneSnapshot], bool]) -> PhoneSnapshot:
    return await seen(app.stations[0].phone, condition, 5)


async def state(app: App, wanted: CallState) -> PhoneSnapshot:
    return await shows(app, lambda snapshot: snapshot.call.state is wanted)


async def talk(app: App, caller: Caller) -> None:
    """The phone and this caller talk."""
    caller.invite()
    await state(app, CallState.RINGING)
    app.stations[0].phone.handset.lift()
    await caller.hears("SIP/2.0 200")
    caller.ack()
    await state(app, CallState.TALKING)


async def wait_beside(app: App, caller: Caller) -> PhoneSnapshot:
    """A second one calls."""
    caller.invite()
    await caller.hears("SIP/2.0 180")
    return await shows(app, lambda snapshot: snapshot.call.other is not None)


def voice_of(station: BaseStation) -> object:
    return station.conference.legs[Member.FAR]


async def rest(app: App) -> None:
    station = app.stations[0]
    station.phone.handset.hang_up()
    station.phone.earpiece.dock()
    await state(app, CallState.IDLE)
    await until(lambda: station.idle, "every call is forgotten")
    assert voice_of(station) is None


async def test_a_second_call_waits_is_answered_and_swapped_with_one_voice_at_a_time() -> None:
    async with telephone(configuration()) as app:
        station = app.stations[0]
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            await talk(app, first)
            voice = voice_of(station)
            waiting = await wait_beside(app, second)
            assert (waiting.call.tone, waiting.led.pattern) == ("call_waiting", "call_waiting")
            assert voice_of(station) is voice is not None
            station.phone.handset.flash()
            held = await first.hears("INVITE")
            assert "a=sendonly" in held
            first.agree(held)
            await second.hears("SIP/2.0 200")
            second.ack()
            await until(lambda: voice_of(station) not in (voice, None), "the second is heard instead")
            station.phone.handset.flash()
            second.agree(await second.hears("INVITE"))
            first.agree(await first.hears("INVITE"))
            await until(lambda: voice_of(station) is voice, "and the first again")
            first.bye()
            await first.hears("SIP/2.0 200")
            await state(app, CallState.FAR_HUNG_UP)
            station.phone.handset.flash()
            second.agree(await second.hears("INVITE"))
            await state(app, CallState.TALKING)
            station.phone.handset.hang_up()
            second.agree(await second.hears("BYE"))
            await rest(app)


async def test_a_third_call_is_busy_and_hanging_up_rings_for_who_is_held() -> None:
    async with telephone(configuration()) as app:
        station = app.stations[0]
        with Caller(app.line.port) as first, Caller(app.line.port) as second, Caller(app.line.port) as third:
            await talk(app, first)
            await wait_beside(app, second)
            third.invite()
            await third.hears("SIP/2.0 486")
            third.ack()
            station.phone.handset.flash()
            first.agree(await first.hears("INVITE"))
            await second.hears("SIP/2.0 200")
            second.ack()
            await shows(app, lambda s: s.call.other is not None and not s.call.other.waiting)
            station.phone.handset.hang_up()
            second.agree(await second.hears("BYE"))
            ringing = await state(app, CallState.RINGING)
            assert ringing.call.recall
            await shows(app, lambda s: s.ringer.ringing)
            station.phone.handset.lift()
            resumed = await first.hears("INVITE")
            assert "a=sendonly" not in resumed
            first.agree(resumed)
            await state(app, CallState.TALKING)
            first.bye()
            await first.hears("SIP/2.0 200")
            await rest(app)


async def test_where_no_call_may_wait_the_line_is_busy() -> None:
    config = configuration()
    silent = config.model_copy(update={"phone": config.phone.model_copy(update={"call_waiting": False})})
    async with telephone(silent) as app:
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            await talk(app, first)
            second.invite()
            assert "180" not in (await second.hears("SIP/2.0 486", "SIP/2.0 180"))
            second.ack()
            first.bye()
            await first.hears("SIP/2.0 200")
            await rest(app)


async def test_held_by_the_far_end_light_and_display_say_so() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            await talk(app, caller)
            caller.hold(True)
            assert "a=recvonly" in await caller.hears("SIP/2.0 200")
            caller.ack_ask()
            await shows(app, lambda s: (s.led.pattern, s.display.line1) == ("held", "Mis en attente"))
            caller.hold(False)
            await caller.hears("SIP/2.0 200")
            caller.ack_ask()
            await shows(app, lambda s: s.led.pattern == "in_call")
            caller.bye()
            await caller.hears("SIP/2.0 200")
            await rest(app)


async def test_sent_on_it_calls_there_and_he_takes_the_place_of_who_sent_it() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as first, Caller(app.line.port) as there:
            await talk(app, first)
            first.ask("REFER", f"Refer-To: <{there.address}>")
            await first.hears("SIP/2.0 202")
            invite = await there.hears("INVITE")
            calling = await state(app, CallState.CALLING)
            assert calling.call.other is not None and calling.call.other.sends_on
            await shows(app, lambda s: s.display.line1 == "Transfert")
            there.agree(invite)
            await there.hears("ACK")
            await state(app, CallState.TALKING)
            told = await first.hears("NOTIFY")
            while "200 OK" not in told:
                first.agree(told)
                told = await first.hears("NOTIFY")
            first.agree(told)
            first.bye()
            await first.hears("SIP/2.0 200")
            app.stations[0].phone.handset.hang_up()
            there.agree(await there.hears("BYE"))
            await rest(app)


async def test_sent_on_in_vain_it_is_back_with_who_sent_it() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as first, Caller(app.line.port) as there:
            await talk(app, first)
            first.ask("REFER", f"Refer-To: <{there.address}>")
            there.agree(await there.hears("INVITE"), "486 Busy Here")
            failed = await shows(app, lambda s: s.call.notice == "transfer_failed")
            assert failed.call.state is CallState.TALKING
            await until(lambda: voice_of(app.stations[0]) is not None, "his voice is back")
            told = await first.hears("NOTIFY")
            while "486" not in told:
                first.agree(told)
                told = await first.hears("NOTIFY")
            first.agree(told)
            first.bye()
            await first.hears("SIP/2.0 200")
            await rest(app)


async def test_a_far_end_is_sent_to_an_address_and_the_call_ends_when_it_is_there() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            await talk(app, caller)
            app.stations[0].phone.call_control.tell(Transfer("sip:paul@127.0.0.1:9"))
            refer = await caller.hears("REFER")
            assert "Refer-To: <sip:paul@127.0.0.1:9>" in refer
            caller.agree(refer, "202 Accepted")
            await state(app, CallState.TRANSFERRING)
            caller.ask(
                "NOTIFY",
                "Event: refer",
                "Subscription-State: terminated;reason=noresource",
                body="SIP/2.0 200 OK\r\n",
                kind="message/sipfrag",
            )
            await state(app, CallState.FAR_HUNG_UP)
            caller.agree(await caller.hears("BYE"))
            await rest(app)


async def test_a_refused_transfer_leaves_the_call_as_it_was() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            await talk(app, caller)
            app.stations[0].phone.call_control.tell(Transfer("sip:paul@127.0.0.1:9"))
            caller.agree(await caller.hears("REFER"), "603 Decline")
            failed = await shows(app, lambda s: s.call.notice == "transfer_failed")
            assert failed.call.state is CallState.TALKING
            caller.bye()
            await caller.hears("SIP/2.0 200")
            await rest(app)


async def test_two_far_ends_are_left_to_each_other() -> None:
    async with telephone(configuration()) as app:
        station = app.stations[0]
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            await talk(app, first)
            await wait_beside(app, second)
            station.phone.handset.flash()
            first.agree(await first.hears("INVITE"))
            await second.hears("SIP/2.0 200")
            second.ack()
            await shows(app, lambda s: s.call.other is not None and not s.call.other.waiting)
            station.phone.call_control.tell(Transfer())
            refer = await first.hears("REFER")
            assert f"Refer-To: <{second.address}?Replaces=" in refer
            first.agree(refer, "202 Accepted")
            second.bye()
            await second.hears("SIP/2.0 200")
            first.ask(
                "NOTIFY",
                "Event: refer",
                "Subscription-State: terminated;reason=noresource",
                body="SIP/2.0 200 OK\r\n",
                kind="message/sipfrag",
            )
            first.agree(await first.hears("BYE"))
            transferred = await state(app, CallState.FAR_HUNG_UP)
            assert transferred.call.other is None
            await rest(app)


async def test_a_call_that_replaces_the_one_that_stands_is_answered_by_itself() -> None:
    async with telephone(configuration()) as app:
        station = app.stations[0]
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            await talk(app, first)
            voice = voice_of(station)
            second.invite(first.replaces, "Supported: replaces")
            await second.hears("SIP/2.0 200")
            second.ack()
            first.agree(await first.hears("BYE"))
            await until(lambda: voice_of(station) not in (voice, None), "the second is heard instead")
            assert station.snapshot.call.state is CallState.TALKING
            second.bye()
            await second.hears("SIP/2.0 200")
            await rest(app)


async def test_what_somebody_writes_stands_on_the_display_until_the_phone_is_lifted() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.ask("MESSAGE", body="<b>Dîner à 20 h ?</b>", kind="text/plain;charset=utf-8")
            await caller.hears("SIP/2.0 200")
            written = await shows(app, lambda s: s.display.line1 == "caller")
            assert written.line.text is not None and written.line.text.text == "<b>Dîner à 20 h ?</b>"
            assert written.display.line2 == "<b>Dîner à 20 h"
            app.stations[0].phone.handset.lift()
            lifted = await state(app, CallState.DIAL_TONE)
            assert lifted.line.text is not None and not lifted.line.text.unread
            await rest(app)


async def test_voicemail_is_a_light_a_stutter_and_a_line_of_the_display() -> None:
    async with telephone(configuration()) as app:
        station = app.stations[0]
        account = Account("sip:phone@lab", "sip:lab")
        station.line_event(MessagesWaiting(account, True, 2, 5))
        await shows(app, lambda s: (s.led.pattern, s.display.line1) == ("voicemail", "2 messages"))
        station.phone.handset.lift()
        assert (await state(app, CallState.DIAL_TONE)).call.tone == "stutter"
        station.phone.handset.hang_up()
        station.line_event(MessagesWaiting(account, True, 0, 0))
        await shows(app, lambda s: s.display.line1 == "1 message")
        station.line_event(MessagesWaiting(account, False, 0, 5))
        await shows(app, lambda s: s.led.pattern == "idle")


async def test_a_caller_who_was_diverted_here_is_said_to_be() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.invite(
                "Diversion: <sip:0698765432@lab>;reason=no-answer", "Alert-Info: <http://x>;info=alert-internal"
            )
            ringing = await state(app, CallState.RINGING)
            assert ringing.call.caller is not None and ringing.call.caller.diverted_by == "0698765432"
            assert ringing.call.alert == "internal"
            await shows(app, lambda s: (s.display.line1, s.display.line2) == ("caller", "par 06 98 76 54…"))
            caller.cancel()
            await caller.hears("SIP/2.0 487")
            caller.ack()
            await rest(app)


async def test_leaving_with_two_calls_ends_both_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            await talk(app, first)
            await wait_beside(app, second)
            leaving = asyncio.create_task(app.line.close())
            first.agree(await first.hears("BYE"))
            await second.hears("SIP/2.0 486")
            second.ack()
            await leaving
    await until(lambda: asyncio.all_tasks() <= before, "no task is left")
