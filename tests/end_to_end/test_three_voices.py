"""(e) Handset and earpiece are two browsers in one call with baresip: each hears the other two, and not itself."""

from pathlib import Path

import numpy as np

from tests.end_to_end.hearing import HEARD, NOT_HEARD, hears
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.peers.neoretro import Served
from tests.end_to_end.speech import Voice, read_speech, speech, write_wav

LOOP_S, TALK_S = 12.0, 9.0
VOICES = {"far": Voice.ALLISON, "handset": Voice.JUNE, "earpiece": Voice.ALLISON_CONGRATULATES}


async def test_each_of_the_three_hears_the_other_two_and_not_itself(lab: Lab, tmp_path: Path) -> None:
    spoken = {who: speech(voice, LOOP_S) for who, voice in VOICES.items()}
    far_microphone = write_wav(tmp_path / "far.wav", np.tile(spoken["far"], 10))
    async with (
        Served(lab, {}) as phone,
        Baresip(lab, "bob", far_microphone) as bob,
        Chromium(lab, "handset", spoken["handset"]) as handset,
        Chromium(lab, "earpiece", spoken["earpiece"], size=(420, 800), touch=True) as earpiece,
    ):
        # ?raw: no echo canceller between the fake microphone and what is measured
        await handset.page.goto(f"{phone.page}?raw")
        await earpiece.page.goto(f"{phone.page}earpiece?raw")
        await bob.dial(phone.line)
        await phone.in_state("ringing")
        await handset.page.locator("#hook").click()
        await phone.in_state("talking")
        await earpiece.page.locator("#dock").click()
        await phone.sees(lambda seen: bool(seen["earpiece"]["place"] != "docked"), "the earpiece is taken")
        for browser in (handset, earpiece):
            await browser.connected()
        for browser in (handset, earpiece):
            # all three are in the call from here on: what was heard before does not count
            await browser.forget()
        for browser in (handset, earpiece):
            await browser.has_heard(TALK_S)
        heard = {"handset": await handset.heard(), "earpiece": await earpiece.heard()}
        await bob.hang_up()
        heard["far"] = read_speech(await bob.heard())[-int(TALK_S * 8000) :]
        assert not handset.errors and not earpiece.errors
        assert "Traceback" not in phone.story
    found = {(ear, mouth): hears(heard[ear], spoken[mouth]) for ear in heard for mouth in spoken}
    lab.measured(**{f"{ear}_hears_{mouth}": value for (ear, mouth), value in found.items()})
    check(found)


def check(found: dict[tuple[str, str], float]) -> None:
    """Every pair at once, so that a failure shows the whole picture."""
    wrong = {
        f"{ear} {'does not hear' if ear != mouth else 'hears'} {mouth}": round(value, 3)
        for (ear, mouth), value in found.items()
        if not (value > HEARD if ear != mouth else value < NOT_HEARD)
    }
    assert not wrong, (wrong, found)
