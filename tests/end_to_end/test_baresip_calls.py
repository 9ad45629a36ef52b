"""baresip called straight: TLS with mandatory SRTP, protection refused, hold, resume, and transfers in both roles."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab, eventually, until
from tests.end_to_end.peers.authority import Authority
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.neoretro import Answering, Served, run
from tests.end_to_end.speech import Samples, Voice, read_speech, speech, write_wav

SECONDS = 3.0
OURS, BOBS, CAROLS = (speech(voice, SECONDS) for voice in (Voice.JUNE, Voice.ALLISON, Voice.JUNE_ADMINISTERS))
TALK_S = 1.7
SDES = "AES_CM_128_HMAC_SHA1_80"


def microphone(folder: Path, name: str, voice: Samples) -> Path:
    """Longer than any call here: at its end baresip hangs up."""
    return write_wav(folder / f"{name}.wav", np.tile(voice, 12))


def bob(lab: Lab, folder: Path, **options: Any) -> Baresip:
    return Baresip(lab, "bob", microphone(folder, "bob", BOBS), **options)


def handset(folder: Path) -> dict[str, Any]:
    """The files that stand in for ours, and who is heard in the second of them."""
    ours = write_wav(folder / "ours.wav", np.tile(OURS, 4))
    return {"play": str(ours), "record": str(folder / "heard.wav"), "record_rate": 8000}


# ---------------------------------------------------------------- TLS with mandatory SRTP


def secured(lab: Lab, folder: Path, authority: Authority) -> Baresip:
    certificate, ca_file = authority.certificate("bob"), authority.ca_file
    return bob(lab, folder, transport="tls", encryption="srtp-mand", certificate=certificate, ca_file=ca_file)


async def test_we_call_by_tls_with_srtp_and_both_hear(lab: Lab, tmp_path: Path) -> None:
    authority, files = Authority(tmp_path), handset(tmp_path)
    voice = ("--play", files["play"], "--record", files["record"], "--seconds", f"{TALK_S + 0.3:g}", "--json")
    policy = ("--ca-file", authority.ca_file, "--srtp", "mandatory")
    async with secured(lab, tmp_path, authority) as him:
        outcome = await run(lab, "call", him.uri, *voice, *policy)
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        assert hears(read_speech(await him.heard()), OURS) > HEARD
        assert "RTP/SAVP" in him.log and "/TLS 127.0.0.1" in him.log
    assert hears(read_speech(tmp_path / "heard.wav"), BOBS) > HEARD
    assert outcome.report["figures"]["legs"]["far"]["srtp"] == SDES


async def test_we_are_called_by_tls_with_srtp_and_both_hear(lab: Lab, tmp_path: Path) -> None:
    authority, files = Authority(tmp_path), handset(tmp_path)
    certificate, key = authority.certificate("phone")
    voice = ("--play", files["play"], "--record", files["record"], "--calls", "1", "--json")
    policy = ("--transport", "tls", "--certificate", certificate, "--key", key, "--ca-file", authority.ca_file)
    async with (
        secured(lab, tmp_path, authority) as him,
        Answering(lab, *voice, *policy, "--srtp", "mandatory") as phone,
    ):
        await him.dial(phone.uri)
        await him.happened("CALL_ESTABLISHED")
        await him.has_heard(TALK_S)
        await him.hang_up()
        outcome = await phone.finished()
        assert hears(read_speech(await him.heard()), OURS) > HEARD
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    assert hears(read_speech(tmp_path / "heard.wav"), BOBS) > HEARD
    assert outcome.report["calls"][0]["srtp"] == SDES


async def test_a_far_end_whose_certificate_nobody_vouches_for_is_not_called(lab: Lab, tmp_path: Path) -> None:
    theirs, ours = Authority(tmp_path), Authority(tmp_path, "another authority")
    async with secured(lab, tmp_path, theirs) as him:
        outcome = await run(lab, "call", him.uri, "--ca-file", ours.ca_file, "--json")
        assert outcome.exit_code == 4 and "certificate is not trusted" in outcome.report["reason"], outcome
        assert "INVITE" not in him.log


# ---------------------------------------------------------------- protection refused, or done without


async def test_plain_voice_is_refused_where_srtp_is_mandatory(lab: Lab, tmp_path: Path) -> None:
    async with Answering(lab, "--srtp", "mandatory", "--json") as phone, bob(lab, tmp_path) as him:
        await him.dial(phone.uri)
        closed = await him.happened("CALL_CLOSED")
        assert "488" in closed["param"], closed
        outcome = await phone.stopped()
    assert outcome.report["calls"] == [], "nobody needs to know that it ever began"


async def test_we_do_not_speak_to_who_has_no_srtp_where_it_is_mandatory(lab: Lab, tmp_path: Path) -> None:
    async with bob(lab, tmp_path) as him:
        outcome = await run(lab, "call", him.uri, "--srtp", "mandatory", "--json")
        assert outcome.exit_code == 4, outcome
        assert outcome.report["status"] == 488, outcome.report
        assert "Traceback" not in outcome.story


@pytest.mark.parametrize(("flag", "encryption"), [("optional", ""), ("off", "srtp")], ids=["ours", "theirs"])
async def test_srtp_that_only_one_could_do_is_done_without(
    lab: Lab, tmp_path: Path, flag: str, encryption: str
) -> None:
    async with Answering(lab, "--srtp", flag, "--calls", "1", "--json") as phone:
        async with bob(lab, tmp_path, encryption=encryption) as him:
            outcome = await run(lab, "call", him.uri, "--srtp", flag, "--seconds", "0.4", "--json")
            assert outcome.exit_code == 0, outcome
            far = outcome.report["figures"]["legs"]["far"]
            assert (far["srtp"], far["received"] > 5) == ("", True), far
            await him.happened("CALL_CLOSED")
            await him.dial(phone.uri)
            await him.happened("CALL_ESTABLISHED", count=2)
            await him.hang_up()
        outcome = await phone.finished()
    assert outcome.report["calls"][0]["srtp"] == "", outcome.report


# ---------------------------------------------------------------- hold, resume, transfer


async def talk(phone: Served, him: Baresip) -> None:
    """He calls, we lift."""
    await him.dial(phone.line)
    await phone.in_state("ringing")
    await phone.do("handset/lift")
    await phone.in_state("talking")
    await him.happened("CALL_ESTABLISHED")


async def test_he_holds_and_resumes(lab: Lab, tmp_path: Path) -> None:
    async with Served(lab, {}) as phone, bob(lab, tmp_path) as him:
        await talk(phone, him)
        await him.hold()
        await phone.sees(lambda seen: bool(seen["call"]["held_by_far"]), "we are held")
        await him.resume()
        await phone.sees(lambda seen: not seen["call"]["held_by_far"], "we are resumed")
        await him.hang_up()
        await phone.in_state("far_hung_up")
        assert "Traceback" not in phone.story


async def test_we_hold_and_resume(lab: Lab, tmp_path: Path) -> None:
    """What baresip hears after a hold it does not record any more: PJSIP's test has that."""
    async with Served(lab, {"handset": handset(tmp_path)}) as phone, bob(lab, tmp_path) as him:
        await talk(phone, him)
        await phone.do("handset/flash")
        await phone.in_state("dial_tone")
        await until(lambda: "a=recvonly" in him.log, "he agrees to be held")
        await phone.do("handset/flash")
        await phone.in_state("talking")
        before = (await phone.figures())["legs"]["far"]["received"]

        async def flows() -> bool:
            return bool((await phone.figures())["legs"]["far"]["received"] > before + TALK_S * 50)

        await eventually(flows, "his voice flows again")
        await phone.do("handset/hang-up")
        await him.happened("CALL_CLOSED")
    assert hears(read_speech(tmp_path / "heard.wav")[-int(TALK_S * 8000) :], BOBS) > HEARD


async def test_he_sends_us_to_carol(lab: Lab, tmp_path: Path) -> None:
    """Blindly; we follow, and he hears what came of it."""
    async with (
        Served(lab, {"handset": handset(tmp_path)}) as phone,
        bob(lab, tmp_path) as him,
        Baresip(lab, "carol", microphone(tmp_path, "carol", CAROLS)) as her,
    ):
        await talk(phone, him)
        await him.transfer(her.uri)
        await her.happened("CALL_ESTABLISHED")
        await him.happened("CALL_CLOSED")
        seen = await phone.in_state("talking")
        assert seen["call"]["other"] is None, seen["call"]
        await her.has_heard(TALK_S)
        await her.hang_up()
        await phone.in_state("far_hung_up")
        assert hears(read_speech(await her.heard()), OURS) > HEARD
        assert "Traceback" not in phone.story
    assert hears(read_speech(tmp_path / "heard.wav"), CAROLS) > HEARD


async def test_we_send_him_to_carol(lab: Lab, tmp_path: Path) -> None:
    async with (
        Served(lab, {}) as phone,
        bob(lab, tmp_path) as him,
        Baresip(lab, "carol", microphone(tmp_path, "carol", CAROLS)) as her,
    ):
        await talk(phone, him)
        await phone.do("call/transfer", number=her.uri)
        await her.happened("CALL_ESTABLISHED")
        await phone.in_state("far_hung_up")
        await her.has_heard(TALK_S)
        await her.hang_up()
        assert hears(read_speech(await her.heard()), BOBS) > HEARD
        assert "Traceback" not in phone.story
