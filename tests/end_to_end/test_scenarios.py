"""What no peer does, or not when a test wants it: a scenario of ours for SIPp a case, and the command line it needs.

Every file says in its first line what it is about; SIPp checks what it gets, and says which step went wrong.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.end_to_end.lab import LOOPBACK, Lab, until
from tests.end_to_end.peers.nameserver import NameServer
from tests.end_to_end.peers.neoretro import Answering, Command, Served, write_config
from tests.end_to_end.peers.sipp import Sipp

SCENARIOS = Path(__file__).with_name("scenarios")
WITHIN_S = 12.0


@dataclass(frozen=True)
class Case:
    """One scenario."""

    scenario: str
    """the file without its ending"""
    flags: tuple[str, ...] = ()
    """of the product's command"""
    report: Mapping[str, Any] = field(default_factory=dict)
    """what the product must say of it, beside that which all cases must"""
    exit_code: int = 0
    repeats: bool = True
    """of SIPp: see there"""
    tcp: bool = False
    calls: int = 1
    """of SIPp, as it counts them: one Call-ID each"""
    answered: bool = True
    """whether a call rings and is answered; refused before that, nobody needs to know that it ever began"""


def cases(*rows: Case) -> list[Any]:
    return [pytest.param(row, id=row.scenario + "-tcp" * row.tcp) for row in rows]


def sipp(lab: Lab, case: Case, target: str | None = None) -> Sipp:
    return Sipp(
        lab, target, scenario=SCENARIOS / f"{case.scenario}.xml", calls=case.calls, repeats=case.repeats, tcp=case.tcp
    )


def includes(report: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    return {key: report.get(key) for key in expected} == dict(expected)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Answering]:
    """One phone for all who call: each must leave it fit for the next, and nothing may be left in the end."""
    bench = Lab(tmp_path_factory.mktemp("answering"))
    async with Answering(bench, "--phones", "1", "--min-se", "200", "--json") as phone:
        yield phone
        outcome = await phone.stopped()
    assert outcome.exit_code == 0 and outcome.report["missed"] == outcome.report["tasks_left"] == 0, outcome


@pytest.mark.parametrize(
    "case",
    cases(
        Case("late_offer"),
        Case("late_offer", tcp=True),
        Case("late_offer_reliable"),
        Case("offerless_reinvite"),
        Case("directions"),
        Case("directions", tcp=True),
        Case("unknown_extension", answered=False),
        Case("interval_too_small"),
        Case("refreshes"),
        Case("refresher_is_called"),
        Case("cancel_after_answer"),
        Case("lost_ack", repeats=False),
        Case("codec_changes"),
        Case("several_bodies"),
        Case("several_media"),
        Case("replaces_nothing", answered=False),
        Case("asked_in_the_call"),
        Case("transfer_fails"),
        Case("transfer_untold"),
        Case("asked_outside", answered=False),
        Case("no_common_codec", answered=False),
    ),
)
@pytest.mark.asyncio(loop_scope="module")
async def test_somebody_calls(lab: Lab, answering: Answering, case: Case) -> None:
    lab.logs["neoretro-answer"] = answering.folder / "log"
    before = len(answering.story)
    async with sipp(lab, case, answering.address) as caller:
        calls = await caller.finished(WITHIN_S)
    assert (calls.successful, calls.failed) == (1, 0), calls
    if case.answered:
        await until(lambda: answering.story[before:].endswith("\nhung up\n"), "the phone is at rest again")
    story = answering.story[before:]
    assert ("talking" in story) is case.answered is ("ringing" in story) and "Traceback" not in story, story


DONE = {"result": "done", "ended_by": "us"}


@pytest.mark.parametrize(
    "case",
    cases(
        Case("forked_answers", report=DONE),
        Case("early_dialogs", report=DONE),
        Case("longer_interval", report=DONE),
        Case("moved", report=DONE),
        Case("moves_in_circles", report={"result": "refused", "status": 302}, exit_code=4),
        Case("reliable_answer", report=DONE),
        Case("answer_in_prack", report=DONE),
        Case("answer_repeated", report=DONE, repeats=False),
        Case("called_holds", report={"result": "done", "ended_by": "far"}),
        Case("reinvite_and_bye_cross", report=DONE),
        Case("late_media_only", report={"result": "refused", "status": 488}, exit_code=4),
        Case("extension_unknown_there", report=DONE),
        Case("queued", report={"result": "refused", "status": 480}, exit_code=4),
        Case("busy", report={"result": "refused", "status": 486}, exit_code=4),
        Case("answer_crosses_cancel", ("--answer-within", "0.5"), {"result": "no_answer"}, exit_code=5),
        Case("never_answers", ("--answer-within", "0.5"), {"result": "no_answer"}, exit_code=5),
    ),
)
async def test_we_call_somebody(lab: Lab, case: Case) -> None:
    async with sipp(lab, case) as called:
        target = f"sip:bob@{called.address}"
        async with Command(lab, "call", target, "--seconds", "0.8", "--json", *case.flags) as phone:
            outcome = await phone.finished(WITHIN_S)
            calls = await called.finished(WITHIN_S)
    assert (calls.successful, calls.failed) == (1, 0), calls
    assert outcome.exit_code == case.exit_code and "Traceback" not in outcome.story, outcome
    assert includes(outcome.report, case.report), outcome.report


@pytest.mark.parametrize("case", cases(Case("early_bye"), Case("cancelled"), Case("reliable_ringing")))
async def test_the_caller_leaves_while_it_rings(lab: Lab, case: Case) -> None:
    async with Served(lab, {}) as phone:
        async with sipp(lab, case, phone.address) as caller:
            calls = await caller.finished(WITHIN_S)
        assert (calls.successful, calls.failed) == (1, 0), calls
        await phone.in_state("idle")
        await phone.sees(lambda seen: not seen["ringer"]["ringing"], "the bell is silent")
        assert "Traceback" not in phone.story


@pytest.mark.parametrize("case", cases(Case("glare"), Case("hold_refused"), Case("hold_ends_the_call")))
async def test_we_hold_who_calls(lab: Lab, case: Case) -> None:
    async with Served(lab, {}) as phone, sipp(lab, case, phone.address) as caller:
        await phone.in_state("ringing")
        await phone.do("handset/lift")
        await phone.in_state("talking")
        await phone.do("handset/flash")
        calls = await caller.finished(WITHIN_S)
        assert (calls.successful, calls.failed) == (1, 0), calls
        await phone.do("handset/hang-up")
        await phone.in_state("idle")
        assert "Traceback" not in phone.story


async def test_a_bye_waits_for_the_ack_that_is_late(lab: Lab) -> None:
    case = Case("late_ack_after_goodbye", repeats=False)
    async with Served(lab, {}) as phone, sipp(lab, case, phone.address) as caller:
        await phone.in_state("ringing")
        await phone.do("handset/lift")
        await phone.in_state("talking")
        await phone.do("handset/hang-up")
        calls = await caller.finished(WITHIN_S)
        assert (calls.successful, calls.failed) == (1, 0), calls
        await phone.in_state("idle")


async def test_messages_that_wait_are_shown(lab: Lab) -> None:
    async with sipp(lab, Case("messages_wait")) as registrar:
        line = {"registrar": f"sip:{registrar.address}", "user": "base"}
        async with Served(lab, {"line": line}) as phone:
            await phone.sees(lambda seen: seen["line"]["messages"] == 2, "two messages wait")
            await phone.sees(lambda seen: not seen["line"]["messages"], "none waits")
            calls = await registrar.finished(WITHIN_S)
            assert (calls.successful, calls.failed) == (1, 0), calls


async def test_the_mailbox_is_subscribed_to_and_left(lab: Lab) -> None:
    async with sipp(lab, Case("mailbox", calls=2)) as registrar:
        line = {"registrar": f"sip:{registrar.address}", "user": "base", "voicemail": True}
        async with Served(lab, {"line": line}) as phone:
            await phone.sees(lambda seen: seen["line"]["messages"] == 3, "three messages wait")
            outcome = await phone.stopped()
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        calls = await registrar.finished(WITHIN_S)
        assert (calls.successful, calls.failed) == (2, 0), calls


async def test_a_server_that_is_overloaded_is_passed_over(lab: Lab, tmp_path: Path) -> None:
    first, second = sipp(lab, Case("unavailable")), sipp(lab, Case("answers"))
    zone = {
        "SRV _sip._udp.lab.example": [f"1 0 {first.port} one.lab.example.", f"2 0 {second.port} two.lab.example."],
        "A one.lab.example": [LOOPBACK],
        "A two.lab.example": [LOOPBACK],
    }
    async with NameServer(zone) as server, first, second:
        host, port = server.address
        line = {"bind": f"{LOOPBACK}:0", "nameservers": [f"{host}:{port}"]}
        config = write_config(tmp_path / "phone.toml", {"line": line})
        async with Command(
            lab, "call", "sip:bob@lab.example", "--config", config, "--seconds", "0.5", "--json"
        ) as phone:
            outcome = await phone.finished(WITHIN_S)
        assert (await first.finished(WITHIN_S)).successful == (await second.finished(WITHIN_S)).successful == 1
    assert outcome.exit_code == 0 and includes(outcome.report, DONE), outcome


def test_every_scenario_is_run_by_a_test() -> None:
    tests = "".join(path.read_text() for path in SCENARIOS.parent.glob("test_*.py"))
    known = set(re.findall(r'"(\w+)(?:\.xml)?"', tests))
    assert {path.stem for path in SCENARIOS.glob("*.xml")} <= known
