"""(b) The base station and baresip call each other through Kamailio, and both hear well."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.hearing import pesq_nb
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.kamailio import Kamailio
from tests.end_to_end.peers.neoretro import Command, Served, Snapshot, write_config
from tests.end_to_end.speech import Voice, read_speech, silence, speech, write_wav

pytestmark = pytest.mark.alone

BASE, BOB = "0123456789", "0145678901"
SUBSCRIBERS = {BASE: "basepw", BOB: "bobpw"}
SPEECH_S = 12.0
OURS = Voice.JUNE
BOBS = Voice.ALLISON
QUIET_MS = 12.0
"""target delay of our playout above which the packets did not come regularly; it is 6 to 8 on a quiet network"""
AT_OUR_END, AT_BARESIP = 4.0, 3.8
"""PESQ-NB; baresip's own receiver reaches 3.9 on a quiet network"""


def our_microphone(folder: Path) -> Path:
    return write_wav(folder / "ours.wav", np.concatenate([silence(1), speech(OURS, SPEECH_S), silence(1)]))


def bobs_microphone(folder: Path) -> Path:
    """Longer than any call here: baresip hangs up at the end of its file."""
    return write_wav(folder / "bobs.wav", np.concatenate([silence(1), speech(BOBS, SPEECH_S), silence(60)]))


def line(kamailio: Kamailio) -> dict[str, str]:
    registrar = f"sip:{kamailio.address}"
    return {"bind": "127.0.0.1:0", "registrar": registrar, "user": BASE, "password": SUBSCRIBERS[BASE]}


@dataclass(frozen=True)
class Heard:
    """What both ends heard of each other in one call."""

    at_our_end: float
    at_baresip: float
    """PESQ-NB"""
    voice: dict[str, Any]
    """what our playout counted"""

    @property
    def quiet(self) -> bool:
        """The packets came regularly: nothing held baresip, or the machine under both, up."""
        return bool(self.voice["late"] == 0 and self.voice["target_ms"] < QUIET_MS)


async def on_a_quiet_network(lab: Lab, conversation: Callable[[], Awaitable[Heard]]) -> None:
    """Both hear well. A call during which the machine was not quiet says nothing, and is made again, twice at most."""
    heard = await conversation()
    for _ in range(2):
        if heard.quiet:
            break
        heard = await conversation()
    lab.measured(pesq_at_our_end=heard.at_our_end, pesq_at_baresip=heard.at_baresip)
    assert heard.at_our_end >= AT_OUR_END and heard.at_baresip >= AT_BARESIP, heard


async def test_the_base_station_calls_baresip_and_both_hear_well(lab: Lab, tmp_path: Path) -> None:
    async with (
        Kamailio(lab, SUBSCRIBERS) as kamailio,
        Baresip(lab, BOB, bobs_microphone(tmp_path), registrar=kamailio.address, password=SUBSCRIBERS[BOB]) as bob,
    ):
        config = write_config(tmp_path / "phone.toml", {"line": line(kamailio)})
        ours, heard = our_microphone(tmp_path), tmp_path / "heard.wav"

        async def conversation() -> Heard:
            voice = ("--play", ours, "--record", heard, "--seconds", f"{SPEECH_S + 3:g}")
            async with Command(lab, "call", BOB, "--config", config, *voice, "--json") as call:
                await bob.happened("CALL_ESTABLISHED", 15)
                outcome = await call.finished(40)
            assert outcome.exit_code == 0, outcome
            assert outcome.report["result"] == "done" and outcome.report["ended_by"] == "us", outcome.report
            assert "Traceback" not in outcome.story
            far = outcome.report["figures"]["legs"]["far"]
            return await both_heard(bob, heard, far)

        await on_a_quiet_network(lab, conversation)


async def test_baresip_calls_the_base_station_and_both_hear_well(lab: Lab, tmp_path: Path) -> None:
    async with Kamailio(lab, SUBSCRIBERS) as kamailio:
        heard = tmp_path / "heard.wav"
        handset = {"play": str(our_microphone(tmp_path)), "record": str(heard)}
        tables = {"line": line(kamailio), "handset": handset}
        async with (
            Served(lab, tables) as phone,
            Baresip(lab, BOB, bobs_microphone(tmp_path), registrar=kamailio.address, password=SUBSCRIBERS[BOB]) as bob,
        ):
            await phone.registered()

            async def conversation() -> Heard:
                await bob.dial(f"sip:{BASE}@{kamailio.address}")
                seen = await phone.sees(rings, "the phone rings and blinks")
                assert seen["call"]["caller"]["number"] == BOB
                await phone.do("handset/lift")
                await phone.in_state("talking")
                await bob.has_heard(SPEECH_S + 2.5)
                await phone.do("dial/touch", keys="7")
                digit = await bob.happened("CALL_DTMF_START")
                assert digit["param"] == "7"
                far = (await phone.figures())["legs"]["far"]
                await phone.do("handset/hang-up")
                await bob.happened("CALL_CLOSED")
                await phone.in_state("idle")
                return await both_heard(bob, heard, far)

            await on_a_quiet_network(lab, conversation)


def rings(seen: Snapshot) -> bool:
    """The call is there first; bell and light follow it."""
    lit = bool(seen["led"]["pattern"] == "ringing")
    return bool(seen["call"]["state"] == "ringing") and lit and bool(seen["ringer"]["ringing"])


async def both_heard(bob: Baresip, heard: Path, far: dict[str, Any]) -> Heard:
    await until(lambda: read_speech(heard).size > 8_000 * SPEECH_S, "the recording is written")
    return Heard(
        at_our_end=pesq_nb(read_speech(heard), speech(BOBS, SPEECH_S)),
        at_baresip=pesq_nb(read_speech(await bob.heard()), speech(OURS, SPEECH_S)),
        voice=far["playout"],
    )


async def test_a_caller_who_gives_up_leaves_the_phone_as_it_was(lab: Lab, tmp_path: Path) -> None:
    async with (
        Served(lab, {}) as phone,
        Baresip(lab, "bob", bobs_microphone(tmp_path)) as bob,
    ):
        for _ in range(2):
            await bob.dial(phone.line)
            await phone.in_state("ringing")
            await bob.hang_up()
            await phone.in_state("idle")
            await phone.sees(lambda seen: not seen["ringer"]["ringing"], "the bell is silent")
