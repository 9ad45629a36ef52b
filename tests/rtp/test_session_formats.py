"""Every codec in packets of every length, and digits beside them, from one session to another."""

from dataclasses import replace

import numpy as np
import pytest

from gateway.codecs import encoder
from gateway.rtp.codec import Samples
from gateway.rtp.session import DigitEnded, DigitReceived
from tests.rtp.line import HERE, HERE_RTCP, Line, Payload, Stream, events, session, tone

EVENTS = {8_000: Payload(101, "telephone-event"), 48_000: Payload(102, "telephone-event", 48_000)}
NARROW = [Payload(0, "PCMU"), Payload(8, "PCMA"), Payload(98, "L16", 8_000)]
WIDE = [Payload(9, "G722"), Payload(97, "L16", 16_000), Payload(96, "opus", 48_000, "useinbandfec=1")]


def name(payload: Payload) -> str:
    return f"{payload.name}/{payload.clock_rate}"


def line(voice: Payload, event: Payload, packet_ms: int = 20) -> Line:
    stream = replace(
        Stream(), send=voice, receive=(voice,), telephone_event=event, receive_events=(event,), ptime_ms=packet_ms
    )
    return Line(session(stream, 1), session(replace(stream, remote=HERE, remote_rtcp=HERE_RTCP), 2))


def talk(wire: Line, frames: int, hertz: float) -> None:
    for frame in tone(frames, hertz):
        wire.tick(frame, frame)


def level(heard: list[Samples], hertz: float) -> float:
    """dB of a tone against the one that was said, amplitude 8000."""
    wave = np.concatenate(heard).astype(float)
    at = np.arange(len(wave)) / 16_000
    found = abs(np.exp(-2j * np.pi * hertz * at) @ wave) * 2 / len(wave)
    return 20 * float(np.log10(max(found, 1e-3) / 8_000))


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
@pytest.mark.parametrize("voice", NARROW + WIDE, ids=name)
def test_each_codec_is_heard_in_packets_of_each_length(voice: Payload, packet_ms: int) -> None:
    wire = line(voice, EVENTS[8_000], packet_ms)
    talk(wire, 90, 700.0)
    assert level(wire.heard_there[60:], 700.0) == pytest.approx(0, abs=3)
    figures = wire.there.figures
    assert figures.codec == voice.name and (figures.lost, figures.junk, figures.unknown) == (0, 0, 0)
    made = 90 * 20 // encoder(voice.name, voice.clock_rate).packet_ms(packet_ms)
    assert made - 2 <= figures.received <= made


@pytest.mark.parametrize("voice", NARROW + WIDE, ids=name)
def test_what_is_above_4_khz_is_heard_where_the_codec_has_it(voice: Payload) -> None:
    wire = line(voice, EVENTS[8_000])
    talk(wire, 90, 5_500.0)
    heard = level(wire.heard_there[60:], 5_500.0)
    assert heard > -6 if voice in WIDE else heard < -30


@pytest.mark.parametrize("event", EVENTS.values(), ids=name)
@pytest.mark.parametrize("voice", [NARROW[0], *WIDE], ids=name)
def test_a_digit_beside_voice_of_any_clock_has_its_duration(voice: Payload, event: Payload) -> None:
    wire = line(voice, event)
    talk(wire, 10, 440.0)
    wire.here.send_digit("7", 160)
    talk(wire, 20, 440.0)
    digits = [each for each in events(wire.there) if isinstance(each, DigitReceived | DigitEnded)]
    assert digits == [DigitReceived("7"), DigitEnded("7", 160)]
