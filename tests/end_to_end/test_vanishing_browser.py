"""A browser that vanishes in the middle of a call: the call waits for another one, then ends; the phone goes on."""

from pathlib import Path

import numpy as np

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab, until
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.peers.neoretro import Served
from tests.end_to_end.speech import Voice, speech, write_wav

NOTICED_S = 60
"""WebRTC's own patience (consent checks, RFC 7675: 30 s) and the phone's"""


async def test_another_browser_takes_the_call_over_and_without_one_it_ends(lab: Lab, tmp_path: Path) -> None:
    far, near = speech(Voice.ALLISON, 12), speech(Voice.JUNE, 12)
    async with (
        Served(lab, {}) as phone,
        Baresip(lab, "bob", write_wav(tmp_path / "far.wav", np.tile(far, 10))) as bob,
    ):
        ports = phone.udp_ports
        async with Chromium(lab, "first", near) as first:
            await first.page.goto(f"{phone.page}?raw")
            await bob.dial(phone.line)
            await phone.in_state("ringing")
            await first.page.locator("#hook").click()
            await first.connected()
            await phone.in_state("talking")
            first.vanish()
        async with Chromium(lab, "second", near) as second:
            await second.page.goto(f"{phone.page}?raw")
            await second.page.locator("#handset-here").click()
            await second.connected()
            await second.has_heard(4)
            assert hears(await second.heard(), far) > HEARD, "the call goes on in the second browser"
            second.vanish()
        await phone.in_state("idle", NOTICED_S)
        await bob.happened("CALL_CLOSED")
        await until(lambda: phone.udp_ports == ports, "no port of the call or of a browser is left", 15)
        await phone.do("handset/lift")
        await phone.in_state("dial_tone")
        assert "Traceback" not in phone.story, phone.story
