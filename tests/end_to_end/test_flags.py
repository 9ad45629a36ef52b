"""The policies of the command line between two phones of ours: TLS and SRTP asked for, given, and refused."""

from pathlib import Path

import pytest

from tests.end_to_end.lab import LOOPBACK, Lab
from tests.end_to_end.peers.authority import Authority
from tests.end_to_end.peers.neoretro import Answering, run

EXIT_REFUSED = 4


async def test_a_call_by_tls_is_encrypted_from_end_to_end(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.certificate("answering")
    identity = ("--transport", "tls", "--certificate", certificate, "--key", key)
    async with Answering(lab, *identity, "--srtp", "mandatory", "--phones", "1", "--json") as answering:
        assert answering.uri.endswith(";transport=tls"), answering.uri
        trusting = ("--ca-file", authority.ca_file, "--seconds", "1", "--json")
        outcome = await run(lab, "call", answering.uri, *trusting, "--srtp", "mandatory")
        assert outcome.exit_code == 0, outcome
        assert outcome.report["ended_by"] == "us"
        plain = await run(lab, "call", answering.uri, *trusting)
        assert plain.exit_code == EXIT_REFUSED and plain.report["status"] == 488, plain
        by_default = await run(lab, "call", f"sip:phone@{answering.address}", *trusting, "--srtp", "optional",
                               "--transport", "tls")  # fmt: skip
        assert by_default.exit_code == 0, by_default


async def test_whom_we_do_not_trust_is_not_called(lab: Lab, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "a"), Authority(tmp_path / "b")
    certificate, key = stranger.certificate("answering")
    async with Answering(lab, "--transport", "tls", "--certificate", certificate, "--key", key) as answering:
        outcome = await run(lab, "call", answering.uri, "--ca-file", authority.ca_file, "--json")
        assert outcome.exit_code == EXIT_REFUSED and outcome.report["status"] == 503, outcome
        assert "certificate is not trusted" in outcome.report["reason"], outcome


@pytest.mark.parametrize("flags", [("--dtls", "--srtp", "mandatory"), ("--ice",), ("--100rel", "required")])
async def test_two_phones_with_the_same_policy_agree(lab: Lab, flags: tuple[str, ...]) -> None:
    async with Answering(lab, *flags, "--phones", "1") as answering:
        assert answering.uri.startswith("sip:") and LOOPBACK in answering.uri
        outcome = await run(lab, "call", answering.uri, *flags, "--seconds", "1", "--json")
        assert outcome.exit_code == 0, outcome
        assert outcome.report["figures"]["legs"]["far"]["received"] > 10, outcome
