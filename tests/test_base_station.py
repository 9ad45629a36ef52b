"""Which calls a phone takes for its own; the rest of the base station is tested end to end."""

import asyncio
import random

import pytest

from gateway.app import station_settings
from gateway.base_station import BaseStation
from gateway.bridge import Bridge
from gateway.config import Config, parse
from gateway.line import Line, LineSettings
from gateway.sip.events import Registered


def station(**line: str) -> BaseStation:
    config = parse({"line": line}, "phone.toml", {}) if line else Config()
    settings = station_settings(config, {})
    return BaseStation(settings, Line(LineSettings("127.0.0.1", 0), random.Random(1)), Bridge())


def test_without_an_account_every_call_is_ours() -> None:
    assert station().answers_to("anybody")


@pytest.mark.parametrize("address", ["sip:ann@lab.example", "sips:ann@lab.example"])
def test_with_one_those_are_that_name_the_phone_or_its_address(address: str) -> None:
    ours = station(registrar="sip:r", address=address)
    assert [user for user in ("ann", "neoretro", "an", "bob") if ours.answers_to(user)] == ["ann", "neoretro"]


async def test_and_those_for_the_addresses_that_the_network_says_are_ours_too() -> None:
    ours = station(registrar="sip:r", address="sip:ann@lab.example")
    assert ours.account is not None
    ours.line_event(Registered(ours.account, 300, ("sip:ann@lab.example", "tel:+33142", "junk")))
    assert ours.answers_to("+33142") and ours.answers_to("ann") and not ours.answers_to("junk")
    ours.line_event(Registered(ours.account, 300))
    assert not ours.answers_to("+33142"), "the last answer counts"


async def test_a_disk_that_is_slow_when_the_phone_ends_keeps_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, disk, closed = station(), asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(Line, "address_of", lambda line, name: f"sip:{name}@127.0.0.1")
    monkeypatch.setattr(ours.recorder, "close", disk.wait)

    async def close() -> None:
        closed.set()

    monkeypatch.setattr(ours.receivers, "close", close)
    living = asyncio.create_task(ours.run())
    await asyncio.sleep(0)
    living.cancel()
    async with asyncio.timeout(5):
        await closed.wait()
    assert not living.done(), "the recording is still to be whole"
    disk.set()
    with pytest.raises(asyncio.CancelledError):
        await living
