"""PJSIP and us: protected voice, PRACK, session timers, hold, transfers in every role, digits and texts, both ways."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.neoretro import Answering, Command, Served
from tests.end_to_end.peers.pjsua import MANDATORY, PRACK_MANDATORY, PRACK_OPTIONAL, TIMER_ALWAYS, Pjsua
from tests.end_to_end.speech import Samples, Voice, read_speech, speech, write_wav

SECONDS = 3.0
OURS, ALICES, BOBS = (speech(voice, SECONDS) for voice in (Voice.JUNE, Voice.ALLISON, Voice.JUNE_ADMINISTERS))
TALK_S = 1.7
"""of a call whose voices are judged"""

BOTH_CODECS = ("PCMU", "PCMA")


def microphone(folder: Path, name: str, voice: Samples) -> Path:
    """Long enough for every call here."""
    return write_wav(folder / f"{name}.wav", np.tile(voice, 8))


def alice(lab: Lab, folder: Path, **options: Any) -> Pjsua:
    return Pjsua(lab, "alice", microphone(folder, "alice", ALICES), **options)


def bob(lab: Lab, folder: Path, **options: Any) -> Pjsua:
    return Pjsua(lab, "bob", microphone(folder, "bob", BOBS), **options)


def requests(trace: str, method: str) -> int:
    """How often it sent a request of its own, or got one of ours, repetitions and all."""
    return trace.count(f"\n{method} sip:")


# ---------------------------------------------------------------- policies, called and calling


@dataclass(frozen=True)
class Policy:
    """What both ends are told, and what must have been so."""

    name: str
    flags: tuple[str, ...]
    """of our command line"""
    options: dict[str, Any]
    """of PJSIP"""
    seen: tuple[str, ...] = ()
    """words of its trace, which has every message"""
    unseen: tuple[str, ...] = ()
    voice: bool = False
    """whether the voices are judged: that takes a while"""
    report: dict[str, Any] = field(default_factory=dict)
    """of our conversation"""


SDES = "AES_CM_128_HMAC_SHA1_80"
POLICIES = [
    Policy("several codecs", (), {"codecs": BOTH_CODECS}, voice=True, report={"codec": "PCMU", "srtp": ""}),
    Policy(
        "prack and its codec",
        (),
        {"prack": PRACK_MANDATORY, "codecs": ("PCMA",)},
        ("\nPRACK sip:", "\nRAck: "),
        report={"codec": "PCMA"},
    ),
    Policy(
        "prack and a session timer of ours",
        ("--100rel", "required", "--session-timer", "120"),
        {"prack": PRACK_OPTIONAL, "timer": TIMER_ALWAYS, "min_se_s": 100, "session_expires_s": 120},
        ("\nPRACK sip:", "\nRAck: ", "\nSession-Expires: 120;refresher=ua"),
    ),
    Policy(
        "neither",
        ("--100rel", "off", "--session-timer", "0"),
        {"prack": PRACK_OPTIONAL, "timer": 0},
        unseen=("\nPRACK sip:", "\nSession-Expires: "),
    ),
    Policy("srtp", ("--srtp", "mandatory"), {"srtp": MANDATORY}, (" RTP/SAVP ",), voice=True, report={"srtp": SDES}),
    Policy(
        "all",
        ("--srtp", "mandatory", "--ice", "--100rel", "required"),
        {"srtp": MANDATORY, "ice": True, "prack": PRACK_MANDATORY, "codecs": BOTH_CODECS},
        (" RTP/SAVP ", "\na=ice-ufrag:", "\nPRACK sip:"),
        voice=True,
        report={"srtp": SDES, "ice": True},
    ),
]
EACH_POLICY = pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.name) for policy in POLICIES])


def as_agreed(policy: Policy, her: Pjsua, heard: Path) -> None:
    assert [words for words in policy.seen if words not in her.trace] == []
    assert [words for words in policy.unseen if words in her.trace] == []
    if policy.voice:
        assert hears(read_speech(her.heard()), OURS) > HEARD
        assert hears(read_speech(heard), ALICES) > HEARD


@EACH_POLICY
async def test_it_calls_and_both_hear(lab: Lab, tmp_path: Path, policy: Policy) -> None:
    ours, heard = write_wav(tmp_path / "ours.wav", OURS), tmp_path / "heard.wav"
    order: tuple[str | Path, ...] = ("--play", ours, "--record", heard, "--calls", "1", "--json", *policy.flags)
    async with Answering(lab, *order) as phone, alice(lab, tmp_path, **policy.options) as her:
        await her.command("dial", target=phone.uri)
        await her.confirmed()
        await her.has_heard(TALK_S if policy.voice else 0.2)
        await her.command("hang_up", call=1)
        outcome = await phone.finished(15)
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    as_agreed(policy, her, heard)
    (call,) = outcome.report["calls"]
    assert {key: call[key] for key in policy.report} == policy.report
    if not policy.options.get("ice"):  # the address that ICE found is told in another offer
        assert requests(her.trace, "INVITE") == 1, "one codec in our answer: nothing to ask again for"


@EACH_POLICY
async def test_we_call_and_both_hear(lab: Lab, tmp_path: Path, policy: Policy) -> None:
    ours, heard = write_wav(tmp_path / "ours.wav", OURS), tmp_path / "heard.wav"
    order: tuple[str | Path, ...] = (
        "--play",
        ours,
        "--record",
        heard,
        "--seconds",
        f"{TALK_S + 0.3 if policy.voice else 0.5:g}",
        "--json",
        *policy.flags,
    )
    async with alice(lab, tmp_path, answer=180, **policy.options) as her:
        async with Command(lab, "call", her.uri, *order) as phone:
            await her.happened("incoming")
            await phone.says("it rings there")
            await her.command("answer", call=1, status=200)
            outcome = await phone.finished(20)
        await her.disconnected()
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    assert outcome.report["ended_by"] == "us", outcome.report
    as_agreed(policy, her, heard)
    if "srtp" in policy.report:
        assert outcome.report["figures"]["legs"]["far"]["srtp"] == policy.report["srtp"]


REFUSED = [
    pytest.param(("--srtp", "mandatory"), {}, 488, id="srtp, and it has none"),
    pytest.param((), {"srtp": MANDATORY}, 488, id="no srtp, and it must"),
    pytest.param(("--100rel", "off"), {"prack": PRACK_MANDATORY}, 420, id="no prack, and it must"),
    pytest.param(("--codecs", "PCMA"), {}, 488, id="no codec in common"),
]


@pytest.mark.parametrize(("flags", "options", "status"), REFUSED)
async def test_what_cannot_be_agreed_on_is_refused(
    lab: Lab, tmp_path: Path, flags: tuple[str, ...], options: dict[str, Any], status: int
) -> None:
    async with Answering(lab, "--json", *flags) as phone, alice(lab, tmp_path, **options) as her:
        await her.command("dial", target=phone.uri)
        assert (await her.disconnected())["status"] == status
        outcome = await phone.stopped()
    assert outcome.exit_code == 0 and outcome.report["calls"] == [], outcome


# ---------------------------------------------------------------- within a call


async def talk(phone: Served, her: Pjsua) -> None:
    """She calls, we lift."""
    await her.command("dial", target=phone.line)
    await phone.in_state("ringing")
    await phone.do("handset/lift")
    await phone.in_state("talking")
    await her.confirmed()


async def shows(phone: Served, what: str, condition: Callable[[dict[str, Any]], bool]) -> None:
    await phone.sees(lambda seen: condition(seen["call"]), what)


async def test_it_holds_and_resumes_and_updates(lab: Lab, tmp_path: Path) -> None:
    async with Served(lab, {}) as phone, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await her.command("hold", call=1)
        await shows(phone, "it is held", lambda call: call["held_by_far"])
        await her.happened("media", media="local hold")
        await her.command("resume", call=1)
        await shows(phone, "it is resumed", lambda call: not call["held_by_far"])
        await her.happened("media", media="active", count=2)
        await her.command("update", call=1)
        await until(lambda: requests(her.trace, "UPDATE") == 1, "an UPDATE")
        await her.happened("media", media="active", count=3)
        assert (await phone.snapshot())["call"]["state"] == "talking"
        await phone.do("handset/hang-up")
        await her.disconnected()
        assert "fault" not in {event["event"] for event in her.events}, her.events


async def test_one_port_for_voice_and_its_reports_both_ways(lab: Lab, tmp_path: Path) -> None:
    line = {"rtcp_mux": True, "xr": True}
    async with Served(lab, {"line": line}) as phone, alice(lab, tmp_path, rtcp_mux=True, rtcp_xr=True) as her:
        await talk(phone, her)
        await her.has_heard(0.5)
        assert her.trace.count("\na=rtcp-mux") == 2, "offered and answered"
        await phone.do("handset/hang-up")
        await her.disconnected()
        await phone.do("handset/lift")
        await phone.in_state("dial_tone")
        await phone.do("call/dial", number=her.uri)
        await her.confirmed(2)
        await her.has_heard(0.5, 2)
        assert her.trace.count("\na=rtcp-mux") == 4, "offered and answered"
        far = (await phone.figures())["legs"]["far"]
        assert far["received"] > 10 and far["junk"] == 0, far


async def test_an_interval_that_is_too_short_for_it_is_made_longer(lab: Lab, tmp_path: Path) -> None:
    async with alice(lab, tmp_path, timer=TIMER_ALWAYS, min_se_s=200, session_expires_s=200) as her:
        order = ("--seconds", "0.5", "--session-timer", "100", "--json")
        async with Command(lab, "call", her.uri, *order) as phone:
            assert (await phone.finished(15)).exit_code == 0
        assert "SIP/2.0 422 " in her.trace and "\nSession-Expires: 200;refresher=ua" in her.trace


async def test_we_hold_and_resume(lab: Lab, tmp_path: Path) -> None:
    play = write_wav(tmp_path / "ours.wav", np.tile(OURS, 8))
    async with Served(lab, {"handset": {"play": str(play)}}) as phone, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await phone.do("handset/flash")
        await her.happened("media", media="remote hold")
        await shows(phone, "she is held", lambda call: call["other"] is not None)
        await phone.do("handset/flash")
        await her.happened("media", media="active", count=2)
        await phone.in_state("talking")
        await her.has_heard(her.recorded() + TALK_S + 0.3)
        await her.command("hang_up", call=1)
        await phone.in_state("far_hung_up")
    assert hears(read_speech(her.heard())[-int(TALK_S * 8000) :], OURS) > HEARD, "after she was resumed"


async def test_digits_both_ways(lab: Lab, tmp_path: Path) -> None:
    async with Answering(lab, "--calls", "1", "--json") as phone, alice(lab, tmp_path) as her:
        await her.command("dial", target=phone.uri)
        await her.confirmed()
        await her.command("touch", call=1, digits="1#", method="rfc4733")
        await her.has_heard(1.0)
        await her.command("touch", call=1, digits="7*", method="info")
        await until(lambda: requests(her.trace, "INFO") >= 2, "two INFO")
        await her.has_heard(1.6)
        await her.command("hang_up", call=1)
        outcome = await phone.finished(15)
    (call,) = outcome.report["calls"]
    heard = [(digit["digit"], digit["by"]) for digit in call["digits"]]
    assert heard == [("1", "rfc4733"), ("#", "rfc4733"), ("7", "info"), ("*", "info")], call


async def test_texts_and_digits_of_ours(lab: Lab, tmp_path: Path) -> None:
    async with Served(lab, {}) as phone, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await phone.do("dial/touch", keys="5")
        assert (await her.happened("digit"))["digit"] == "5"
        await her.command("message", call=1, text="Dîner à 20 h ?")
        seen = await phone.sees(lambda seen: bool(seen["line"]["text"]), "a text came")
        assert seen["line"]["text"]["text"] == "Dîner à 20 h ?"
        assert seen["line"]["text"]["sender"]["number"] == "alice"


# ---------------------------------------------------------------- transfers: all three roles


async def both_hear(first: Pjsua, second: Pjsua, calls: tuple[int, int]) -> None:
    await first.has_heard(2.0, calls[0])
    await second.has_heard(2.0, calls[1])


async def test_she_sends_us_to_bob_and_we_talk_to_him(lab: Lab, tmp_path: Path) -> None:
    """We are the transferee: our INVITE replaces her call with Bob."""
    play, heard = write_wav(tmp_path / "ours.wav", np.tile(OURS, 4)), tmp_path / "heard.wav"
    tables = {"handset": {"play": str(play), "record": str(heard), "record_rate": 8000}}
    async with Served(lab, tables) as phone, bob(lab, tmp_path) as him, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await her.command("dial", target=him.uri)
        await her.confirmed(2)
        await her.command("transfer_to", call=1, other=2)
        await her.happened("transfer", status=200, final=True)
        await him.happened("replaced")
        await him.confirmed(2)
        await her.disconnected(2)
        await him.has_heard(TALK_S, 2)
        await phone.in_state("talking")
        await phone.do("handset/hang-up")
        await him.disconnected(2)
        assert "Traceback" not in phone.story
    assert hears(read_speech(him.heard(2)), OURS) > HEARD
    assert hears(read_speech(heard), BOBS) > HEARD


async def test_bob_takes_her_place_in_our_call(lab: Lab, tmp_path: Path) -> None:
    """We are the target: Bob's INVITE replaces our call with Alice."""
    play, heard = write_wav(tmp_path / "ours.wav", np.tile(OURS, 4)), tmp_path / "heard.wav"
    tables = {"handset": {"play": str(play), "record": str(heard), "record_rate": 8000}}
    async with Served(lab, tables) as phone, bob(lab, tmp_path) as him, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await her.command("dial", target=him.uri)
        await her.confirmed(2)
        await her.command("transfer_to", call=2, other=1)
        await him.happened("transfer requested")
        await him.confirmed(2)
        await her.disconnected(1)
        await him.has_heard(TALK_S, 2)
        seen = await phone.in_state("talking")
        assert seen["call"]["caller"]["number"] == "bob"
        await him.command("hang_up", call=2)
        await phone.in_state("far_hung_up")
        assert "Traceback" not in phone.story
    assert hears(read_speech(him.heard(2)), OURS) > HEARD
    assert hears(read_speech(heard), BOBS) > HEARD


async def test_we_join_alice_and_bob_and_leave(lab: Lab, tmp_path: Path) -> None:
    """We are the transferor."""
    async with Served(lab, {}) as phone, bob(lab, tmp_path) as him, alice(lab, tmp_path) as her:
        await talk(phone, her)
        await phone.do("handset/flash")
        await her.happened("media", media="remote hold")
        await phone.in_state("dial_tone")
        await phone.do("call/dial", number=him.uri)
        await him.confirmed()
        await phone.in_state("talking")
        await phone.do("call/transfer")
        asked = await her.happened("transfer requested")
        assert "Replaces" in asked["target"] and him.uri in asked["target"], asked
        await him.happened("replaced")
        await her.confirmed(2)
        await her.disconnected(1)
        await him.disconnected(1)
        await phone.in_state("far_hung_up")
        await both_hear(her, him, (2, 2))
        assert "Traceback" not in phone.story
    assert hears(read_speech(her.heard(2)), BOBS) > HEARD
    assert hears(read_speech(him.heard(2)), ALICES) > HEARD


async def test_she_sends_us_to_bob_blindly(lab: Lab, tmp_path: Path) -> None:
    async with Answering(lab, "--calls", "1", "--json") as phone, bob(lab, tmp_path) as him:
        async with alice(lab, tmp_path) as her:
            await her.command("dial", target=phone.uri)
            await her.confirmed()
            await her.command("transfer", call=1, target=him.uri)
            await her.happened("transfer", status=200, final=True)
            await him.confirmed()
            await her.command("hang_up", call=1)
        await him.command("hang_up", call=1)
        outcome = await phone.finished(15)
    (call,) = outcome.report["calls"]
    assert any(transfer.get("status") == 200 or "asked" in transfer for transfer in call["transfers"]), call


async def test_where_transfers_are_refused_we_stay_with_her(lab: Lab, tmp_path: Path) -> None:
    async with Answering(lab, "--calls", "1", "--json", "--refer", "refuse") as phone, alice(lab, tmp_path) as her:
        await her.command("dial", target=phone.uri)
        await her.confirmed()
        await her.command("transfer", call=1, target="sip:bob@127.0.0.1:9")
        refused = await her.happened("transfer", final=True)
        assert refused["status"] >= 400, refused
        await her.command("hang_up", call=1)
        assert (await phone.finished(15)).report["answered"] == 1
