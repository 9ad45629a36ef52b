"""Through Kamailio over UDP, TCP and TLS, and over TLS with SRTP: registered, called and calling, and both hear."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.hearing import HEARD, hears
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.authority import Authority
from tests.end_to_end.peers.baresip import Baresip
from tests.end_to_end.peers.kamailio import SUBSCRIBERS, Kamailio
from tests.end_to_end.peers.neoretro import Served, run, write_config
from tests.end_to_end.speech import Voice, read_speech, speech, write_wav

SECONDS = 3.0
OURS, BOBS = speech(Voice.JUNE, SECONDS), speech(Voice.ALLISON, SECONDS)


@dataclass(frozen=True)
class Way:
    """How both reach Kamailio, and how they speak."""

    transport: str
    srtp: str = "off"
    encryption: str = ""
    """the same in baresip's words"""


WAYS = (Way("udp"), Way("tcp"), Way("tls"), Way("tls", "mandatory", "srtp-mand"))


def tls_address(kamailio: Kamailio) -> str:
    return f"{kamailio.host}:{kamailio.tls_port}"


def account(kamailio: Kamailio, way: Way, **keys: Any) -> dict[str, Any]:
    server = tls_address(kamailio) if way.transport == "tls" else kamailio.address
    who = {"registrar": f"sip:{server}", "user": "base", "password": SUBSCRIBERS["base"]}
    return {"bind": "127.0.0.1:0", **who, "transport": way.transport, "srtp": way.srtp, **keys}


@pytest.mark.parametrize(
    "way", [pytest.param(way, id=f"{way.transport}{'-srtp' * bool(way.encryption)}") for way in WAYS]
)
async def test_registered_called_and_calling(lab: Lab, tmp_path: Path, way: Way) -> None:
    authority = Authority(tmp_path)
    heard = tmp_path / "heard.wav"
    ours = write_wav(tmp_path / "ours.wav", np.tile(OURS, 4))
    bobs = write_wav(tmp_path / "bobs.wav", np.tile(BOBS, 12))
    async with Kamailio(lab, identity=authority.certificate("kamailio")) as kamailio:
        tables = {
            "line": account(kamailio, way, ca_file=str(authority.ca_file)),
            "handset": {"play": str(ours), "record": str(heard), "record_rate": 8000},
        }
        server = tls_address(kamailio) if way.transport == "tls" else kamailio.address
        async with (
            Served(lab, tables) as phone,
            Baresip(
                lab,
                "bob",
                bobs,
                registrar=server,
                password=SUBSCRIBERS["bob"],
                transport=way.transport,
                encryption=way.encryption,
                ca_file=authority.ca_file,
            ) as bob,
        ):
            await phone.registered()
            assert f"transport={way.transport}" in (await kamailio.registered("base")).contact or way.transport == "udp"
            await bob.dial(f"sip:base@{server}")
            await phone.in_state("ringing")
            await phone.do("handset/lift")
            await phone.in_state("talking")
            await bob.has_heard(1.7)
            far = (await phone.figures())["legs"]["far"]
            assert bool(far["srtp"]) is bool(way.encryption), far
            await phone.do("handset/hang-up")
            assert hears(read_speech(await bob.heard()), OURS) > HEARD
            assert hears(read_speech(heard), BOBS) > HEARD
            await phone.in_state("idle")
            await phone.do("handset/lift")
            await phone.in_state("dial_tone")
            await phone.do("call/dial", number=f"sip:bob@{server}")
            await phone.in_state("talking")
            await bob.happened("CALL_ESTABLISHED", count=2)
            await bob.hang_up()
            await phone.in_state("far_hung_up")
            outcome = await phone.stopped()
            assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        assert await kamailio.bindings("base") == [], "it left"


async def test_a_registrar_that_an_unknown_authority_vouches_for_is_not_trusted(lab: Lab, tmp_path: Path) -> None:
    theirs, ours = Authority(tmp_path), Authority(tmp_path, "another authority")
    async with Kamailio(lab, identity=theirs.certificate("kamailio")) as kamailio:
        config = write_config(
            tmp_path / "phone.toml", {"line": account(kamailio, Way("tls"), ca_file=str(ours.ca_file))}
        )
        outcome = await run(lab, "call", "0145678901", "--config", config, "--json")
        assert outcome.exit_code == 3, outcome
        assert outcome.report["result"] == "not_registered"
        reason = outcome.report["reason"]
        assert tls_address(kamailio) in reason and "certificate" in reason, reason
        assert "Traceback" not in outcome.story
        assert "REGISTER of base" not in kamailio.log, "not a word was said to it"


async def test_a_certificate_for_somebody_else_is_not_the_registrars(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with Kamailio(lab, identity=authority.certificate("kamailio", "elsewhere.example")) as kamailio:
        config = write_config(
            tmp_path / "phone.toml", {"line": account(kamailio, Way("tls"), ca_file=str(authority.ca_file))}
        )
        outcome = await run(lab, "call", "0145678901", "--config", config, "--json")
        assert outcome.exit_code == 3 and outcome.report["result"] == "not_registered", outcome
        assert "certificate" in outcome.report["reason"], outcome.report
