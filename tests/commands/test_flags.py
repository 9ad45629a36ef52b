"""Flags of the line: what they override, and what reaches the agent and the voice paths."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import arguments_parser, main
from gateway.app import call_policy, line_account, line_settings, station_settings, voice_policy
from gateway.codecs import OpusSettings
from gateway.commands.flags import FLAGS, OF_A_CALL, overridden
from gateway.config import Config, ConfigFault, parse
from gateway.legs.voice_policy import VoicePolicy
from gateway.sdp.media import Srtp
from gateway.sections import LineSection
from gateway.sip.settings import CallPolicy, Limits, Reliable


def with_flags(*arguments: str, line: dict[str, Any] | None = None, command: str = "call") -> Config:
    options = arguments_parser().parse_args([command, *(["sip:a@b"] if command == "call" else []), *arguments])
    return overridden(parse({"line": line or {}}, "phone.toml", {}), options)


def refused(*arguments: str, **how: Any) -> str:
    with pytest.raises(ConfigFault) as caught:
        with_flags(*arguments, **how)
    return str(caught.value)


@pytest.mark.parametrize("command", ["call", "answer"])
@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        (["--transport", "tls"], "transport", "tls"),
        (["--codecs", "pcma, PCMU"], "codecs", ("PCMA", "PCMU")),
        (["--codecs", "l16/8000,L16/16000,OPUS,g722"], "codecs", ("L16/8000", "L16", "opus", "G722")),
        (["--codec-order", "ours"], "codec_order", "ours"),
        (["--silence-suppression"], "silence_suppression", True),
        (["--srtp", "mandatory"], "srtp", "mandatory"),
        (["--dtls", "--srtp", "optional"], "dtls", True),
        (["--ice"], "ice", True),
        (["--rtcp-mux"], "rtcp_mux", True),
        (["--session-timer", "600"], "session_timer_s", 600),
        (["--session-timer", "0"], "session_timer_s", 0),
        (["--min-se", "120"], "min_se_s", 120),
        (["--100rel", "required"], "reliable", "required"),
        (["--refer", "refuse"], "refer", "refuse"),
        (["--ca-file", "ca.pem"], "ca_file", Path("ca.pem")),
        (["--certificate", "c.pem"], "certificate", Path("c.pem")),
        (["--certificate", "c.pem", "--key", "k.pem"], "key", Path("k.pem")),
    ],
)
def test_a_flag_sets_its_key_in_both_commands(command: str, arguments: list[str], key: str, value: object) -> None:
    assert getattr(with_flags(*arguments, command=command).line, key) == value


def test_no_flag_changes_nothing() -> None:
    assert with_flags() == Config()
    line = {"srtp": "mandatory", "ice": True, "session_timer_s": 0}
    assert with_flags(line=line) == parse({"line": line}, "phone.toml", {})


def test_a_flag_wins_over_the_file_both_ways() -> None:
    line = {"srtp": "mandatory", "dtls": True, "ice": True, "transport": "tcp", "reliable": "off"}
    read = with_flags(
        "--srtp", "optional", "--no-dtls", "--no-ice", "--transport", "udp", "--100rel", "supported", line=line
    )
    assert read.line == LineSection(srtp="optional", reliable="supported")


def test_other_keys_of_the_file_stay() -> None:
    line = {"registrar": "sip:r", "password": "hunter2", "limits": {"calls": 3}}
    read = with_flags("--ice", line=line)
    assert (read.line.registrar, read.line.password) == ("sip:r", "hunter2")
    assert read.line.limits.model_dump()["calls"] == 3


def test_an_outbound_proxy_is_for_who_has_an_account() -> None:
    account = line_account(with_flags("--outbound-proxy", "sip:p:5070", line={"registrar": "sip:r"}))
    assert account is not None and account.outbound_proxy == "sip:p:5070"
    assert refused("--outbound-proxy", "sip:p") == (
        "--outbound-proxy: line.outbound_proxy: found 'sip:p', expected nothing without line.registrar"
    )


def test_dtls_alone_means_where_the_far_end_can() -> None:
    assert with_flags("--dtls").line.srtp == "optional"
    assert with_flags("--dtls", line={"srtp": "mandatory"}).line.srtp == "mandatory"
    assert refused("--dtls", "--srtp", "off").startswith("command line: line.dtls: found true, expected false")


def test_a_longer_least_interval_makes_ours_as_long() -> None:
    assert with_flags("--min-se", "3600").line.session_timer_s == 3600
    assert with_flags("--min-se", "3600", line={"session_timer_s": 0}).line.session_timer_s == 0
    assert refused("--min-se", "300", "--session-timer", "200") == (
        "command line: line.session_timer_s: found 200, expected 0 or at least min_se_s, which is 300"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--min-se", "89"], "--min-se: line.min_se_s: found 89, expected: greater than or equal to 90"),
        (
            ["--codecs", "G729"],
            "--codecs: line.codecs.0: found 'G729', "
            "expected: one of opus, G722, PCMU, PCMA, L16, L16/8000; did you mean 'G722'?",
        ),
        (["--key", "k.pem"], "--key: line.key: found 'k.pem', expected nothing without line.certificate"),
        (
            ["--session-timer", "30"],
            "--session-timer: line.session_timer_s: found 30, expected 0 or at least min_se_s, which is 90",
        ),
    ],
)
def test_what_is_wrong_with_a_flag_is_said_with_its_name(arguments: list[str], sentence: str) -> None:
    assert refused(*arguments) == sentence


@pytest.mark.parametrize("command", ["call", "answer"])
def test_help_tells_meaning_and_default_of_every_flag(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments_parser().parse_args([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for flag in FLAGS + (OF_A_CALL if command == "call" else ()):
        assert f"{flag.name} " in said or f"{flag.name}, " in said
        assert flag.meaning in said.replace("- ", "-"), flag
    assert ("(the configuration's, else supported)" in said) is (command == "call")
    assert "1800)" in said


def test_flags_have_keys_that_exist() -> None:
    assert {flag.key for flag in (*FLAGS, *OF_A_CALL)} <= set(LineSection.model_fields)


# ---------------------------------------------------------------- what reaches the parts


def test_the_agent_is_told_every_policy_of_a_call() -> None:
    read = with_flags("--100rel", "required", "--session-timer", "600", "--min-se", "100", "--refer", "refuse",
                      line={"refresher": "uac", "redirects": 2})  # fmt: skip
    expected = CallPolicy(Reliable.REQUIRED, 600, 100, "uac", 2, "refuse")
    assert call_policy(read) == expected
    settings = line_settings(read)
    assert settings.policy == expected and settings.limits == Limits()


def test_the_voice_is_told_how_to_be_protected_and_so_is_who_measures_offers() -> None:
    read = with_flags("--srtp", "mandatory", "--dtls", "--ice", "--rtcp-mux", line={"xr": True})
    expected = VoicePolicy(Srtp.MANDATORY, dtls=True, ice=True, rtcp_mux=True, xr=True)
    assert voice_policy(read) == expected
    assert station_settings(read, {}).voice == expected
    settings = line_settings(read)
    assert (settings.srtp, settings.dtls) == (Srtp.MANDATORY, True)


def test_the_voice_is_told_what_we_want_of_opus_and_whose_order_counts() -> None:
    opus = {"bitrate": 16_000, "complexity": 9, "fec": False, "expected_loss": 3}
    opus |= {"browser_bitrate": 40_000, "browser_complexity": 2}
    read = with_flags("--codec-order", "ours", line={"opus": opus})
    expected = OpusSettings(bitrate=16_000, complexity=9, fec=False, expected_loss=3)
    to_browsers = replace(expected, bitrate=40_000, complexity=2)
    assert voice_policy(read) == VoicePolicy(codec_order="ours", opus=expected, browser_opus=to_browsers)


@pytest.mark.parametrize(("dtx", "flags", "left_out"), [(True, (), True), (False, (), False),
                                                        (False, ("--silence-suppression",), True)])  # fmt: skip
def test_who_suppresses_silence_has_opus_leave_it_out(dtx: bool, flags: tuple[str, ...], left_out: bool) -> None:
    voice = voice_policy(with_flags(*flags, line={"opus": {"dtx": dtx}}))
    assert voice.opus.dtx is left_out
    assert voice.silence_suppression is bool(flags)


@pytest.mark.parametrize(
    ("transport", "registrar", "flow"),
    [
        ("udp", "sip:r", "UDP r:5060"),
        ("tcp", "sip:r", "TCP r:5060"),
        ("tls", "sip:r", "TLS r:5061"),
        ("tls", "sip:r:5070", "TLS r:5070"),
        ("tcp", "sip:r;transport=udp", "UDP r:5060"),
        ("udp", "sips:r", "TLS r:5061"),
    ],
)
def test_the_transport_is_that_of_the_registrar_unless_this_names_one(
    transport: str, registrar: str, flow: str
) -> None:
    account = line_account(with_flags("--transport", transport, line={"registrar": registrar}))
    assert account is not None and str(account.flow) == flow
    scheme, _, server = registrar.partition(":")
    assert account.address == f"{scheme}:phone@{server.partition(';')[0]}", "sips at a registrar that is (RFC 5630)"


def test_who_answers_by_tls_needs_a_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "--transport", "tls", "--bind", "127.0.0.1:0"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "neoretro: --transport tls: nobody can connect by TLS without --certificate"
    )
