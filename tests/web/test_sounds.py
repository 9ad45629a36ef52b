"""The bell and the dial as WAV files."""

import io
import wave

import numpy as np
import pytest

from gateway.web.sounds import cadence
from tests.web.conftest import Client
from tests.web.test_api import assert_problem

EXPECTED = "expected ms of bell and silence in turn, like 1500-3500, at most 16 and 20000 ms in all"


async def samples(client: Client, path: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    response = await client.get(path)
    assert (response.status, response.content_type) == (200, "audio/wav")
    assert "max-age" in response.headers["Cache-Control"]
    with wave.open(io.BytesIO(await response.read())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1)


async def test_bell_is_one_turn_of_the_cadence(client: Client) -> None:
    heard = (await samples(client, "/sounds/bell.wav?cadence=400-200-400-2000")).astype(float)
    assert len(heard) == 3000 * 16
    loud, quiet = np.abs(heard[: 400 * 16]).mean(), np.abs(heard[2800 * 16 :]).mean()
    assert loud > 20 * quiet


async def test_bell_rings_without_being_told_how(client: Client) -> None:
    assert len(await samples(client, "/sounds/bell.wav")) == 5000 * 16


@pytest.mark.parametrize(("market", "hz"), [("FR", 50), ("DE", 25), ("ES", 25), ("US", 20), ("CA", 20)])
async def test_bell_has_the_clapper_of_the_market(client: Client, market: str, hz: int) -> None:
    """It swells with each stroke: two a cycle of the ringing current, one on each gong."""
    heard = (await samples(client, f"/sounds/bell.wav?cadence=2000-1000&market={market}")).astype(float)[: 2000 * 16]
    beats = np.abs(np.fft.rfft(np.abs(heard) - np.abs(heard).mean()))[20:240]  # 10 to 120 Hz
    rate = (20 + beats.argmax()) / 2
    assert rate % hz == pytest.approx(0, abs=0.6) or rate % hz == pytest.approx(hz, abs=0.6)
    assert beats[2 * hz - 20] > 5 * np.median(beats)


@pytest.mark.parametrize("given", ["fr", "FRA", "ZZ", "../FR", "é"])
async def test_no_market_is_refused(client: Client, given: str) -> None:
    response = await client.get("/sounds/bell.wav", params={"market": given})
    expected = f"market: found {given!r}, expected two capital letters of a market there is, like FR"
    await assert_problem(response, 422, expected)


async def test_dial_clicks_and_whirrs(client: Client) -> None:
    assert 0 < len(await samples(client, "/sounds/pulse.wav")) < 16_000
    whirr = (await samples(client, "/sounds/governor.wav")).astype(float)
    assert len(whirr) == 16_000
    assert np.abs(whirr).max() > 50


@pytest.mark.parametrize("given", ["", "loud", "0", "0-100", "1-", "-1", "1500--3500", "1.5", "99999", "20001", "²"])
async def test_no_cadence_is_refused(client: Client, given: str) -> None:
    response = await client.get("/sounds/bell.wav", params={"cadence": given})
    await assert_problem(response, 422, f"cadence: found {given!r}, {EXPECTED}")


def test_cadence_is_read_in_turn() -> None:
    assert cadence("1000-4000") == (1000, 4000)
    assert cadence("2000") == (2000,)
