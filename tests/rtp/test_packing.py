"""Voice cut and joined to the packet time that the far end asked for."""

import numpy as np
import pytest

from gateway.codecs import decoder, encoder
from gateway.rtp.codec import Samples
from gateway.rtp.packing import Packed, Packing
from tests.rtp.voices import buzz

CODECS = {"PCMU": 8_000, "pcma": 8_000, "opus": 48_000}
"""clock rates"""


class Plain:
    """An encoder whose payload is the samples, for any length."""

    sample_rate = 8_000
    rests = False

    def packet_ms(self, wanted: int) -> int:
        return wanted

    def encode(self, samples: Samples) -> bytes:
        return samples.tobytes()

    def expect_loss(self, percent: int) -> None: ...


class Refusing(Plain):
    """The same, but one packet."""

    def __init__(self, packet: int) -> None:
        self._left = packet

    def encode(self, samples: Samples) -> bytes:
        self._left -= 1
        if not self._left:
            raise ValueError("no")
        return super().encode(samples)


VOICE = buzz(0.12)


def packed(packing: Packing, voice: Samples = VOICE, start: int = 0, clock_rate: int = 8_000) -> list[Packed]:
    """Of voice in frames of 20 ms, `clock_rate` as its own rate or a multiple of it."""
    frame = 160 * len(voice) // len(VOICE) if len(voice) >= len(VOICE) else 160
    return [
        each
        for n in range(len(voice) // frame)
        for each in packing.add(voice[n * frame : (n + 1) * frame], (start + n * clock_rate // 50) & 0xFFFFFFFF)
    ]


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
def test_nothing_is_lost_and_every_packet_knows_where_it_begins(packet_ms: int) -> None:
    packets = packed(Packing(Plain(), 8_000, packet_ms))
    assert b"".join(payload for payload, _ in packets) == VOICE.tobytes()
    assert {len(payload) for payload, _ in packets} == {16 * packet_ms}
    assert [timestamp for _, timestamp in packets] == list(range(0, len(VOICE), 8 * packet_ms))


@pytest.mark.parametrize("packet_ms", [10, 20, 40, 60])
@pytest.mark.parametrize("name", CODECS)
def test_each_packet_of_a_real_codec_has_that_much_voice(name: str, packet_ms: int) -> None:
    coder, clock_rate = encoder(name), CODECS[name]
    voice = buzz(0.12, rate=coder.sample_rate)
    packing, back = Packing(coder, clock_rate, packet_ms), decoder(name)
    packets = packed(packing, voice, clock_rate=clock_rate)
    assert packing.packet_ms == packet_ms
    assert [timestamp for _, timestamp in packets] == [n * packet_ms * clock_rate // 1000 for n in range(len(packets))]
    assert [len(back.decode(payload)) for payload, _ in packets] == [packet_ms * coder.sample_rate // 1000] * (
        120 // packet_ms
    )


def test_what_the_codec_has_not_is_given_as_it_has_it() -> None:
    assert Packing(encoder("opus"), 48_000, 30).packet_ms == 20
    assert Packing(encoder("PCMU"), 8_000, 200).packet_ms == 60


def test_what_is_held_goes_out_shorter_and_once() -> None:
    packing = Packing(Plain(), 8_000, 60)
    assert packed(packing, VOICE[:320], start=1000) == []
    assert packing.rest() == [(VOICE[:320].tobytes(), 1000)]
    assert packing.rest() == []
    assert packed(packing, VOICE[:480], start=5000) == [(VOICE[:480].tobytes(), 5000)]


def test_what_is_dropped_is_not_in_the_next_packet() -> None:
    packing = Packing(Plain(), 8_000, 60)
    packed(packing, VOICE[:320])
    packing.drop()
    assert packing.rest() == []
    assert packed(packing, VOICE[480:], start=5000) == [(VOICE[480:].tobytes(), 5000)]


def test_a_frame_of_another_length_is_refused_and_shifts_nothing() -> None:
    packing = Packing(Plain(), 8_000, 40)
    packing.add(VOICE[:160], 0)
    with pytest.raises(ValueError, match="^a frame has 160 samples, not 161$"):
        packing.add(VOICE[:161], 160)
    assert packing.rest() == [(VOICE[:160].tobytes(), 0)]


def test_after_a_packet_that_the_codec_refused_all_begins_anew() -> None:
    packing = Packing(Refusing(1), 8_000, 40)
    packing.add(VOICE[:160], 0)
    with pytest.raises(ValueError, match="^no$"):
        packing.add(VOICE[160:320], 160)
    assert packed(packing, VOICE[320:640], start=320) == [(VOICE[320:640].tobytes(), 320)]


@pytest.mark.parametrize("packet_ms", [10, 20, 40])
def test_timestamps_wrap_within_a_packet_and_a_frame(packet_ms: int) -> None:
    start = 0xFFFFFFFF - 79
    packets = packed(Packing(Plain(), 8_000, packet_ms), VOICE[:320], start)
    assert [timestamp for _, timestamp in packets] == [(start + at) & 0xFFFFFFFF for at in range(0, 320, 8 * packet_ms)]


def test_a_packet_that_needs_not_be_sent_is_said_by_an_empty_payload() -> None:
    class Silent(Plain):
        def encode(self, samples: Samples) -> bytes:
            return b"" if not samples.any() else super().encode(samples)

    quiet: Samples = np.zeros(160, np.int16)
    assert Packing(Silent(), 8_000, 20).add(quiet, 7) == [(b"", 7)]
