"""(c) The pyVoIP correspondent, called through the embedded exchange by the command line a person uses."""

import asyncio
import logging
import os
import signal
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gateway.correspondent.numbers import LAB_NUMBERS, MARKET_NUMBERS, Service
from gateway.correspondent.phone import announcement
from gateway.correspondent.process import Correspondent, CorrespondentFault, CorrespondentSettings
from gateway.exchange.settings import ExchangeSettings, User
from gateway.exchange.shell import Exchange
from tests.end_to_end.hearing import HEARD, NOT_HEARD, hears
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.neoretro import Finished, run, write_config
from tests.end_to_end.speech import Samples, Voice, read_speech, speech, write_wav

NUMBERS = MARKET_NUMBERS["FR"]
REFUSED = 4


@dataclass
class Laboratory:
    """The exchange, the correspondent, and who calls."""

    lab: Lab
    exchange: Exchange
    correspondent: Correspondent

    async def call(self, number: str, *arguments: str | Path, transport: str = "udp") -> Finished:
        host, port = self.exchange.address
        account = {"registrar": f"sip:{host}:{port}", "user": "phone", "password": "secret", "transport": transport}
        config = write_config(self.lab.folder / "phone.toml", {"line": {"bind": "127.0.0.1:0", **account}})
        return await run(self.lab, "call", number, "--config", config, "--json", *arguments, seconds=60)


def exchange_settings() -> ExchangeSettings:
    users = (User("phone", "secret"), User("correspondent", "its own"))
    return ExchangeSettings(port=0, users=users, lab_numbers=dict.fromkeys(LAB_NUMBERS, "correspondent"))


@asynccontextmanager
async def laboratory(lab: Lab) -> AsyncIterator[Laboratory]:
    async with (
        Exchange(exchange_settings()) as exchange,
        Correspondent(CorrespondentSettings(exchange.address, "its own")) as correspondent,
    ):
        yield Laboratory(lab, exchange, correspondent)


def eight_bit_speech(path: Path) -> Samples:
    """The shipped announcement as 16 bits."""
    with wave.open(str(path), "rb") as recording:
        data = np.frombuffer(recording.readframes(recording.getnframes()), np.uint8)
    return ((data.astype(np.int16) - 128) << 8).astype(np.int16)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_echo_number_sends_back_what_it_hears(lab: Lab, transport: str) -> None:
    said = speech(Voice.ALLISON, 6.0)
    play, heard = write_wav(lab.folder / "said.wav", said), lab.folder / "heard.wav"
    async with laboratory(lab) as running:
        outcome = await running.call(
            NUMBERS[Service.ECHO], "--play", play, "--record", heard, "--seconds", "8", transport=transport
        )
        assert outcome.exit_code == 0, outcome
        assert outcome.report["result"] == "done" and outcome.report["ended_by"] == "us"
        recording = read_speech(heard)
        assert hears(recording, said) > HEARD
        assert hears(recording, speech(Voice.JUNE, 6.0)) < NOT_HEARD
        await until(lambda: running.exchange.calls == 0, "the exchange forgets the call")


async def test_the_announcement_is_heard_to_its_end_and_then_the_far_end_hangs_up(lab: Lab) -> None:
    heard = lab.folder / "heard.wav"
    async with laboratory(lab) as running:
        outcome = await running.call(NUMBERS[Service.ANNOUNCEMENT], "--record", heard, "--seconds", "30")
        assert outcome.exit_code == 0, outcome
        assert outcome.report["ended_by"] == "far" and 5 < outcome.report["talked_s"] < 12
        assert hears(read_speech(heard), eight_bit_speech(announcement("fr"))) > HEARD
        await until(lambda: running.exchange.calls == 0, "the exchange forgets the call")


@pytest.mark.alone
async def test_the_clock_sounds_on_the_second(lab: Lab) -> None:
    heard = lab.folder / "heard.wav"
    async with laboratory(lab) as running:
        outcome = await running.call("3699", "--record", heard, "--seconds", "11")
        assert outcome.exit_code == 0, outcome
    samples = read_speech(heard).astype(np.float64)
    # how much of each 50 ms is the 1000 Hz of the pips
    windows = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    pip = np.abs(np.fft.rfft(windows)[:, 50]) / (np.linalg.norm(windows, axis=1) * np.sqrt(200) + 1e-9)
    loud = np.linalg.norm(windows, axis=1) > 0.2 * np.linalg.norm(windows, axis=1).max()
    begins = [
        i * 0.05 for i in range(1, len(pip)) if pip[i] > 0.6 and loud[i] and not (pip[i - 1] > 0.6 and loud[i - 1])
    ]
    assert len(begins) >= 3, "three pips at least in eleven seconds, and two before each announced time"
    beats = np.diff(begins)
    assert all(abs(beat - round(beat)) < 0.16 for beat in beats), begins


@pytest.mark.parametrize(
    ("service", "status"), [(Service.BUSY, "486"), (Service.NOT_IN_SERVICE, "404")], ids=["busy", "not in service"]
)
async def test_numbers_that_are_refused(lab: Lab, service: Service, status: str) -> None:
    async with laboratory(lab) as running:
        outcome = await running.call(NUMBERS[service])
        assert outcome.exit_code == REFUSED, outcome
        assert status in str(outcome.report), outcome


async def test_the_number_that_never_answers_rings_until_we_hang_up(lab: Lab) -> None:
    async with laboratory(lab) as running:
        outcome = await running.call(NUMBERS[Service.NO_ANSWER], "--answer-within", "3")
        assert outcome.exit_code == 5, outcome
        await until(lambda: running.exchange.calls == 0, "the cancelled call is over at both ends")


async def test_a_correspondent_that_dies_is_started_again(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    async with laboratory(lab) as running:
        first = running.correspondent.pid
        assert first is not None
        with caplog.at_level(logging.WARNING):
            os.kill(first, signal.SIGKILL)
            await until(lambda: running.correspondent.starts == 2 and running.correspondent.ready, "it is back", 20)
        assert "correspondent: ended, started again in 1 s (exit -9)" in caplog.text
        assert running.correspondent.pid not in (None, first)
        # at the same address as before: an old one would have to fall silent first, for half a minute
        async with asyncio.timeout(20):
            outcome = await running.call(NUMBERS[Service.BUSY])
        assert "486" in str(outcome.report), outcome


async def test_it_leaves_the_exchange_and_no_process_behind(lab: Lab) -> None:
    async with Exchange(exchange_settings()) as exchange:
        async with Correspondent(CorrespondentSettings(exchange.address, "its own")) as correspondent:
            pid = correspondent.pid
            assert pid is not None and exchange.registered == {"correspondent"}
        assert exchange.registered == frozenset()
        assert correspondent.pid is None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_wrong_password_is_said(lab: Lab) -> None:
    async with Exchange(exchange_settings()) as exchange:
        correspondent = Correspondent(CorrespondentSettings(exchange.address, "wrong"))
        with pytest.raises(CorrespondentFault) as raised:
            await correspondent.__aenter__()
        host, port = exchange.address
        assert str(raised.value) == (
            f"the correspondent did not start: correspondent is not registered at {host}:{port}: refused, or no answer"
        )
        assert correspondent.pid is None


async def test_it_does_not_outlive_who_started_it(lab: Lab) -> None:
    async with Exchange(exchange_settings()) as exchange:
        host, port = exchange.address
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.correspondent", "--server", f"{host}:{port}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"its own\n")
        async with asyncio.timeout(15):
            assert (await process.stdout.readline()).startswith(b"registered as sip:correspondent@127.0.0.1:")
    # the exchange is gone, and nobody holds its stdin any more
    process.stdin.close()
    async with asyncio.timeout(10):
        assert await process.wait() == 0
