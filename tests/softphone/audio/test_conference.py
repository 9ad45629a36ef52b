import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from softphone.audio.conference import Conference
from softphone.audio.frame import SILENCE, Frame
from softphone.audio.level import dbm0
from softphone.audio.limiter import THRESHOLD
from softphone.audio.routing import LOUDSPEAKER_DB, NEAR_DB, Member, Routing, routing
from softphone.messages import DialKind, DialSnapshot, Place
from softphone.tone import Levels, Step, Tone
from tests.softphone.audio.room import snapshot
from tests.softphone.sounds.listening import click_db, loudest_hz

FAR, HANDSET, EARPIECE = Member.FAR, Member.HANDSET, Member.EARPIECE
HEARS = {FAR: frozenset({HANDSET, EARPIECE}), HANDSET: frozenset({FAR, EARPIECE}), EARPIECE: frozenset({FAR, HANDSET})}
LOCAL = frozenset({HANDSET, EARPIECE})


class Market:
    levels = Levels(single_dbm0=-12, component_dbm0=-15, howler_cap_dbm0=-10, ramp_ms=5)

    def tone(self, name: str) -> Tone:
        return {
            "dial": Tone(loop=(Step((440,), 0),)),
            "busy": Tone(loop=(Step((425,), 500), Step((), 500))),
        }[name]


class Leg:
    """Says a constant or a sine; remembers what it heard."""

    def __init__(self, value: int = 0, hz: float = 0) -> None:
        self.value, self.hz = value, hz
        self.pulls = 0
        self.heard: list[Frame] = []
        self.times: list[float] = []

    def pull(self, at: float) -> Frame:
        self.times.append(at)
        samples = 320 * self.pulls + np.arange(320)
        self.pulls += 1
        if self.hz:
            sine: Frame = np.rint(8000 * np.sin(2 * np.pi * self.hz / 16_000 * samples)).astype(np.int16)
            return sine
        return np.full(320, self.value, np.int16)

    def push(self, frame: Frame) -> None:
        self.heard.append(frame)

    def ear(self, last: int = 0) -> Frame:
        return np.concatenate(self.heard[-last:])


class Broken(Leg):
    """Raises when it is pulled, or pushed."""

    def __init__(self, pull: bool = False, push: bool = False) -> None:
        super().__init__(100)
        self.breaks = pull, push

    def pull(self, at: float) -> Frame:
        if self.breaks[0]:
            raise RuntimeError("no microphone")
        return super().pull(at)

    def push(self, frame: Frame) -> None:
        if self.breaks[1]:
            raise RuntimeError("no receiver")
        super().push(frame)


def meet(routing: Routing, **legs: Leg) -> Conference:
    """A conference of these legs, past the fades of its beginning."""
    conference = Conference("phone", Market())
    for member, leg in legs.items():
        conference.attach(Member(member), leg)
    conference.follow(routing)
    run(conference, 4)
    return conference


def run(conference: Conference, ticks: int) -> None:
    for n in range(ticks):
        conference.tick(0.02 * n)


def test_each_tick_pulls_and_pushes_every_leg_once_and_everybody_hears_the_others() -> None:
    far, handset, earpiece = Leg(1000), Leg(200), Leg(30)
    run(meet(Routing(HEARS), far=far, handset=handset, earpiece=earpiece), 6)
    for leg, hears in ((far, 230), (handset, 1030), (earpiece, 1200)):
        assert leg.pulls == len(leg.heard) == 10
        assert (leg.heard[-1] == hears).all()


def test_before_it_is_told_anything_nobody_hears_anybody() -> None:
    conference = Conference("phone", Market())
    legs = [Leg(5), Leg(6)]
    conference.attach(FAR, legs[0])
    conference.attach(HANDSET, legs[1])
    run(conference, 2)
    assert not any(leg.ear().any() for leg in legs)


def test_too_loud_is_turned_down_not_cut_and_not_wrapped() -> None:
    far = Leg()
    run(meet(Routing(HEARS), far=far, handset=Leg(hz=523), earpiece=Leg(hz=437)), 10)
    assert np.abs(far.ear().astype(np.int32)).max() < THRESHOLD, "two of 8000 are not too loud together"
    far = Leg()
    legs = {"handset": Leg(30_000), "earpiece": Leg(30_000)}
    run(meet(Routing(HEARS), far=far, **legs), 1)
    assert (far.heard[-1] == THRESHOLD).all()


def test_one_ear_s_limiter_does_not_turn_another_ear_down() -> None:
    far, handset = Leg(1000), Leg(30_000)
    run(meet(Routing(HEARS), far=far, handset=handset, earpiece=Leg(30_000)), 1)
    assert (far.heard[-1] == THRESHOLD).all()
    assert (handset.heard[-1] == THRESHOLD).all()
    quiet = Leg()
    loud = {FAR: frozenset({HANDSET, EARPIECE}), HANDSET: frozenset({FAR})}
    run(meet(Routing(loud), far=Leg(1000), handset=quiet, earpiece=Leg(30_000)), 1)
    assert (quiet.heard[-1] == 1000).all()


@pytest.mark.parametrize("db", [-20.0, -3.0, 6.0])
def test_a_microphone_is_turned_for_all_who_hear_it_and_for_nobody_else(db: float) -> None:
    far, handset, earpiece = Leg(1000), Leg(2000), Leg()
    conference = meet(Routing(HEARS), far=far, handset=handset, earpiece=earpiece)
    conference.turn(HANDSET, db)
    run(conference, 5)
    turned = 2000 * 10 ** (db / 20)
    assert far.heard[-1] == pytest.approx(np.full(320, turned), abs=1)
    assert earpiece.heard[-1] == pytest.approx(np.full(320, turned + 1000), abs=1)
    assert (handset.heard[-1] == 1000).all()
    conference.turn(HANDSET, 0)
    run(conference, 5)
    assert (far.heard[-1] == 2000).all()


def test_a_microphone_s_gain_and_mute_are_faded() -> None:
    far = Leg()
    conference = meet(Routing(HEARS), far=far, handset=Leg(hz=437))
    run(conference, 10)
    conference.mute(HANDSET, True)
    run(conference, 5)
    conference.turn(HANDSET, 6)
    conference.mute(HANDSET, False)
    run(conference, 15)
    heard = far.ear(30)
    assert click_db(heard, 4000) < -60
    assert not far.heard[-16].any(), "muted"
    assert dbm0(far.ear(5)) - dbm0(far.ear(30)[:1600]) == pytest.approx(6, abs=0.1)


def test_the_phone_s_own_gain_and_the_owner_s_add_up_and_mute_wins() -> None:
    far = Leg()
    placed = Routing(HEARS, microphone_db={EARPIECE: 6.0})
    conference = meet(placed, far=far, earpiece=Leg(1000))
    assert (far.heard[-1] == 1995).all()
    conference.turn(EARPIECE, -12)
    run(conference, 4)
    assert (far.heard[-1] == 501).all()
    conference.mute(EARPIECE, True)
    conference.turn(EARPIECE, 0)
    conference.follow(Routing(HEARS))
    run(conference, 4)
    assert not far.heard[-1].any()
    conference.mute(EARPIECE, False)
    run(conference, 4)
    assert (far.heard[-1] == 1000).all()


@pytest.mark.parametrize("peak", [30, 1000, 8000, 30_000])
def test_it_tells_how_loud_everybody_talks(peak: int) -> None:
    class Singer(Leg):
        def pull(self, at: float) -> Frame:
            self.pulls += 1
            turning = 2 * np.pi * 450 / 16_000 * (320 * self.pulls + np.arange(320))
            sine: Frame = np.rint(peak * np.sin(turning)).astype(np.int16)
            return sine

    conference = meet(Routing(HEARS), far=Singer(), handset=Leg())
    run(conference, 10)
    assert conference.levels[FAR] == pytest.approx(20 * np.log10(peak / 32_768) - 3.01, abs=0.3)
    assert conference.levels[HANDSET] == -127
    assert EARPIECE not in conference.levels


def test_who_is_muted_still_shows_a_level_and_who_left_none() -> None:
    conference = meet(Routing(HEARS), far=Leg(1000), handset=Leg(hz=437))
    conference.mute(HANDSET, True)
    run(conference, 10)
    assert conference.levels[HANDSET] > -20
    conference.detach(HANDSET)
    assert set(conference.levels) == {FAR}


def test_a_level_is_gone_100_ms_after_the_voice() -> None:
    far = Leg(8000)
    conference = meet(Routing(HEARS), far=far)
    assert conference.levels[FAR] > -13
    far.value = 0
    run(conference, 5)
    assert conference.levels[FAR] == -127


def test_nobody_has_a_level_before_the_first_tick() -> None:
    conference = Conference("phone", Market())
    conference.attach(FAR, Leg(1000))
    assert conference.levels == {}


def test_legs_come_and_go_at_any_time() -> None:
    far, handset, earpiece = Leg(1000), Leg(200), Leg(30)
    conference = meet(Routing(HEARS), far=far, handset=handset)
    assert (far.heard[-1] == 200).all()
    conference.attach(EARPIECE, earpiece)
    run(conference, 1)
    assert (far.heard[-1] == 230).all()
    conference.detach(HANDSET)
    run(conference, 1)
    assert (far.heard[-1] == 30).all()
    assert len(handset.heard) == 5
    conference.attach(EARPIECE, Leg(7))
    run(conference, 1)
    assert (far.heard[-1] == 7).all()
    assert len(earpiece.heard) == 2


@pytest.mark.parametrize("breaks", [{"pull": True}, {"push": True}])
def test_a_leg_that_raises_is_cut_off_said_once_and_the_call_goes_on(
    breaks: dict[str, bool], caplog: pytest.LogCaptureFixture
) -> None:
    far, handset = Leg(1000), Leg(200)
    conference = meet(Routing(HEARS), far=far, handset=handset, earpiece=Broken(**breaks))
    run(conference, 5)
    assert conference.legs[EARPIECE] is None
    assert (far.heard[-1] == 200).all()
    assert len(far.heard) == len(handset.heard) == 9
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said) == 1
    assert said[0].getMessage().startswith("phone: the voice path of the earpiece failed and is cut off: ")
    assert said[0].exc_info is not None


def test_a_frame_of_the_wrong_shape_cuts_its_leg_off_and_says_what_it_was(caplog: pytest.LogCaptureFixture) -> None:
    class Half(Leg):
        def pull(self, at: float) -> Frame:
            return np.zeros(160, np.int16)

    conference = meet(Routing(HEARS), far=Half())
    assert conference.legs[FAR] is None
    assert "a frame of int16 (160,): expected int16 (320,)" in caplog.text


def test_the_tone_is_heard_by_its_ears_only_in_phase_over_the_ticks() -> None:
    far, handset, earpiece = Leg(), Leg(), Leg()
    run(meet(Routing(tone="dial", tone_for=frozenset({HANDSET})), far=far, handset=handset, earpiece=earpiece), 60)
    heard = handset.ear(50)
    assert loudest_hz(heard, 1) == pytest.approx([440], abs=0.5)
    assert dbm0(heard) == pytest.approx(-12, abs=0.1)
    assert click_db(heard[4000:12_000], 3000) < -50
    assert not earpiece.ear().any()
    assert not far.ear().any()


def test_the_same_tone_goes_on_when_something_else_changes_and_another_replaces_it() -> None:
    handset = Leg()
    conference = meet(Routing(tone="dial", tone_for=LOCAL), handset=handset)
    conference.follow(Routing(tone="dial", tone_for=LOCAL, open=LOCAL))
    run(conference, 20)
    n = np.arange(320 * 4, 320 * 24)
    pure = 22_827 * 10 ** (-12 / 20) * np.sin(2 * np.pi * 440 / 16_000 * n)
    assert np.abs(handset.ear(20) - pure).max() <= 1
    conference.follow(Routing(tone="busy", tone_for=LOCAL))
    run(conference, 20)
    assert loudest_hz(handset.ear(19), 1) == pytest.approx([425], abs=1)
    conference.follow(Routing())
    run(conference, 2)
    assert not handset.heard[-1].any()


def test_a_tone_that_the_market_has_not_is_silence_and_said(caplog: pytest.LogCaptureFixture) -> None:
    handset = Leg()
    meet(Routing(tone="howl", tone_for=LOCAL), handset=handset)
    assert not handset.ear().any()
    assert "phone: no tone 'howl' in this market, silence instead" in caplog.text


@pytest.mark.parametrize(
    "after",
    [
        Routing(),
        Routing({HANDSET: frozenset({EARPIECE})}),
        Routing({HANDSET: frozenset({FAR})}, {HANDSET: 9.0}),
        Routing({HANDSET: frozenset({FAR})}, tone="busy", tone_for=LOCAL),
    ],
    ids=["cut", "another", "louder", "tone"],
)
def test_no_change_of_the_routing_clicks(after: Routing) -> None:
    handset = Leg()
    conference = meet(Routing({HANDSET: frozenset({FAR})}), far=Leg(hz=437), earpiece=Leg(hz=523), handset=handset)
    run(conference, 10)
    conference.follow(after)
    run(conference, 10)
    assert click_db(handset.ear(20), 4000) < -60


def test_a_change_between_two_ticks_that_is_taken_back_is_not_heard() -> None:
    handset = Leg()
    talking = Routing({HANDSET: frozenset({FAR})})
    conference = meet(talking, far=Leg(1000), handset=handset)
    conference.follow(Routing())
    conference.follow(talking)
    run(conference, 3)
    assert (handset.ear(3) == 1000).all()


def test_the_loudspeaker_comes_on_with_a_fade() -> None:
    earpiece = Leg()
    hears = {EARPIECE: frozenset({FAR})}
    conference = meet(Routing(hears, {EARPIECE: NEAR_DB}), far=Leg(1000), earpiece=earpiece)
    conference.follow(Routing(hears, {EARPIECE: LOUDSPEAKER_DB}))
    run(conference, 4)
    fade = earpiece.ear(4).astype(np.int32)
    assert fade[0] == 501
    assert (fade[800:] == 1995).all()
    assert np.diff(fade).min() >= 0


def test_keys_beep_in_the_open_parts_and_never_at_the_far_end() -> None:
    far, handset, earpiece = Leg(), Leg(), Leg()
    opened = frozenset({HANDSET})
    conference = meet(Routing(HEARS, open=opened), far=far, handset=handset, earpiece=earpiece)
    conference.follow(Routing(HEARS, open=opened, keys="5"))
    run(conference, 4)
    assert dbm0(handset.ear(4)) == pytest.approx(-21, abs=1)
    assert not far.ear(4).any()
    assert not earpiece.ear(4).any()


class Tape:
    def __init__(self, breaks: bool = False) -> None:
        self.breaks = breaks
        self.at: list[float] = []
        self.taken: list[tuple[Mapping[Member, Frame], Mapping[Member, Frame]]] = []

    def take(self, at: float, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        if self.breaks:
            raise RuntimeError("torn")
        self.at.append(at)
        self.taken.append((said, heard))


def test_a_tap_gets_what_everybody_said_and_heard() -> None:
    tape = Tape()
    conference = meet(Routing(HEARS), far=Leg(1000), handset=Leg(200))
    conference.taps.append(tape)
    run(conference, 2)
    said, heard = tape.taken[-1]
    assert {member: int(frame[0]) for member, frame in said.items()} == {FAR: 1000, HANDSET: 200}
    assert {member: int(frame[0]) for member, frame in heard.items()} == {FAR: 200, HANDSET: 1000}
    assert len(tape.taken) == 2
    assert tape.at[1] - tape.at[0] == pytest.approx(0.02)


def test_a_tap_that_raises_is_taken_off_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    far = Leg()
    conference = meet(Routing(HEARS), far=far, handset=Leg(200))
    conference.taps += [Tape(breaks=True), good := Tape()]
    run(conference, 3)
    assert conference.taps == [good]
    assert len(good.taken) == 3
    assert caplog.text.count("what listened in failed and is taken off") == 1
    assert (far.heard[-1] == 200).all()


def test_a_silent_phone_hands_out_the_shared_silence() -> None:
    handset = Leg()
    meet(Routing(HEARS), handset=handset)
    assert handset.heard[-1] is SILENCE


def test_it_tells_when_the_first_comes_and_the_last_goes() -> None:
    conference, told = Conference("phone", Market()), list[bool]()
    conference.on_occupied = told.append
    conference.attach(FAR, Leg())
    conference.attach(HANDSET, Leg())
    conference.attach(HANDSET, Leg())
    conference.detach(HANDSET)
    assert told == [True]
    conference.detach(FAR)
    conference.detach(FAR)
    assert told == [True, False]


class Talker(Leg):
    """Says noise that is never twice the same, which a delay of one sample would show."""

    def __init__(self, seed: int, peak: int = 6000) -> None:
        super().__init__()
        self.said: list[Frame] = []
        self._random, self._peak = np.random.default_rng(seed), peak

    def pull(self, at: float) -> Frame:
        self.said.append(self._random.integers(-self._peak, self._peak, 320).astype(np.int16))
        return self.said[-1]


def rotary(off_rest: bool, pulses: int = 0) -> Routing:
    """The phone in a call while its rotary dial turns."""
    seen = snapshot(Place.NEAR)
    return routing(replace(seen, dial=DialSnapshot(kind=DialKind.ROTARY, off_rest=off_rest, pulses=pulses)), "apart")


SOUNDS = {
    "call waiting": Routing(HEARS, tone="busy", tone_for=LOCAL),
    "dial tone": Routing(HEARS, tone="dial", tone_for=LOCAL),
    "key": Routing(HEARS, open=LOCAL, keys="5"),
    "pulse": Routing(HEARS, open=LOCAL, pulses=1, whirring=True),
}


@pytest.mark.parametrize("after", SOUNDS.values(), ids=SOUNDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_sound_takes_nothing_of_the_speech_and_does_not_delay_it(after: Routing, seed: int) -> None:
    """With the sound, minus without it, is the sound alone: the same whoever speaks, to the bit."""
    left = []
    for voice in (seed, seed + 10):
        far, handset, earpiece = Talker(voice), Leg(), Leg()
        conference = meet(Routing(HEARS), far=far, handset=handset, earpiece=earpiece)
        run(conference, 5)
        conference.follow(after)
        run(conference, 30)
        left.append(handset.ear(29).astype(np.int32) - np.concatenate(far.said[-29:]))
        assert (earpiece.ear(29) == handset.ear(29)).all()
    assert np.array_equal(left[0], left[1])
    assert left[0].any(), "there is a sound"
    assert not np.abs(left[0]).max() > 12_000


@pytest.mark.parametrize("after", SOUNDS.values(), ids=SOUNDS)
def test_a_sound_takes_nothing_of_what_the_far_end_hears(after: Routing) -> None:
    far, handset = Leg(), Talker(3)
    conference = meet(Routing(HEARS), far=far, handset=handset)
    conference.follow(after)
    run(conference, 30)
    assert np.array_equal(far.ear(30), np.concatenate(handset.said[-30:]))


def test_a_tone_beside_loud_speech_turns_both_down_together_and_only_as_far_as_it_must() -> None:
    far, handset = Talker(4, 30_000), Leg()
    run(conference := meet(Routing(HEARS, tone="dial", tone_for=LOCAL), far=far, handset=handset), 20)
    said = np.concatenate(far.said[-10:]).astype(np.float64)
    heard = handset.ear(10).astype(np.float64)
    share = float(heard @ said / (said @ said))
    assert 0.6 < share < 1
    assert np.abs(heard).max() < 32_767
    conference.follow(Routing(HEARS))
    run(conference, 40)
    assert np.array_equal(handset.heard[-1], far.said[-1])


def test_while_the_rotary_dial_is_off_its_rest_the_receivers_are_mute_and_its_pulses_are_heard() -> None:
    far, handset, earpiece = Leg(hz=437), Leg(2000), Leg(30)
    conference = meet(rotary(off_rest=False), far=far, handset=handset, earpiece=earpiece)
    run(conference, 5)
    assert dbm0(handset.ear(5)) > -15
    conference.follow(rotary(off_rest=True))
    run(conference, 20)
    assert not handset.ear(18).any(), "wound up: neither the far end nor the earpiece is heard"
    assert not earpiece.ear(18).any()
    assert (far.heard[-1] == 2030).all(), "the far end hears both microphones on"
    for pulse in (1, 2, 3):
        conference.follow(rotary(off_rest=True, pulses=pulse))
        run(conference, 5)
        for ear in (handset, earpiece):
            clicks = np.abs(ear.ear(5).astype(np.int32))
            assert clicks[:80].max() == pytest.approx(2400 * (0.5 if ear is earpiece else 1), rel=0.15)
            assert loudest_hz(ear.ear(5), 1) != pytest.approx([437], abs=20), "nothing of the far end"
    conference.follow(rotary(off_rest=False))
    run(conference, 5)
    assert loudest_hz(handset.ear(4), 1) == pytest.approx([437], abs=5)


def test_the_receivers_go_mute_and_come_back_without_a_click() -> None:
    handset = Leg()
    conference = meet(rotary(off_rest=False), far=Leg(hz=437), handset=handset)
    for off_rest in (True, False):
        run(conference, 10)
        conference.follow(rotary(off_rest))
    run(conference, 10)
    assert click_db(handset.ear(29), 4000) < -60
