"""A call whose codec changes while both talk: by re-INVITE through all that we have, and by the payload type alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.end_to_end.hearing import HEARD, NOT_HEARD, aligned, hears, pesq_nb
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.neoretro import Answering, Command
from tests.end_to_end.peers.polyglot import ALAW, G722, OPUS, ULAW, Polyglot, Tongue, spoken
from tests.end_to_end.peers.sipp import Sipp
from tests.end_to_end.speech import RATE, Samples, Voice, read_speech, speech, write_wav
from tests.end_to_end.test_scenarios import SCENARIOS

EACH_S = 2.0
"""for which each codec is spoken"""
OURS, FARS = speech(Voice.JUNE, 20.0), speech(Voice.ALLISON, 20.0)
PACKET = 160
INAUDIBLE = 3.3
"""MOS of a voice that changes its codec four or five times; measured 3.8 to 4.0"""


def voices(lab: Lab) -> tuple[tuple[str | Path, ...], Path]:
    """Of our command: what we say and where we record it; and that recording."""
    folder = lab.place("voices")
    heard = folder / "heard.wav"
    return ("--play", write_wav(folder / "ours.wav", OURS), "--record", heard, "--json"), heard


def sipp(lab: Lab, scenario: str, far: Polyglot, target: str | None = None) -> Sipp:
    return Sipp(
        lab,
        target,
        scenario=SCENARIOS / scenario,
        talk_ms=round(1000 * EACH_S),
        words={"voice_port": far.port},
    )


def all_was_heard(lab: Lab, figures: Mapping[str, Any], recording: Samples, far: Polyglot) -> None:
    """Nothing of what the far end said was lost on its way through the codecs, and no seam is heard."""
    said = FARS[: (figures["received"] - 20) * PACKET]
    assert figures["lost"] == figures["playout"]["lost"] == figures["playout"]["faults"] == 0, figures
    assert figures["received"] >= len(far.said) - 50, "all but what was said when we had hung up"
    heard = pesq_nb(recording, said)
    lab.measured(pesq=heard, concealed_ms=figures["playout"]["concealed_ms"])
    assert heard > INAUDIBLE
    whole, begin = aligned(recording, said), 0
    for tongue, packets in turns(far.said):
        piece = slice(begin * PACKET, (begin + packets) * PACKET)
        begin += packets
        if packets * PACKET >= 1.5 * RATE and piece.stop <= len(whole):
            assert hears(whole[piece], FARS) > HEARD, f"while it was {tongue.name}"
    assert hears(recording, OURS) < NOT_HEARD


def turns(said: list[Tongue]) -> list[tuple[Tongue, int]]:
    """Each codec and its packets, one after the other."""
    starts = [n for n, tongue in enumerate(said) if n == 0 or said[n - 1] is not tongue]
    return [(said[a], b - a) for a, b in zip(starts, [*starts[1:], len(said)], strict=True)]


def ours_came_whole(far: Polyglot) -> None:
    """One source, no number missing, and our voice in each codec that we spoke."""
    assert len({packet.ssrc for packet in far.heard}) == 1
    numbers = [packet.sequence for packet in far.heard]
    assert np.unique(np.diff(numbers) % 65_536).tolist() == [1], "nothing of ours is missing, whatever the codec"
    for tongue in set(far.changes):
        packets = far.heard_in(tongue)
        assert hears(spoken(packets), OURS) > HEARD, f"in {tongue.name}"


async def test_the_codec_changes_with_each_re_invite_both_ways_and_no_word_is_lost(lab: Lab) -> None:
    flags, heard = voices(lab)
    far = Polyglot(FARS)
    async with Answering(lab, *flags, "--calls", "1") as phone:
        with far:
            async with sipp(lab, "codecs_in_turn.xml", far, phone.address) as caller:
                calls = await caller.finished(30)
            outcome = await phone.finished(15)
    assert (calls.successful, calls.failed) == (1, 0), calls
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    (report,) = outcome.report["calls"]
    assert far.changes == [ULAW, ALAW, G722, OPUS, ULAW], "we speak what was agreed on last"
    assert [tongue for tongue, _ in turns(far.said)] == far.changes
    all_was_heard(lab, report["voice"], read_speech(heard), far)
    ours_came_whole(far)


async def test_the_far_end_changes_its_codec_without_a_word(lab: Lab) -> None:
    order = (ULAW, OPUS, ALAW, G722, OPUS, ULAW)
    flags, heard = voices(lab)
    far = Polyglot(FARS, order, turn_s=EACH_S)
    with far:
        async with sipp(lab, "codecs_unannounced.xml", far) as called:
            seconds = f"{EACH_S * (len(order) - 0.5)}"
            async with Command(lab, "call", f"sip:bob@{called.address}", *flags, "--seconds", seconds) as phone:
                outcome = await phone.finished(30)
            calls = await called.finished(15)
    assert (calls.successful, calls.failed) == (1, 0), calls
    assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
    assert tuple(tongue for tongue, _ in turns(far.said)) == order
    all_was_heard(lab, outcome.report["figures"]["legs"]["far"], read_speech(heard), far)
    assert far.changes == [ULAW], "nobody asked us to change"
    ours_came_whole(far)
