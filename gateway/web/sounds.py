"""The sounds of the base that a page plays: WAV files of the synthesised bell and of the dial's mechanics."""

import io
import logging
import re
import wave
from functools import lru_cache

from aiohttp import web

from gateway.config import ConfigFault, load_market
from gateway.web.problem import FieldFault, Problem
from softphone.audio.frame import SAMPLE_RATE
from softphone.sounds import dial
from softphone.sounds.bell import RING_HZ, bell_wav
from softphone.sounds.waveform import Waveform

logger = logging.getLogger(__name__)

DEFAULT_CADENCE = "1500-3500"
MAX_STEPS = 16
MAX_TURN_MS = 20_000
"""one turn of a cadence: 640 kB"""
CADENCE = f"ms of bell and silence in turn, like {DEFAULT_CADENCE}, at most {MAX_STEPS} and {MAX_TURN_MS} ms in all"
KEPT = {"Cache-Control": "private, max-age=86400"}


def add_routes(router: web.UrlDispatcher) -> None:
    """``bell.wav?cadence=1500-3500&market=FR``, ``pulse.wav`` and ``governor.wav``, under ``/sounds/``."""
    router.add_get("/sounds/bell.wav", _bell)
    router.add_get("/sounds/pulse.wav", _pulse)
    router.add_get("/sounds/governor.wav", _governor)


async def _bell(request: web.Request) -> web.Response:
    given = request.query.get("cadence", DEFAULT_CADENCE)
    return _wav(_rung(cadence(given), ring_hz(request.query.get("market", ""))))


async def _pulse(_: web.Request) -> web.Response:
    return _wav(_played(dial.click(), whole=True))


async def _governor(_: web.Request) -> web.Response:
    return _wav(_played(dial.whirr(), whole=False))


def cadence(given: str) -> tuple[int, ...]:
    """ms of bell and silence in turn. :raises Problem: 422 when it is no cadence, or one of no use."""
    steps = tuple(int(ms) for ms in given.split("-") if ms.isascii() and ms.isdigit() and len(ms) <= 5)
    good = len(steps) == given.count("-") + 1 <= MAX_STEPS and sum(steps) <= MAX_TURN_MS and max(steps[::2]) > 0
    if not good:
        fault = FieldFault("cadence", repr(given[:60]), CADENCE)
        raise Problem(422, str(fault), [fault])
    return steps


@lru_cache(maxsize=8)
def ring_hz(market: str) -> float:
    """Of the market's ringing current; of none, where none is named. :raises Problem: 422 for one that is not there."""
    if not market:
        return RING_HZ
    try:
        if re.fullmatch(r"[A-Z]{2}", market, re.ASCII):
            return load_market(market).ring_hz
    except ConfigFault as fault:
        logger.warning("%s", fault)
    unknown = FieldFault("market", repr(market[:60]), "two capital letters of a market there is, like FR")
    raise Problem(422, str(unknown), [unknown])


@lru_cache(maxsize=16)
def _rung(cadence_ms: tuple[int, ...], hz: float) -> bytes:
    return bell_wav(cadence_ms, hz)


@lru_cache(maxsize=4)
def _played(waveform: Waveform, *, whole: bool) -> bytes:
    """What is heard once, or one turn of the loop."""
    end = waveform.loop_at if whole else waveform.loop_at + waveform.loop_length
    samples = waveform.samples[0 if whole else waveform.loop_at : end]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _wav(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="audio/wav", headers=KEPT)
