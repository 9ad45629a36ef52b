"""Bad input at every door: a sentence that names what and where, the right exit code, and a phone that still works."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.lab import LOOPBACK, Lab, free_port
from tests.end_to_end.peers.neoretro import Answering, Finished, Served, Tables, run, write_config
from tests.end_to_end.peers.sipp import Sipp
from tests.end_to_end.speech import Voice, speech, write_wav

SCENARIOS = Path(__file__).parent / "scenarios"
QUICKLY_S = 10
"""a person has read the sentence by then; a fault of the configuration is not waited for"""


def refused(outcome: Finished, exit_code: int, *words: str) -> None:
    """The command ended as agreed, and its sentence has the words."""
    assert outcome.exit_code == exit_code, outcome
    assert "Traceback" not in outcome.story and "Traceback" not in outcome.stdout, outcome.story
    for word in words:
        assert word in outcome.story, f"{word!r} is missing in: {outcome.story}"
    assert len(outcome.story.splitlines()) <= 6, f"a sentence is wanted, not: {outcome.story}"


@contextmanager
def silent_port() -> Iterator[int]:
    """Something that takes datagrams and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.bind((LOOPBACK, 0))
        yield datagram.getsockname()[1]


# ---------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"line": {"regisrar": "sip:127.0.0.1"}}, ("line.regisrar", "unknown key", "did you mean 'registrar'?")),
        ({"phone": {"market": "XX"}}, ("phone.market", "'XX'", "FR")),
        (
            {"phone": {"dial": "crank"}, "web": {"bind": 8080}},
            ("phone.dial", "'crank'", "'rotary'", "web.bind", "8080"),
        ),
        ({"handset": {"play": "/nowhere/voice.wav"}}, ("handset.play", "/nowhere/voice.wav")),
    ],
    ids=["unknown key", "no such market", "two wrong values", "no such file"],
)
async def test_a_configuration_that_is_not_good(
    lab: Lab, tmp_path: Path, tables: Tables, words: tuple[str, ...]
) -> None:
    path = write_config(tmp_path / "phone.toml", tables)
    refused(await run(lab, "check", path, seconds=QUICKLY_S), 2, str(path), *words)


async def test_a_file_that_is_no_toml_or_not_there(lab: Lab, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[phone\nname = 1")
    refused(await run(lab, "serve", broken, seconds=QUICKLY_S), 2, str(broken), "line 1")
    missing = tmp_path / "missing.toml"
    refused(await run(lab, "serve", missing, seconds=QUICKLY_S), 2, str(missing), "No such file")


async def test_a_secret_is_never_repeated(lab: Lab, tmp_path: Path) -> None:
    path = write_config(tmp_path / "phone.toml", {"line": {"user": 7, "password": 4711_0815}})
    outcome = await run(lab, "check", path, seconds=QUICKLY_S)
    refused(outcome, 2, "line.password", "line.user")
    assert "47110815" not in outcome.story + outcome.stdout


async def test_a_good_configuration_is_said_to_be_good(lab: Lab, tmp_path: Path) -> None:
    ours = Path(__file__).parents[2] / "configs"
    for path in (write_config(tmp_path / "phone.toml", {}), ours / "phone.toml", ours / "container.toml"):
        outcome = await run(lab, "check", path, "--json", seconds=QUICKLY_S)
        assert outcome.exit_code == 0 and outcome.report["result"] == "good", outcome
    outcome = await run(lab, "check", ours / "phone.toml", seconds=QUICKLY_S)
    assert "good" in outcome.story and not outcome.stdout, "said to a person, too"


# ---------------------------------------------------------------- command line


@pytest.mark.parametrize("number", ["hello", "", "sip:"])
async def test_a_number_that_is_no_number(lab: Lab, number: str) -> None:
    refused(await run(lab, "call", number, seconds=QUICKLY_S), 2, repr(number))


async def test_a_wav_that_cannot_be_read(lab: Lab, tmp_path: Path) -> None:
    target = f"sip:nobody@{LOOPBACK}:{free_port()}"
    missing, text, empty = tmp_path / "missing.wav", tmp_path / "text.wav", tmp_path / "empty.wav"
    text.write_text("this is no sound")
    empty.touch()
    odd = write_wav(tmp_path / "odd.wav", speech(Voice.JUNE, 1), rate=11_025)
    for path in (missing, text, empty, odd):
        refused(await run(lab, "call", target, "--play", path, seconds=QUICKLY_S), 2, str(path))


async def test_a_recording_that_cannot_be_written(lab: Lab, tmp_path: Path) -> None:
    target, path = f"sip:nobody@{LOOPBACK}:{free_port()}", tmp_path / "no-such-folder" / "heard.wav"
    refused(await run(lab, "call", target, "--record", path, seconds=QUICKLY_S), 2, str(path))


async def test_a_codec_nobody_knows(lab: Lab) -> None:
    outcome = await run(lab, "answer", "--bind", "127.0.0.1:0", "--codecs", "PCMU,G729", seconds=QUICKLY_S)
    refused(outcome, 2, "--codecs", "G729", "PCMU")


# ---------------------------------------------------------------- network


async def test_a_sip_port_in_use(lab: Lab) -> None:
    with silent_port() as port:
        outcome = await run(lab, "answer", "--bind", f"{LOOPBACK}:{port}", seconds=QUICKLY_S)
        refused(outcome, 2, f"{LOOPBACK}:{port}", "in use")


async def test_a_web_port_in_use(lab: Lab, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
        stream.bind((LOOPBACK, 0))
        stream.listen()
        taken = f"{LOOPBACK}:{stream.getsockname()[1]}"
        path = write_config(tmp_path / "phone.toml", {"web": {"bind": taken}, "line": {"bind": "127.0.0.1:0"}})
        refused(await run(lab, "serve", path, seconds=QUICKLY_S), 2, "web.bind", taken, "in use")


async def test_a_registrar_that_does_not_answer(lab: Lab, tmp_path: Path) -> None:
    with silent_port() as port:
        account = {"bind": "127.0.0.1:0", "registrar": f"sip:{LOOPBACK}:{port}", "user": "base", "password": "x"}
        path = write_config(tmp_path / "phone.toml", {"line": account})
        outcome = await run(lab, "call", "0145678901", "--config", path, "--json", seconds=20)
        refused(outcome, 3)
        assert f"{LOOPBACK}:{port}" in outcome.report["reason"], outcome.report


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_nobody_at_the_address(lab: Lab, transport: str) -> None:
    port = free_port()
    target = f"sip:nobody@{LOOPBACK}:{port};transport={transport}"
    outcome = await run(lab, "call", target, "--json", seconds=QUICKLY_S)
    assert outcome.exit_code == 4, outcome
    assert f"{transport.upper()} {LOOPBACK}:{port}: Connection refused" in outcome.report["reason"]
    assert outcome.report["status"] == 503 and "Traceback" not in outcome.story, outcome


async def test_a_far_end_that_is_busy(lab: Lab) -> None:
    async with Sipp(lab, scenario=SCENARIOS / "busy.xml") as busy:
        outcome = await run(lab, "call", f"sip:someone@{busy.address}", "--json")
        assert outcome.exit_code == 4 and outcome.report["status"] == 486, outcome
        assert (await busy.finished(10)).failed == 0, "SIPp got its ACK"


async def test_a_far_end_that_never_answers(lab: Lab) -> None:
    async with Sipp(lab, scenario=SCENARIOS / "never_answers.xml") as ringing:
        outcome = await run(lab, "call", f"sip:someone@{ringing.address}", "--answer-within", "2", "--json")
        assert outcome.exit_code == 5 and outcome.report["result"] == "no_answer", outcome
        assert (await ringing.finished(10)).failed == 0, "SIPp got CANCEL and ACK"


async def test_an_offer_without_a_common_codec_gets_488_and_the_next_call_is_answered(lab: Lab) -> None:
    async with Answering(lab, "--calls", "1") as phone:
        async with Sipp(lab, phone.address, scenario=SCENARIOS / "no_common_codec.xml") as caller:
            assert (await caller.finished(10)).successful == 1, "SIPp expects 488"
        async with Sipp(lab, phone.address, talk_ms=200) as caller:
            assert (await caller.finished(10)).successful == 1
        outcome = await phone.finished(10)
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome


async def test_junk_on_the_sip_and_voice_ports_during_a_call_changes_nothing(lab: Lab) -> None:
    async with Answering(lab, "--calls", "2", "--json") as phone:
        idle = set(phone.udp_ports)
        async with Sipp(lab, phone.address, talk_ms=3000) as caller:
            await phone.says("talking")
            voice = set(phone.udp_ports) - idle
            assert len(voice) == 2, f"RTP and RTCP, found {voice}"
            await throw_junk(int(phone.address.rpartition(":")[2]), *voice)
            assert (await caller.finished(15)).successful == 1, "the call went on and ended as it should"
        async with Sipp(lab, phone.address, talk_ms=200) as caller:
            assert (await caller.finished(10)).successful == 1, "the phone is usable afterwards"
        outcome = await phone.finished(10)
        assert outcome.exit_code == 0 and outcome.report["answered"] == 2, outcome
        assert "Traceback" not in outcome.story, outcome.story


async def throw_junk(*ports: int) -> None:
    """Random bytes, cut and bent messages, RTP and RTCP that lie about their lengths; the same in every run."""
    random = Random(5)
    invite = b"INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n"
    seeds = [
        b"",
        b"\r\n\r\n",
        b"\x00" * 40,
        invite,
        invite + b"Content-Length: 99999\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"BYE sip:\xff\xfe SIP/2.0\r\nVia: \r\nFrom: <<>>\r\nCall-ID: \r\n\r\n",
        bytes([0x8F, 0x00]) + bytes(10),
        bytes([0xBF, 0xE5]) + bytes(200),
        bytes([0x90, 0x00]) + bytes(10) + b"\xff\xff\xff\xff",
        bytes([0x81, 200, 0xFF, 0xFF]) + bytes(24),
        bytes([0x81, 203, 0, 1]) + bytes(4),
        bytes([0x80, 101]) + bytes(11),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        for port in ports:
            for seed in seeds:
                datagram.sendto(seed, (LOOPBACK, port))
            for _ in range(100):
                datagram.sendto(random.randbytes(random.randrange(1, 1400)), (LOOPBACK, port))
            await asyncio.sleep(0)


# ---------------------------------------------------------------- HTTP


async def test_the_api_says_what_was_wrong_and_the_phone_goes_on(lab: Lab) -> None:
    async with Served(lab, {}) as phone:
        for gesture, body, words in (
            ("dial/touch", {"keys": "12a"}, ("keys", "12a")),
            ("earpiece/distance", {"distance_cm": "far"}, ("distance_cm", "far")),
            ("handset/volume", {"loudness": 3}, ("loudness", "level")),
        ):
            status, text = await phone.ask(gesture, body)
            assert status == 422, text
            assert all(word in text for word in words), text
        status, text = await phone.ask("handset/throw", {})
        assert status == 404 and "openapi" in text
        await phone.do("handset/lift")
        await phone.in_state("dial_tone")
        assert not re.search("Traceback|Error handling", phone.story)
