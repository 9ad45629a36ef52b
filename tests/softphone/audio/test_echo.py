"""The loudspeaker in a simulated room: what of a voice comes back, what builds up, who can speak."""

import numpy as np
import pytest
import soxr

from softphone.audio.conference import Conference
from softphone.audio.echo import EchoGuard
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.routing import LOUDSPEAKER_MICROPHONE_DB, Member, Room, routing
from softphone.messages import Place
from tests.end_to_end.speech import Voice
from tests.end_to_end.speech import speech as recorded
from tests.softphone.audio.room import (
    EARPIECE,
    FAR,
    NOTHING,
    Air,
    Book,
    House,
    Person,
    Sound,
    band,
    connect,
    level_db,
    returned_db,
    snapshot,
    speech,
)
from tests.softphone.sounds.listening import click_db

ROOMS: tuple[Room, ...] = ("apart", "same")


def span(sound: Sound, begin_s: float, end_s: float) -> Sound:
    return sound[int(begin_s * 16_000) : int(end_s * 16_000)]


def low_and_high(seed: int, seconds: float) -> tuple[Sound, Sound, Sound]:
    """A far voice below 1.5 kHz, two local ones above 1.9: what is low at the far end is its own echo."""
    far = band(speech(seed, seconds), 0, 1500)
    return far, 2 * band(speech(seed + 1, seconds), 1900, 8000), 2 * band(speech(seed + 2, seconds), 1900, 8000)


def low_db(sound: Sound) -> float:
    return level_db(band(sound, 0, 1450))


@pytest.mark.parametrize("room", ROOMS)
def test_without_anything_done_the_far_end_hears_itself_louder_than_it_spoke(room: Room) -> None:
    """So that the other tests measure something."""
    voice = speech(1, 5)
    house = House(room, voice, canceller=None).live(5)
    assert returned_db(house.far.ear, voice) > 0


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("volume", [7, 10])
@pytest.mark.parametrize("seed", [1, 11])
def test_the_far_end_s_own_voice_comes_back_at_least_30_db_down(room: Room, volume: int, seed: int) -> None:
    voice = speech(seed, 8)
    house = House(room, voice, volume=volume).live(8)
    for begin in (0, 2, 4, 6):
        piece = returned_db(span(house.far.ear, begin, begin + 2), span(voice, begin, begin + 2))
        assert piece < -30, f"from {begin} s: {piece:.1f} dB"
    assert level_db(house.far.ear) < level_db(voice) - 30, "whatever it is, it is quiet"


@pytest.mark.parametrize("voice", [Voice.ALLISON, Voice.JUNE])
def test_a_recorded_voice_comes_back_at_least_30_db_down(voice: Voice) -> None:
    said = soxr.resample(recorded(voice, 8).astype(np.float64), 8000, 16_000)
    house = House("same", said).live(8)
    assert returned_db(house.far.ear, said) < -35
    assert level_db(house.earpiece.ear) > level_db(said) + 4, "and it is heard in the room"


@pytest.mark.parametrize(
    ("db", "ms", "tail_ms"), [(6, 40, 0), (-6, 20, 100), (-6, 130, 60), (-20, 220, 0), (-6, 320, 0)]
)
def test_so_it_is_in_other_rooms_behind_other_networks(db: float, ms: float, tail_ms: float) -> None:
    voice = speech(21, 8)
    house = House("same", voice, db=db, ms=ms, tail_ms=tail_ms).live(8)
    assert returned_db(house.far.ear, voice) < -33
    assert level_db(house.earpiece.ear) > level_db(voice) + 4


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("volume", [7, 10])
@pytest.mark.parametrize("seed", [31, 41])
def test_while_the_room_talks_too_the_far_end_s_voice_still_does_not_come_back(
    room: Room, volume: int, seed: int
) -> None:
    far, handset, earpiece = low_and_high(seed, 10)
    house = House(room, far, handset, earpiece, volume=volume).live(10)
    assert low_db(house.far.ear) < low_db(far) - 30
    assert low_db(house.earpiece.ear) > low_db(far) - 15, "it is heard in the room, when the others let it"


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("volume", [7, 10])
def test_nothing_rises_though_the_far_end_has_a_loudspeaker_too(room: Room, volume: int) -> None:
    """30 s: two people speak for 6 s, then all are silent; a loop that gains would sing by then."""
    far_room = Air(0, 60)
    house = House(room, speech(51, 6), speech(52, 6), speech(53, 6), volume=volume, far_room=far_room).live(30)
    for ear in (house.far.ear, house.earpiece.ear, house.handset.ear):
        assert np.abs(ear).max() < 32_767
        assert level_db(span(ear, 8, 30)) < -45, "of a room's noise of -75, turned up by all there is"
        assert level_db(span(ear, 20, 30)) <= level_db(span(ear, 8, 18)) + 1


def test_without_anything_done_it_does_rise() -> None:
    house = House("same", speech(51, 3), speech(52, 3), far_room=Air(0, 60), canceller=None).live(8)
    assert level_db(span(house.far.ear, 6, 8)) > -16


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("far_s", [0.0, 3.0])
def test_who_speaks_in_the_room_while_the_far_end_is_silent_passes_whole(room: Room, far_s: float) -> None:
    """After the far end spoke, too; compared with a phone that does nothing about the echo."""
    voice = np.concatenate((np.zeros(int((far_s + 0.3) * 16_000)), speech(61, 5)))
    far = speech(62, far_s) if far_s else NOTHING
    ours = House(room, far, earpiece=voice).live(far_s + 5.3)
    plain = House(room, far, earpiece=voice, canceller=None).live(far_s + 5.3)
    begin = far_s + 0.3
    assert level_db(span(ours.far.ear, begin, begin + 5)) == pytest.approx(
        level_db(span(plain.far.ear, begin, begin + 5)), abs=1
    )


@pytest.mark.parametrize("pause_ms", [0, 40, 80, 120])
def test_the_microphone_is_open_again_within_200_ms_of_the_far_end_s_last_sound(pause_ms: int) -> None:
    far = speech(71, 4)
    end = int(np.flatnonzero(np.abs(far) > 100)[-1])
    n = np.arange(16_000)
    voice = 3000 * np.sin(2 * np.pi * (300 * n / 16_000 + 200 * (n / 16_000) ** 2)) * np.minimum(1, n / 80)
    own = np.concatenate((np.zeros(end + 16 * pause_ms), voice))
    house = House("same", far[:end], earpiece=own).live(5)
    first = np.flatnonzero(np.abs(house.far.ear[end + 16 * pause_ms :]) > 3000)[0]
    assert pause_ms + first / 16 < 200


@pytest.mark.parametrize("dbov", [-26.0, -20.0])
@pytest.mark.parametrize("seed", [81, 91])
def test_who_speaks_in_the_room_breaks_in_on_the_far_end(dbov: float, seed: int) -> None:
    """Within 3 s, though the loudspeaker is as loud at the microphone; and the far end is heard again afterwards."""
    far = speech(seed, 14)
    own = np.concatenate((np.zeros(16_000 * 5), speech(seed + 1, 5, dbov)))
    house = House("apart", far, earpiece=own).live(14)
    heard = [level_db(span(house.far.ear, s, s + 0.5)) for s in np.arange(5, 8, 0.5)]
    assert max(heard) > dbov - 6
    assert level_db(span(house.far.ear, 1, 4.9)) < -60
    assert level_db(span(house.far.ear, 11, 14)) < -60
    assert level_db(span(house.earpiece.ear, 11, 14)) > level_db(span(far, 11, 14)) + 4


def test_headphones_or_a_browser_that_cancels_let_both_speak_at_once() -> None:
    """Nothing comes back to this microphone: after some speech of the far end, nothing is ducked any more."""
    far = speech(101, 12)
    own = np.concatenate((np.zeros(16_000 * 6), speech(102, 6)))
    house = House("apart", far, earpiece=own, db=-70).live(12)
    plain = House("apart", far, earpiece=own, db=-70, canceller=None).live(12)
    for ours, theirs in ((house.far.ear, plain.far.ear), (house.earpiece.ear, plain.earpiece.ear)):
        assert level_db(span(ours, 6, 8)) == pytest.approx(level_db(span(theirs, 6, 8)), abs=0.5)


def test_a_microphone_that_suddenly_hears_the_loudspeaker_is_shut_again() -> None:
    """The headphones are pulled out in the middle of the call."""
    far = speech(111, 16)
    house = House("apart", far, db=-70).live(6)
    house.earpiece.airs = [air := Air(-6, 40)]
    house.earpiece.plays_into = [air]
    house.live(10)
    assert level_db(span(house.far.ear, 1, 6)) < -60
    assert returned_db(span(house.far.ear, 8, 16), span(far, 8, 16)) < -30


def noise(dbov: float, seconds: float, seed: int = 7) -> Sound:
    return np.random.default_rng(seed).standard_normal(int(seconds * 16_000)) * 32_768 * 10 ** (dbov / 20)


def lost(heard: Sound, whole: Sound) -> float:
    """The share of the frames of a voice that are 10 dB or more quieter than they are in the whole of it."""
    ours, theirs = (np.mean(sound.reshape(-1, FRAME_SAMPLES) ** 2, axis=1) + 1e-3 for sound in (heard, whole))
    spoken = theirs > theirs.max() * 10**-2.5
    return float(np.mean(ours[spoken] < theirs[spoken] / 10))


@pytest.mark.parametrize("db", [-6, -20])
@pytest.mark.parametrize(
    ("local", "most"),
    [(noise(-50, 10), 0.02), (noise(-39, 10), 0.02), (noise(-33, 10), 0.05), (speech(171, 10, -48), 0.1)],
    ids=["quiet room", "fan", "loud fan", "television"],
)
def test_a_noisy_room_does_not_keep_the_far_end_s_voice_from_the_loudspeaker(
    local: Sound, most: float, db: float
) -> None:
    far = speech(172, 10)
    house = House("apart", far, earpiece=local, db=db).live(10)
    plain = House("apart", far, earpiece=local, db=-90, canceller=None).live(10)
    assert lost(house.earpiece.ear, plain.earpiece.ear) <= most


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("dbov", [-60, -46])
def test_a_noisy_far_end_does_not_cut_who_speaks_in_the_room(room: Room, dbov: float) -> None:
    far, own = noise(dbov, 12), np.concatenate((np.zeros(16_000 * 4), speech(173, 8)))
    ours = House(room, far, earpiece=own).live(12)
    quiet = House(room, earpiece=own, canceller=None).live(12)
    assert lost(span(ours.far.ear, 4, 12), span(quiet.far.ear, 4, 12)) < 0.02


@pytest.mark.parametrize("volume", [0, 3, 7, 10])
@pytest.mark.parametrize("dbov", [-26, -38])
def test_a_quiet_voice_is_heard_whole_however_the_loudspeaker_is_turned(volume: int, dbov: float) -> None:
    far = np.concatenate((np.zeros(8000), speech(174, 7.5, dbov)))
    ours = House("apart", far, volume=volume).live(8)
    plain = House("apart", far, volume=volume, canceller=None).live(8)
    assert lost(ours.earpiece.ear, plain.earpiece.ear) < 0.01


def test_the_handset_is_not_ducked_where_it_is_apart() -> None:
    far, own = speech(121, 10), speech(122, 10)
    house = House("apart", far, handset=own).live(10)
    assert returned_db(house.far.ear, own) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("to", [Place.NEAR, Place.FAR])
def test_going_far_and_coming_near_does_not_click(to: Place) -> None:
    n = np.arange(16_000 * 3)
    tone = 4000 * np.sin(2 * np.pi * 437 / 16_000 * n)
    house = House("apart", tone, place=Place.NEAR if to is Place.FAR else Place.FAR).live(1)
    house.put(to)
    house.live(1)
    assert click_db(house.earpiece.ear[8000:].astype(np.int16), 4000) < -52
    assert click_db(house.far.ear[8000:].astype(np.int16), 4000) < -52


def test_the_loudspeaker_s_level_is_reached_in_50_ms_and_its_microphone_follows() -> None:
    house = House("apart", np.full(40_000, 1000.0), db=-90, place=Place.NEAR).live(1)
    house.put(Place.FAR)
    house.live(0.2)
    fade = house.earpiece.ear[16_000:]
    assert fade[0] == pytest.approx(501, abs=60)
    assert fade[800:].mean() == pytest.approx(1995, abs=30)
    house = House("apart", earpiece=np.full(40_000, 1000.0), place=Place.NEAR).live(1)
    house.put(Place.FAR)
    house.live(0.4)
    said = house.far.ear
    assert said[15_000:16_000].mean() == pytest.approx(1000, abs=5)
    assert said[17_600:].mean() == pytest.approx(1000 * 10 ** (LOUDSPEAKER_MICROPHONE_DB / 20), abs=20)


def test_at_the_ear_nothing_is_touched() -> None:
    far, own = speech(131, 2), speech(132, 2)
    ours = House("same", far, earpiece=own, place=Place.NEAR).live(2)
    plain = House("same", far, earpiece=own, place=Place.NEAR, canceller=None).live(2)
    assert np.array_equal(ours.far.ear, plain.far.ear)
    assert np.array_equal(ours.earpiece.ear, plain.earpiece.ear)


def test_a_muted_microphone_lets_the_loudspeaker_play_on() -> None:
    """Whoever speaks into it: nothing of it goes anywhere, so nothing is to be ducked."""
    far = speech(141, 4)
    house = House("apart", far, earpiece=speech(142, 4, -16))
    house.put(Place.FAR, muted=True)
    house.live(4)
    plain = House("apart", far, canceller=None)
    plain.put(Place.FAR, muted=True)
    plain.live(4)
    assert np.array_equal(house.earpiece.ear, plain.earpiece.ear)


def test_opening_a_muted_microphone_in_the_middle_of_a_word_lets_no_echo_through() -> None:
    far = speech(151, 6)
    house = House("apart", far)
    house.put(Place.FAR, muted=True)
    house.live(3)
    house.put(Place.FAR)
    house.live(3)
    assert returned_db(span(house.far.ear, 3, 6), span(far, 3, 6)) < -30


def test_somebody_else_at_the_earpiece_is_in_another_room() -> None:
    """Who had headphones left; who comes has a loudspeaker: what was learned of the first does not count."""
    far = speech(161, 12)
    house = House("apart", far, db=-70).live(6)
    other = Person(NOTHING, seed=5)
    connect(other, other, Air(-6, 40))
    house.conference.attach(EARPIECE, other)
    house.live(6)
    assert returned_db(span(house.far.ear, 6, 12), span(far, 6, 12)) < -30


class Canceller:
    """Takes everything away, until it breaks."""

    def __init__(self, breaks: str = "") -> None:
        self.breaks = breaks
        self.played = self.cancelled = 0

    def play(self, frame: Frame) -> None:
        self.played += 1
        if self.breaks == "play":
            raise RuntimeError("no more")

    def cancel(self, frame: Frame) -> Frame:
        self.cancelled += 1
        if self.breaks == "cancel":
            raise RuntimeError("no more")
        return SILENCE


def test_each_microphone_of_the_room_has_a_canceller_that_gets_what_is_played() -> None:
    made: list[Canceller] = []

    def make() -> Canceller:
        made.append(Canceller())
        return made[-1]

    house = House("same", speech(171, 3), canceller=make).live(2)
    assert [(one.played, one.cancelled) for one in made] == [(100, 100)] * 2
    house.put(Place.NEAR)
    house.live(1)
    assert made[0].cancelled < 150, "at the ear nothing is cancelled"


@pytest.mark.parametrize("breaks", ["play", "cancel"])
def test_a_canceller_that_fails_is_said_once_and_the_echo_is_ducked(
    breaks: str, caplog: pytest.LogCaptureFixture
) -> None:
    voice = speech(181, 6)
    house = House("same", voice, canceller=lambda: Canceller(breaks)).live(6)
    assert returned_db(house.far.ear, voice) < -30
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the echo canceller failed, from here on the echo is only ducked: no more"]


def test_an_earpiece_that_hears_nothing_yet_has_no_echo() -> None:
    """The loudspeaker is on and nobody is at the earpiece: the conference goes on."""
    conference = Conference("p", Book(), EchoGuard[Member]())
    conference.attach(FAR, far := Person(speech(1, 1)))
    conference.follow(routing(snapshot(), "same"))
    for _ in range(20):
        conference.tick(0.0)
    assert len(far.heard) == 20
    assert np.concatenate(far.heard).shape == (20 * FRAME_SAMPLES,)
