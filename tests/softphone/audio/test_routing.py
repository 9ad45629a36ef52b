"""Every sentence of the design about who hears whom."""

from dataclasses import replace

import pytest

from softphone.audio.routing import LOUDSPEAKER_MICROPHONE_DB, NOBODY, Member, Room, Routing, routing
from softphone.messages import (
    CallSnapshot,
    CallState,
    DialKind,
    DialSnapshot,
    EarpieceSnapshot,
    HandsetSnapshot,
    PhoneSnapshot,
    Place,
)

FAR, HANDSET, EARPIECE = Member.FAR, Member.HANDSET, Member.EARPIECE


def phone(
    state: CallState = CallState.TALKING,
    lifted: bool = True,
    place: Place = Place.NEAR,
    dial: DialSnapshot | None = None,
    tone: str = "",
    digits: str = "",
) -> PhoneSnapshot:
    loud = place in (Place.FAR, Place.TABLE)
    return PhoneSnapshot(
        "p",
        "FR",
        handset=HandsetSnapshot(lifted=lifted),
        earpiece=EarpieceSnapshot(place=place, loudspeaker=loud),
        dial=dial or DialSnapshot(),
        call=CallSnapshot(state=state, tone=tone, number="0142", sent_digits=digits),
    )


def hearing(snapshot: PhoneSnapshot, room: Room = "apart") -> dict[Member, set[Member]]:
    return {listener: set(speakers) for listener, speakers in routing(snapshot, room).hears.items()}


def muted(snapshot: PhoneSnapshot, handset: bool = False, earpiece: bool = False) -> PhoneSnapshot:
    return replace(
        snapshot,
        handset=replace(snapshot.handset, muted=handset),
        earpiece=replace(snapshot.earpiece, muted=earpiece),
    )


def test_apart_each_of_the_three_hears_the_other_two() -> None:
    assert hearing(phone()) == {FAR: {HANDSET, EARPIECE}, HANDSET: {FAR, EARPIECE}, EARPIECE: {FAR, HANDSET}}


def test_in_the_same_room_the_local_voices_are_left_out_of_each_other_s_mix() -> None:
    assert hearing(phone(), "same") == {FAR: {HANDSET, EARPIECE}, HANDSET: {FAR}, EARPIECE: {FAR}}


def test_a_docked_earpiece_is_not_in_the_call() -> None:
    assert hearing(phone(place=Place.DOCKED)) == {FAR: {HANDSET}, HANDSET: {FAR}, EARPIECE: set()}


def test_the_call_is_left_to_the_earpiece_when_the_handset_is_hung_up() -> None:
    assert hearing(phone(lifted=False)) == {FAR: {EARPIECE}, HANDSET: set(), EARPIECE: {FAR}}


def test_with_both_down_nobody_hears_anybody() -> None:
    assert hearing(phone(lifted=False, place=Place.DOCKED)) == {FAR: set(), HANDSET: set(), EARPIECE: set()}


@pytest.mark.parametrize("place", [Place.NEAR, Place.FAR, Place.TABLE])
def test_a_taken_earpiece_is_in_the_call_wherever_it_is(place: Place) -> None:
    assert hearing(phone(place=place))[FAR] == {HANDSET, EARPIECE}


def test_the_far_network_is_heard_before_the_answer_and_hears_nothing() -> None:
    early = hearing(phone(CallState.EARLY_MEDIA))
    assert early == {FAR: set(), HANDSET: {FAR, EARPIECE}, EARPIECE: {FAR, HANDSET}}


@pytest.mark.parametrize(
    "state", [s for s in CallState if s not in (CallState.TALKING, CallState.EARLY_MEDIA, CallState.HELD)]
)
def test_without_a_call_the_far_end_neither_hears_nor_is_heard(state: CallState) -> None:
    heard = hearing(phone(state))
    assert heard[FAR] == set()
    assert FAR not in heard[HANDSET] | heard[EARPIECE]


def test_a_held_far_end_may_be_heard_and_hears_nothing() -> None:
    held = hearing(phone(CallState.HELD))
    assert held[FAR] == set()
    assert FAR in held[HANDSET]


@pytest.mark.parametrize(("handset", "earpiece"), [(True, False), (False, True), (True, True)])
def test_a_muted_microphone_is_in_nobody_s_mix_but_its_owner_still_hears(handset: bool, earpiece: bool) -> None:
    heard = hearing(muted(phone(), handset, earpiece))
    silent = {m for m, off in ((HANDSET, handset), (EARPIECE, earpiece)) if off}
    assert heard[FAR] == {HANDSET, EARPIECE} - silent
    assert heard[HANDSET] == {FAR, EARPIECE} - silent
    assert heard[EARPIECE] == {FAR, HANDSET} - silent


def test_the_receivers_are_muted_while_the_dial_is_off_its_rest() -> None:
    off_rest = DialSnapshot(DialKind.ROTARY, off_rest=True, turning="4")
    route = routing(phone(dial=off_rest, tone="dial"), "apart")
    assert route.hears[HANDSET] == route.hears[EARPIECE] == NOBODY
    assert route.hears[FAR] == {HANDSET, EARPIECE}, "the microphones are not"
    assert route.tone_for == NOBODY
    assert route.open == {HANDSET, EARPIECE}, "its mechanics are heard"


@pytest.mark.parametrize(
    ("lifted", "place", "ears"),
    [
        (True, Place.DOCKED, {HANDSET}),
        (False, Place.TABLE, {EARPIECE}),
        (True, Place.NEAR, {HANDSET, EARPIECE}),
        (False, Place.DOCKED, set()),
    ],
)
def test_the_tone_is_heard_by_the_open_local_parts(lifted: bool, place: Place, ears: set[Member]) -> None:
    route = routing(phone(CallState.DIAL_TONE, lifted, place, tone="stutter"), "same")
    assert (route.tone, set(route.tone_for)) == ("stutter", ears)


def test_the_loudspeaker_is_twelve_db_louder_than_the_earpiece_at_the_ear() -> None:
    near, far, table = (routing(phone(place=place), "apart").gain_db for place in (Place.NEAR, Place.FAR, Place.TABLE))
    assert near[EARPIECE] == -6
    assert far[EARPIECE] == table[EARPIECE] == 6
    assert near[HANDSET] == far[HANDSET] == 0
    assert FAR not in near, "what we send has no volume"


def test_the_volume_has_steps_of_three_db_around_seven() -> None:
    snapshot = phone()
    for level, db in ((0, -21), (7, 0), (10, 9)):
        louder = replace(
            snapshot,
            handset=replace(snapshot.handset, volume=level),
            earpiece=replace(snapshot.earpiece, volume=level),
        )
        gains = routing(louder, "apart").gain_db
        assert (gains[HANDSET], gains[EARPIECE]) == (db, db - 6)


def test_digits_sent_into_the_call_and_taps_before_it_beep_but_the_rotary_dial_does_not() -> None:
    assert routing(phone(digits="12"), "apart").keys == "12"
    assert routing(phone(CallState.DIALLING), "apart").keys == "0142"
    rotary = DialSnapshot(DialKind.ROTARY)
    assert routing(phone(CallState.DIALLING, dial=rotary), "apart").keys == ""
    assert routing(phone(CallState.CALLING), "apart").keys == ""


def test_pulses_click_and_the_governor_whirrs_on_the_way_home_only() -> None:
    winding = routing(phone(dial=DialSnapshot(DialKind.ROTARY, True, "4", 0)), "apart")
    returning = routing(phone(dial=DialSnapshot(DialKind.ROTARY, True, "4", 2)), "apart")
    assert (winding.pulses, winding.whirring) == (0, False)
    assert (returning.pulses, returning.whirring) == (2, True)


def test_equal_snapshots_have_equal_routings() -> None:
    assert routing(phone(), "apart") == routing(phone(), "apart") != Routing()


def test_while_the_far_end_is_handed_over_it_hears_nobody_and_nobody_hears_it() -> None:
    assert hearing(phone(CallState.TRANSFERRING)) == {FAR: set(), HANDSET: {EARPIECE}, EARPIECE: {HANDSET}}


def test_a_waiting_call_is_a_tone_beside_the_voice() -> None:
    waited_for = routing(phone(CallState.TALKING, tone="call_waiting"), "apart")
    assert waited_for.tone_for == {HANDSET, EARPIECE}
    assert FAR in waited_for.hears[HANDSET]


@pytest.mark.parametrize("place", [Place.FAR, Place.TABLE])
@pytest.mark.parametrize(("room", "exposed"), [("apart", {EARPIECE}), ("same", {EARPIECE, HANDSET})])
def test_away_from_the_ear_the_earpiece_is_a_loudspeaker_that_the_microphones_of_its_room_hear(
    place: Place, room: Room, exposed: set[Member]
) -> None:
    said = routing(phone(place=place), room)
    assert said.loudspeaker
    assert said.exposed == exposed
    assert said.microphone_db == {EARPIECE: LOUDSPEAKER_MICROPHONE_DB}


@pytest.mark.parametrize("place", [Place.NEAR, Place.DOCKED])
def test_at_the_ear_and_on_its_dock_it_is_none(place: Place) -> None:
    said = routing(phone(place=place), "same")
    assert (said.loudspeaker, said.exposed, said.microphone_db) == (False, NOBODY, {})


def test_a_microphone_that_nobody_hears_is_not_exposed_to_the_loudspeaker() -> None:
    loud = phone(place=Place.FAR)
    assert routing(muted(loud, earpiece=True), "same").exposed == {HANDSET}
    assert routing(muted(loud, handset=True), "same").exposed == {EARPIECE}
    assert routing(muted(loud, handset=True, earpiece=True), "same").exposed == NOBODY
    assert routing(phone(CallState.HELD, place=Place.FAR), "same").exposed == NOBODY
    assert routing(phone(lifted=False, place=Place.FAR), "same").exposed == {EARPIECE}
