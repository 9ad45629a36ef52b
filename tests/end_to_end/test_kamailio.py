"""(a) Kamailio as registrar: a wrong password is refused, the right one registered, and refreshed, and taken back; by
TLS, with SHA-256, behind an edge proxy, and found again after it was away."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.lab import LOOPBACK, Lab, until
from tests.end_to_end.peers.authority import Authority
from tests.end_to_end.peers.kamailio import Edge, Kamailio
from tests.end_to_end.peers.neoretro import Served, run, write_config

OLD_NONCE, WRONG_PASSWORD = -4, -2


def line(kamailio: Kamailio, **keys: Any) -> dict[str, dict[str, Any]]:
    """A phone of the lab's subscriber ``base``."""
    account = {"registrar": f"sip:{kamailio.address}", "user": "base", "password": "basepw", "expires_s": 10}
    return {"line": {"bind": "127.0.0.1:0", **account, **keys}}


async def test_a_wrong_password_is_refused_and_the_command_says_so(lab: Lab, tmp_path: Path) -> None:
    async with Kamailio(lab) as kamailio:
        config = write_config(tmp_path / "phone.toml", line(kamailio, password="wrong"))
        outcome = await run(lab, "call", "0145678901", "--config", config, "--json")
        assert outcome.exit_code == 3, outcome
        assert outcome.report["result"] == "not_registered"
        assert kamailio.address in outcome.report["reason"], "the person must know who refused"
        assert "Traceback" not in outcome.story
        assert WRONG_PASSWORD in kamailio.refused("base"), "Kamailio saw an answer to its challenge, a wrong one"
        assert len(kamailio.refused("base")) < 10, "a refused password must not be tried over and over"
        assert await kamailio.bindings("base") == []


async def test_a_served_phone_with_a_wrong_password_shows_that_it_is_out_of_service(lab: Lab) -> None:
    async with Kamailio(lab) as kamailio, Served(lab, line(kamailio, password="wrong")) as phone:
        seen = await phone.sees(lambda s: bool(s["line"]["reason"]), "the line says why it is out of service")
        assert not seen["line"]["registered"]
        assert kamailio.address in seen["line"]["reason"], seen["line"]
        await phone.sees(lambda s: bool(s["led"]["pattern"] == "out_of_service"), "the light says so too")
        await phone.do("handset/lift")
        await phone.sees(lambda s: bool(s["handset"]["lifted"]), "a phone out of service can still be lifted")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_right_password_is_registered_until_the_phone_stops(lab: Lab, transport: str) -> None:
    async with Kamailio(lab) as kamailio, Served(lab, line(kamailio, transport=transport)) as phone:
        seen = await phone.registered()
        assert seen["line"]["address"].startswith("sip:base@")
        [binding] = await kamailio.bindings("base")
        assert binding.contact.startswith("sip:"), binding
        assert ("transport=tcp" in binding.contact) is (transport == "tcp"), binding
        outcome = await phone.stopped()
        assert outcome.exit_code == 0 and "Traceback" not in outcome.story, outcome
        assert await kamailio.bindings("base") == [], "the phone leaves the registrar when it stops"


async def test_the_registration_is_refreshed_before_it_ends(lab: Lab) -> None:
    async with Kamailio(lab, longest_expires_s=3) as kamailio, Served(lab, line(kamailio)) as phone:
        await phone.registered()
        first = await kamailio.registered("base")
        assert first.expires_s <= 3, "the registrar decides how long"
        await until(lambda: kamailio.taken("base") >= 3, "Kamailio took two refreshes", 12)
        [binding] = await kamailio.bindings("base")
        assert binding.cseq > first.cseq, "same registration, later request"
        assert (await phone.snapshot())["line"]["registered"]


async def test_a_nonce_that_ran_out_is_replaced_without_a_word(lab: Lab) -> None:
    async with (
        Kamailio(lab, longest_expires_s=4, nonce_expires_s=1) as kamailio,
        Served(lab, line(kamailio)) as phone,
    ):
        await phone.registered()
        await until(lambda: OLD_NONCE in kamailio.refused("base"), "Kamailio found the nonce old", 12)
        await until(lambda: kamailio.taken("base") >= 2, "the refresh was taken with a new nonce")
        seen = await phone.snapshot()
        assert seen["line"]["registered"] and not seen["line"]["reason"]


async def test_by_tls_the_registrar_must_show_a_certificate_that_we_trust(lab: Lab, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "other")
    identity = authority.certificate("registrar")
    async with Kamailio(lab, identity=identity) as kamailio:
        by_tls = {"registrar": f"sip:{LOOPBACK}:{kamailio.tls_port}", "transport": "tls"}
        async with Served(lab, line(kamailio, **by_tls, ca_file=str(authority.ca_file))) as phone:
            await phone.registered()
            binding = await kamailio.registered("base")
            assert "transport=tls" in binding.contact, binding
            assert (await phone.stopped()).exit_code == 0
        assert await kamailio.bindings("base") == [], "it leaves by TLS, too"
        async with Served(lab, line(kamailio, **by_tls, ca_file=str(stranger.ca_file))) as phone:
            seen = await phone.sees(lambda s: bool(s["line"]["reason"]), "the line says why it is out of service")
            assert "certificate is not trusted" in seen["line"]["reason"], seen["line"]
        assert await kamailio.bindings("base") == []


async def test_a_registrar_that_asks_for_sha_256_is_answered_with_it(lab: Lab) -> None:
    async with Kamailio(lab, sha256=True) as kamailio, Served(lab, line(kamailio)) as phone:
        await phone.registered()
        await kamailio.registered("base")
        assert WRONG_PASSWORD not in kamailio.refused("base")


async def test_an_outbound_proxy_is_passed_and_its_path_is_the_way_back(lab: Lab) -> None:
    async with Kamailio(lab) as kamailio, Edge(lab, kamailio) as edge:
        async with Served(lab, line(kamailio, outbound_proxy=f"sip:{edge.address}")) as phone:
            await phone.registered()
            binding = await kamailio.registered("base")
            assert edge.address in binding.path, binding
            assert edge.passed("REGISTER") >= 2, "the first, and the one with credentials"


async def test_a_registrar_that_was_away_finds_the_phone_again(lab: Lab) -> None:
    async with Kamailio(lab) as first, Served(lab, line(first, transport="tcp")) as phone:
        await phone.registered()
        await first.stop()
        await phone.sees(lambda s: not s["line"]["registered"], "the broken connection is noticed", 15)
        async with Kamailio(lab, port=first.port) as second:
            await phone.registered(20)
            assert (await second.registered("base")).expires_s
