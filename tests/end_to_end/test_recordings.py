"""Recording a real call over HTTP, and what the call's figures and the log say of it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.correspondent.numbers import LAB_NUMBERS, MARKET_NUMBERS, Service
from gateway.correspondent.process import Correspondent, CorrespondentSettings
from gateway.exchange.settings import ExchangeSettings, User
from gateway.exchange.shell import Exchange
from tests.end_to_end.hearing import HEARD, NOT_HEARD, hears
from tests.end_to_end.lab import Lab, eventually
from tests.end_to_end.peers.neoretro import Served
from tests.end_to_end.speech import Samples, Voice, read_speech, read_wav, speech, write_wav

ECHO = MARKET_NUMBERS["FR"][Service.ECHO]
JOIN_S = 0.5
"""between the answer and the start of a recording, at most"""


@asynccontextmanager
async def talking_to_the_echo(lab: Lab, said: Samples) -> AsyncIterator[Served]:
    """A phone whose handset says something to the echo number; it can record into ``lab.folder / "taped"``."""
    users = (User("phone", "secret"), User("correspondent", "its own"))
    exchange = ExchangeSettings(port=0, users=users, lab_numbers=dict.fromkeys(LAB_NUMBERS, "correspondent"))
    play, taped = write_wav(lab.folder / "said.wav", said, rate=16_000), lab.folder / "taped"
    os.mkdir(taped)
    async with Exchange(exchange) as running, Correspondent(CorrespondentSettings(running.address, "its own")):
        host, port = running.address
        tables: dict[str, dict[str, Any]] = {
            "phone": {"name": "salon", "market": "FR"},
            "line": {"registrar": f"sip:{host}:{port}", "user": "phone", "password": "secret"},
            "handset": {"play": str(play)},
            "recordings": {"folder": str(taped)},
        }
        async with Served(lab, tables) as phone:
            await phone.registered()
            await phone.do("handset/lift")
            await phone.do("dial/touch", keys=ECHO)
            await phone.in_state("talking", 15)
            yield phone


async def asked(phone: Served, path: str, **body: Any) -> dict[str, Any]:
    status, text = await phone.ask(f"recording/{path}", body)
    assert status == 200, text
    state: dict[str, Any] = json.loads(text)
    return state


async def test_a_call_is_recorded_leg_by_leg_and_told_in_figures_and_log(lab: Lab) -> None:
    said = speech(Voice.ALLISON, 12.0)
    async with talking_to_the_echo(lab, said) as phone:
        state = await asked(phone, "start")
        assert (state["recording"], list(state["files"])) == (True, ["far", "handset", "earpiece", "mix", "about"])
        await asyncio.sleep(7)
        assert (await phone.figures())["recording"]
        figures = await phone.figures()
        state = await asked(phone, "stop")
        assert (state["recording"], state["fault"]) == (False, "")
        assert 6.9 < state["seconds"] < 8.5
        tapes = await downloaded(lab, phone, state)
        await phone.do("handset/hang-up")
        await phone.in_state("idle")
        sentence = await phone.says(r"salon: (call over after .*)")
    recorded = {leg: read_speech(path) for leg, path in tapes.items()}
    assert hears(recorded["handset"], said) > HEARD, "what we said"
    assert hears(recorded["far"], said) > HEARD, "what came back"
    assert hears(recorded["mix"], said) > HEARD
    assert hears(recorded["far"], speech(Voice.JUNE, 12.0)) < NOT_HEARD
    assert not recorded["earpiece"].any(), "nobody had it"
    assert len({len(read_wav(path)[0]) for path in tapes.values()}) == 1
    assert_measured(lab, figures["legs"]["far"], sentence)
    assert figures["levels"].keys() == {"far", "handset"}


async def downloaded(lab: Lab, phone: Served, state: dict[str, Any]) -> dict[str, Path]:
    """Every WAV as HTTP hands it out; the list and the description say the same of them."""
    status, listed = await phone.fetch("recordings")
    assert status == 200
    assert sorted(file["name"] for file in json.loads(listed)["recordings"]) == sorted(state["files"].values())
    files = {}
    for leg, name in state["files"].items():
        status, data = await phone.fetch(f"recordings/{name}")
        assert status == 200, name
        files[leg] = lab.folder / f"{leg}.got"
        files[leg].write_bytes(data)  # noqa: ASYNC240 - a test
    about = json.loads(files.pop("about").read_text())  # noqa: ASYNC240 - a test
    assert about["files"].keys() == files.keys()
    assert (about["seconds"], about["calls"][0]["number"]) == (state["seconds"], ECHO)
    return files


def assert_measured(lab: Lab, far: dict[str, Any], sentence: str) -> None:
    """On loopback voice is as good as its codec, and is with us for little more than its playout delay."""
    quality = far["quality"]
    assert quality["mos_lq"] > 4.2, quality
    assert 1 <= quality["mos_cq"] <= quality["mos_lq"]
    assert 0 < far["mouth_to_ear_ms"] <= far["mouth_to_ear_p99_ms"] < 250
    lab.measured(mos=quality["mos_cq"], mouth_to_ear=far["mouth_to_ear_ms"], p99=far["mouth_to_ear_p99_ms"])
    for word in (far["codec"], "MOS 4.", "packets lost", "jitter", "delay"):
        assert word in sentence
    assert ECHO not in sentence


@pytest.mark.parametrize("room", [160_000])
async def test_a_disk_that_takes_no_more_ends_the_recording_and_not_the_call(lab: Lab, room: int) -> None:
    """The kernel refuses what goes beyond: 5 s of each file."""
    async with talking_to_the_echo(lab, speech(Voice.ALLISON, 12.0)) as phone:
        phone.limit_files(room)
        state = await asked(phone, "start", legs=["far", "handset"])

        async def ended() -> bool:
            status, shown = await phone.fetch("recording")
            assert status == 200
            state.update(json.loads(shown))
            return not state["recording"]

        await eventually(ended, "the recording ended by itself", 15)
        assert "recording ended after" in state["fault"]
        assert "File too large" in state["fault"]
        assert 3.9 < state["seconds"] <= 5.0
        before = (await phone.figures())["legs"]["far"]["received"]
        await asyncio.sleep(1)
        assert (await phone.figures())["legs"]["far"]["received"] > before + 30, "the call goes on"
        assert (await phone.snapshot())["call"]["state"] == "talking"
        tapes = await downloaded(lab, phone, state)
        lengths = {leg: len(read_wav(path)[0]) for leg, path in tapes.items()}
        assert set(lengths.values()) == {round(state["seconds"] * 16_000)}, lengths
        assert "the call goes on" in phone.story
