"""What a decoder that remembers learns of packets that it never gets, and what is heard in their place."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from gateway.codecs import decoder, encoder
from gateway.rtp.codec import Samples
from gateway.rtp.lapse import Lapse
from gateway.rtp.playout import Playout
from gateway.rtp.shelf import Held
from tests.rtp.ear import Call, Remembering, offset
from tests.rtp.voices import FRAME, buzz


def numbered(codec: Remembering, voice: Samples, first: int = 1000) -> Call:
    """A call whose packets carry their number where their first sample was."""
    call = Call(voice, first=first)
    call.playout = Playout(codec, 8000)
    whole = call.packet

    def packet(n: int) -> tuple[int, int, bytes]:
        sequence, timestamp, payload = whole(n)
        return sequence, timestamp, n.to_bytes(2, "little") + payload[2:]

    call.packet = packet  # type: ignore[method-assign]
    return call


def without(*lost: int) -> Callable[[int], float | None]:
    return lambda n: None if n in lost else 0.0


def held(number: int) -> Held:
    return Held(number, number.to_bytes(2, "little") + bytes(318), 0.0)


# ---------------------------------------------------------------------- the decoder


@pytest.mark.parametrize(("lost", "told"), [(1, 1), (3, 3), (6, 6), (7, 6), (5000, 6)])
def test_it_is_taken_over_each_lost_packet_up_to_as_many_as_it_has_something_to_say_of(lost: int, told: int) -> None:
    codec = Remembering()
    assert Lapse().over(codec, lost, held(9), FRAME) is None
    assert codec.diary == ["lost"] * told


def test_the_last_lost_packet_is_had_from_the_one_behind_it() -> None:
    codec = Remembering(copies=True)
    copy = Lapse().over(codec, 3, held(9), FRAME)
    assert copy is not None and len(copy) == FRAME
    assert codec.diary == ["lost", "lost", "copy before 9"]


@pytest.mark.parametrize("lost", [0, -1])
def test_nothing_is_said_where_nothing_was_lost(lost: int) -> None:
    codec = Remembering(copies=True)
    assert Lapse().over(codec, lost, held(9), FRAME) is None
    assert codec.diary == []


def test_it_is_said_once() -> None:
    codec, lapse = Remembering(), Lapse()
    for number in (9, 9, 12):
        lapse.over(codec, 1, held(number), FRAME)
    assert codec.diary == ["lost", "lost"]


@pytest.mark.parametrize("missing", [1, 2, 4])
@pytest.mark.parametrize("copies", [False, True])
def test_in_a_call_it_hears_of_every_loss_in_its_place(missing: int, copies: bool) -> None:
    codec = Remembering(copies=copies)
    call = numbered(codec, buzz(0.6))
    call.hear(without(*range(10, 10 + missing)))
    last: list[int | str] = [f"copy before {10 + missing}"] if copies else ["lost"]
    assert codec.diary == [*range(10), *["lost"] * (missing - 1), *last, *range(10 + missing, 30)]
    assert call.figures.recovered_ms == (20 if copies else 0)
    assert call.figures.lost == missing


@pytest.mark.parametrize("late_by", [0.03, 0.05, 0.1])
def test_who_is_late_and_not_lost_is_not_said_to_be(late_by: float) -> None:
    codec = Remembering()
    call = numbered(codec, buzz(0.6))
    call.hear(lambda n: max(0.0, late_by - 0.02 * (n - 10)) if n >= 10 else 0.0, tail=10)
    assert "lost" not in codec.diary
    assert codec.diary == list(range(30))


@pytest.mark.parametrize("late_by", [0.022, 0.027, 0.04])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_never_gets_a_packet_out_of_order(late_by: float, seed: int) -> None:
    source = random.Random(seed)
    codec = Remembering()
    call = numbered(codec, buzz(3.0))
    call.hear(lambda n: late_by if source.random() < 0.1 else 0.0)
    decoded = [entry for entry in codec.diary if isinstance(entry, int)]
    assert decoded == sorted(decoded)
    assert len(decoded) + call.figures.late >= 150 - 1


# ---------------------------------------------------------------------- what is heard


def test_around_a_copy_of_several_lost_packets_nothing_jumps() -> None:
    voice = buzz(1.0, 140)
    codec = Remembering()
    said = np.split(voice, 50)

    def recover(following: bytes, samples: int) -> Samples | None:
        return said[int.from_bytes(following[:2], "little") - 1].copy()

    codec.recover = recover  # type: ignore[method-assign]
    call = numbered(codec, voice)
    heard = call.hear(without(20, 21, 22))
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag:][22 * FRAME + 40 : 23 * FRAME], said[22][40:])
    assert (
        np.abs(np.diff(heard[lag:][19 * FRAME + 9 : 22 * FRAME + 40].astype(int))).max()
        < 1.3 * np.abs(np.diff(voice.astype(int))).max()
    )
    assert call.figures.recovered_ms == 20


def behind_losses(voice: Samples, *, settles: bool) -> float:
    """The error of G.722 in the 5 ms behind each lost packet, beside what its decoder says where nothing is lost."""
    coder, ear, sure = encoder("G722"), decoder("G722"), decoder("G722")
    ear.stateless = not settles
    playout, heard, errors = Playout(ear, 8000), [], []
    packets = [coder.encode(frame) for frame in np.split(voice, len(voice) // 320)]
    said = np.concatenate([sure.decode(packet) for packet in packets])
    lost = range(12, len(packets) - 10, 9)
    for n, payload in enumerate(packets):
        if n not in lost:
            playout.receive(n, n * FRAME, payload, 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    whole = np.concatenate(heard).astype(float)
    begin = 320
    assert np.array_equal(whole[begin:][: 12 * 320], said[: 12 * 320])
    for n in lost:
        here = slice((n + 1) * 320, (n + 1) * 320 + 80)
        errors.append(np.mean((whole[begin:][here] - said[here]) ** 2) / (np.mean(said[here].astype(float) ** 2) + 1e3))
    return float(np.mean(np.minimum(errors, 10)))


@pytest.mark.parametrize("pitch", [90, 130, 180, 240])
def test_behind_a_loss_g722_is_not_relied_on_until_it_has_settled(pitch: int) -> None:
    at = np.arange(16_000 * 4) / 16_000
    syllables = np.clip(0.6 + np.sin(2 * np.pi * 3.3 * at), 0.05, 1.5)
    voice = (0.6 * syllables * buzz(4.0, pitch, 16_000)).astype(np.int16)
    assert behind_losses(voice, settles=True) < 0.9 * behind_losses(voice, settles=False)
