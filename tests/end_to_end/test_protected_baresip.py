"""Protected calls with a phone that nobody here wrote: baresip's SRTP, DTLS, ICE and one port, called and calling."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.neoretro import Answering, run
from tests.end_to_end.speech import Voice, read_speech, silence, speech, write_wav

SECONDS = 3.0
OURS, BOBS = speech(Voice.JUNE, SECONDS), speech(Voice.ALLISON, SECONDS)


@dataclass(frozen=True)
class Way:
    """How both protect their voice."""

    name: str
    flags: tuple[str, ...]
    """of our command line"""
    bob: dict[str, Any]
    """of baresip's account"""
    srtp: str = ""
    """suite that it comes to; with DTLS who is called begins (RFC 5763, section 5), and the other one chooses"""
    called_srtp: str = ""
    """the same when we are called"""


SDES, DTLS = "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"
WAYS = [
    Way("sdes", ("--srtp", "mandatory"), {"encryption": "srtp-mand"}, SDES, SDES),
    Way("sdes-optional", ("--srtp", "optional"), {"encryption": "srtp"}, SDES, SDES),
    Way("dtls", ("--srtp", "mandatory", "--dtls"), {"encryption": "dtls_srtp"}, DTLS, SDES),
    Way("ice", ("--ice",), {"ice": True}),
    Way(
        "all",
        ("--srtp", "mandatory", "--dtls", "--ice"),
        {"encryption": "dtls_srtp", "ice": True, "rtcp_mux": True},
        DTLS,
        SDES,
    ),
]
EACH_WAY = pytest.mark.parametrize("way", [pytest.param(way, id=way.name) for way in WAYS])


def microphones(folder: Path) -> tuple[Path, Path]:
    """Ours and Bob's; his is longer than the call, for at its end he hangs up."""
    return (
        write_wav(folder / "ours.wav", OURS),
        write_wav(folder / "bobs.wav", np.concatenate([np.tile(BOBS, 8), silence(20)])),
    )


@EACH_WAY
async def test_we_call_and_both_hear(lab: Lab, tmp_path: Path, way: Way) -> None:
    ours, bobs = microphones(tmp_path)
    heard = tmp_path / "heard.wav"
    async with Baresip(lab, "bob", bobs, **way.bob) as bob:
        order: tuple[str | Path, ...] = ("--play", ours, "--record", heard, "--seconds", "3.5", "--json", *way.flags)
        outcome = await run(lab, "call", bob.uri, *order)
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        far = outcome.report["figures"]["legs"]["far"]
        assert hears(read_speech(await bob.heard()), OURS) > HEARD
    assert hears(read_speech(heard), BOBS) > HEARD
    assert far["srtp"] == way.srtp
    assert (far["replayed"], far["junk"]) == (0, 0), far
    assert far["unauthentic"] <= 2, far  # baresip's first packets after its handshake are in the clear


@EACH_WAY
async def test_we_are_called_and_both_hear(lab: Lab, tmp_path: Path, way: Way) -> None:
    ours, bobs = microphones(tmp_path)
    heard = tmp_path / "heard.wav"
    async with (
        Baresip(lab, "bob", bobs, **way.bob) as bob,
        Answering(lab, "--play", ours, "--record", heard, "--calls", "1", "--json", *way.flags) as phone,
    ):
        await bob.dial(phone.uri)
        await bob.happened("CALL_ESTABLISHED", 10)
        await bob.has_heard(3.2)
        await bob.hang_up()
        outcome = await phone.finished(15)
        assert "Traceback" not in outcome.story, outcome
        assert hears(read_speech(await bob.heard()), OURS) > HEARD
    assert hears(read_speech(heard), BOBS) > HEARD
    (call,) = outcome.report["calls"]
    assert (call["srtp"], call["ice"]) == (way.called_srtp, "--ice" in way.flags)
