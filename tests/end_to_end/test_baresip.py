"""(b) The base station and baresip call each other through Kamailio, and both hear well."""

from pathlib import Path

import numpy as np

from tests.end_to_end.hearing import pesq_nb
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.kamailio import Kamailio
from tests.end_to_end.peers.neoretro import Command, Served, write_config
from tests.end_to_end.speech import Voice, read_speech, silence, speech, write_wav

BASE, BOB = "0123456789", "0145678901"
SUBSCRIBERS = {BASE: "basepw", BOB: "bobpw"}
SPEECH_S = 20.0
OURS = Voice.JUNE
BOBS = Voice.ALLISON
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


async def test_the_base_station_calls_baresip_and_both_hear_well(lab: Lab, tmp_path: Path) -> None:
    async with (
        Kamailio(lab, SUBSCRIBERS) as kamailio,
        Baresip(lab, BOB, bobs_microphone(tmp_path), registrar=kamailio.address, password=SUBSCRIBERS[BOB]) as bob,
    ):
        config = write_config(tmp_path / "phone.toml", {"line": line(kamailio)})
        heard = tmp_path / "heard.wav"
        voice = ("--play", our_microphone(tmp_path), "--record", heard, "--seconds", "23")
        async with Command(lab, "call", BOB, "--config", config, *voice, "--json") as call:
            await bob.happened("CALL_ESTABLISHED", 15)
            outcome = await call.finished(40)
        assert outcome.exit_code == 0, outcome
        assert outcome.report["result"] == "done" and outcome.report["ended_by"] == "us", outcome.report
        assert "Traceback" not in outcome.story
        at_our_end = pesq_nb(read_speech(heard), speech(BOBS, SPEECH_S))
        at_baresip = pesq_nb(read_speech(await bob.heard()), speech(OURS, SPEECH_S))
        lab.measured(pesq_at_our_end=at_our_end, pesq_at_baresip=at_baresip)
        assert at_our_end >= AT_OUR_END and at_baresip >= AT_BARESIP, (at_our_end, at_baresip)


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
            await bob.dial(f"sip:{BASE}@{kamailio.address}")
            seen = await phone.in_state("ringing")
            assert seen["call"]["caller"]["number"] == BOB
            await phone.sees(lambda s: bool(s["ringer"]["ringing"] and s["led"]["pattern"] == "ringing"), "it rings")
            await phone.do("handset/lift")
            await phone.in_state("talking")
            await bob.has_heard(SPEECH_S + 2.5)
            await phone.do("dial/touch", keys="7")
            digit = await bob.happened("CALL_DTMF_START")
            assert digit["param"] == "7"
            await phone.do("handset/hang-up")
            await bob.happened("CALL_CLOSED")
            await phone.in_state("idle")
        at_our_end = pesq_nb(read_speech(heard), speech(BOBS, SPEECH_S))
        at_baresip = pesq_nb(read_speech(await bob.heard()), speech(OURS, SPEECH_S))
        lab.measured(pesq_at_our_end=at_our_end, pesq_at_baresip=at_baresip)
        assert at_our_end >= AT_OUR_END and at_baresip >= AT_BARESIP, (at_our_end, at_baresip)


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
        assert not (await phone.snapshot())["ringer"]["ringing"]
