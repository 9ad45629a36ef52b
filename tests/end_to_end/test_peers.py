"""The bench itself: the real peers talk to each other without us. When this fails, the lab is broken, not the phone."""

from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.hearing import pesq_nb
from tests.end_to_end.lab import DeadlinePassed, Lab, PeerMissing, program, until
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.kamailio import Kamailio
from tests.end_to_end.peers.sipp import Sipp
from tests.end_to_end.speech import Voice, read_speech, silence, speech, write_wav

SPEECH_S = 8.0


def microphone(folder: Path, voice: Voice) -> Path:
    samples = np.concatenate([silence(0.5), speech(voice, SPEECH_S), silence(60)])
    return write_wav(folder / f"{voice.name}.wav", samples)


@pytest.mark.alone
async def test_two_baresips_hear_each_other_through_kamailio(lab: Lab, tmp_path: Path) -> None:
    async with (
        Kamailio(lab) as kamailio,
        Baresip(
            lab,
            "alice",
            microphone(tmp_path, Voice.ALLISON),
            registrar=kamailio.address,
            password="alicepw",
        ) as alice,
        Baresip(lab, "bob", microphone(tmp_path, Voice.JUNE), registrar=kamailio.address, password="bobpw") as bob,
    ):
        await kamailio.registered("alice")
        await alice.dial(f"sip:bob@{kamailio.address}")
        await bob.happened("CALL_ESTABLISHED")
        await bob.has_heard(SPEECH_S + 1.5)
        await alice.hang_up()
        for phone, voice in ((alice, Voice.JUNE), (bob, Voice.ALLISON)):
            score = pesq_nb(read_speech(await phone.heard()), speech(voice, SPEECH_S))
            lab.measured(**{f"pesq_at_{phone.user}": score})
            assert score >= 3.8, f"{phone.user} heard {voice} at {score:.2f}"


async def test_sipp_answers_sipp(lab: Lab) -> None:
    async with Sipp(lab, scenario="uas", calls=10) as answering:
        async with Sipp(lab, answering.address, calls=10, per_second=10, talk_ms=100) as caller:
            assert (await caller.finished(15)).successful == 10


def test_a_missing_peer_fails_the_test_and_names_the_package() -> None:
    with pytest.raises(PeerMissing, match="^no-such-phone is not installed, .*: apt-get install such-phones$"):
        program("no-such-phone", "such-phones")


async def test_what_does_not_happen_in_time_fails_with_what_was_seen_last() -> None:
    with pytest.raises(DeadlinePassed, match=r"^not within 0\.1 s: the sky falls; last seen: ''$"):
        await until(str, "the sky falls", 0.1)
