"""The base station in this process, with callers who do the rude thing at the wrong moment."""

import asyncio
import logging
from typing import Any

import pytest

from gateway.app import App, telephone
from gateway.base_station import BaseStation
from gateway.call_record import CallRecord
from gateway.commands.watch import seen
from gateway.config import parse
from gateway.legs.rtp import RtpLeg
from softphone.messages import CallState, PhoneSnapshot
from tests.end_to_end.lab import LOOPBACK, free_port, until
from tests.end_to_end.peers.caller import Caller


def configuration(**line: Any) -> Any:
    return parse({"line": {"bind": f"{LOOPBACK}:0", **line}}, "test", {})


async def shows(app: App, state: CallState) -> PhoneSnapshot:
    return await seen(app.stations[0].phone, lambda snapshot: snapshot.call.state is state, 5)


async def at_rest(app: App) -> None:
    """Idle, in order, and with nothing left of any call."""
    phone = app.stations[0].phone
    phone.handset.hang_up()
    snapshot = await shows(app, CallState.IDLE)
    assert snapshot.failed == ""
    await until(lambda: app.stations[0].idle, "the call is forgotten")


async def test_a_caller_who_gives_up_while_the_handset_is_lifted() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            caller.cancel()
            app.stations[0].phone.handset.lift()
            await caller.hears("SIP/2.0 487")
            caller.ack()
            await at_rest(app)


async def test_a_far_end_that_hangs_up_while_we_do() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            app.stations[0].phone.handset.lift()
            await caller.hears("SIP/2.0 200")
            caller.ack()
            await shows(app, CallState.TALKING)
            caller.bye()
            app.stations[0].phone.handset.hang_up()
            await caller.hears("SIP/2.0 200")
            await at_rest(app)


async def test_a_second_caller_is_told_that_we_are_busy() -> None:
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as first, Caller(app.line.port) as second:
            first.invite()
            await shows(app, CallState.RINGING)
            second.invite()
            await second.hears("SIP/2.0 486")
            second.ack()
            assert app.stations[0].phone.snapshot.call.state is CallState.RINGING
            first.cancel()
            await first.hears("SIP/2.0 487")
            await at_rest(app)


async def test_without_voice_ports_the_caller_is_refused_and_the_phone_stays_usable() -> None:
    port = free_port() & ~1
    taken = RtpLeg(LOOPBACK, (port, port + 1))
    async with telephone(configuration(rtp_ports=[port, port + 1])) as app:
        async with taken:
            with Caller(app.line.port) as caller:
                caller.invite()
                await caller.hears("SIP/2.0 503")
                caller.ack()
            await at_rest(app)
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            caller.cancel()
            await caller.hears("SIP/2.0 487")
            await at_rest(app)


async def test_a_call_that_fails_by_our_own_fault_ends_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(leg: RtpLeg, *_: object) -> None:
        raise RuntimeError("out of tune")

    async with telephone(configuration()) as app:
        with monkeypatch.context() as patched, Caller(app.line.port) as caller:
            patched.setattr(RtpLeg, "__aenter__", broken)
            caller.invite()
            await caller.hears("SIP/2.0 500")
            caller.ack()
        await at_rest(app)
        assert "out of tune" in caplog.text, "our fault is logged with its traceback"
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)


async def test_the_advertised_host_is_told_and_not_bound() -> None:
    async with telephone(configuration(advertise="203.0.113.5")) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            app.stations[0].phone.handset.lift()
            answer = await caller.hears("SIP/2.0 200")
            assert "c=IN IP4 203.0.113.5" in answer and "Contact: <sip:" in answer
            caller.ack()
            await at_rest(app)


async def test_a_far_end_that_falls_silent_is_taken_for_gone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with telephone(configuration(silence_s=0.5)) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            app.stations[0].phone.handset.lift()
            await caller.hears("SIP/2.0 200")
            caller.ack()
            await caller.hears("BYE", seconds=20)
            await shows(app, CallState.FAR_HUNG_UP)
        assert "silent for too long" in caplog.text


async def test_leaving_ends_the_call_on_the_network_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            app.stations[0].phone.handset.lift()
            await caller.hears("SIP/2.0 200")
            caller.ack()
            await shows(app, CallState.TALKING)
            leaving = asyncio.create_task(app.line.close())
            caller.agree(await caller.hears("BYE"))
            await leaving
    await until(lambda: asyncio.all_tasks() <= before, "no task is left")


async def test_a_bridge_that_fails_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gateway.app.BEGIN_ANEW_S", 0.01)
    async with telephone(configuration()) as app:
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)
            with monkeypatch.context() as patched:

                def broken(*_: object) -> None:
                    raise RuntimeError("lost the beat")

                patched.setattr(app.bridge, "_serve", broken)
                app.stations[0].phone.handset.lift()
                await until(lambda: "lost the beat" in caplog.text, "the failure is logged")
            ticks = app.bridge.figures.ticks
            await until(lambda: app.bridge.figures.ticks > ticks, "the beat goes on")
            caller.ack()
            await at_rest(app)
            ticks = app.bridge.figures.ticks
    assert app.bridge.figures.ticks == ticks, "nobody is at the phone: no beat"


async def test_a_station_that_fails_ends_its_calls_and_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(record: CallRecord) -> None:
        raise RuntimeError("the book is lost")

    monkeypatch.setattr("gateway.app.BEGIN_ANEW_S", 0.01)
    async with telephone(configuration()) as app:
        station = app.stations[0]
        with Caller(app.line.port) as talks, Caller(app.line.port) as waits:
            talks.invite()
            await shows(app, CallState.RINGING)
            station.phone.handset.lift()
            talks.acknowledge(await talks.hears("SIP/2.0 200"))
            await shows(app, CallState.TALKING)
            waits.invite()
            await waits.hears("SIP/2.0 180")
            station.on_over = broken
            waits.cancel()
            await waits.decided()
            talks.agree(await talks.hears("BYE"))
        station.on_over = lambda record: None
        await until(lambda: "the book is lost" in caplog.text, "the failure is logged")
        await at_rest(app)
        with Caller(app.line.port) as caller:
            caller.invite()
            await shows(app, CallState.RINGING)


async def test_a_part_that_fails_while_it_is_stopped_is_not_begun_anew(caplog: pytest.LogCaptureFixture) -> None:
    async def stumbles() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("fell over the doorstep")

    async def run(station: BaseStation) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(stumbles())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseStation, "run", run)
        async with asyncio.timeout(5), telephone(configuration()):
            await asyncio.sleep(0)
    assert "fell over the doorstep" in caplog.text, "our fault is logged with its traceback"
