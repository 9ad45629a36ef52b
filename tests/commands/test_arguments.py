"""The command line as it is read; what it runs is tested end to end."""

import json
from pathlib import Path

import pytest

from gateway.__main__ import arguments_parser, main


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    last = captured.err.splitlines()[-1]
    assert last == f"neoretro: {json.loads(captured.out)['reason']}", "a person and a script are told the same"
    return last


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        arguments_parser().parse_args(["--help"])
    assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for word in ("demo", "serve", "call", "answer", "exchange", "check"):
        assert f" {word} " in said
    assert "0 done; 2 bad usage or configuration; 3 not registered; 4 refused, busy or unreachable; 5" in said


def test_seconds_are_more_than_none(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "call", "15", "--seconds", "-3")
    assert said == "neoretro: argument --seconds: found '-3', expected seconds above 0"


def test_calls_are_counted_in_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "answer", "--calls", "many")
    assert said == "neoretro: argument --calls: found 'many', expected a whole number above 0"


def test_a_good_configuration_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "phone.toml"
    file.write_text('[phone]\nmarket = "DE"\n')
    assert main(["check", str(file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["result"], report["market"]) == ("good", "Germany")


def test_a_bad_configuration_exits_with_2_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "phone.toml"
    file.write_text('[phone]\nmarkt = "DE"\n')
    assert main(["check", str(file)]) == 2
    assert capsys.readouterr().err == f"neoretro: {file}: phone.markt: unknown key; did you mean 'market'?\n"


@pytest.mark.parametrize("name", ["phone.toml", "container.toml"])
def test_the_configurations_we_ship_are_good(name: str) -> None:
    assert main(["check", str(Path(__file__).parents[2] / "configs" / name)]) == 0


def test_a_file_that_cannot_be_played_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "phone.toml"
    file.write_text('[handset]\nplay = "nowhere.wav"\n')
    assert main(["check", str(file)]) == 2
    assert "handset.play: nowhere.wav: " in capsys.readouterr().err


def test_a_number_that_is_no_number_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "twelve", "--json"]) == 2
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["result"] == "usage" and "twelve" in report["reason"]
    assert captured.err.startswith("neoretro: ") and "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ('[phone]\nlanguage = "xx"', "phone.language: found 'xx', expected one of de, en, es, fr"),
        ('[phone]\nname = "My Phone"', "found 'My Phone', expected: 1 to 32 of a-z 0-9 -, beginning with a-z 0-9"),
        ('[line]\nregistrar = "sip:"', "found 'sip:', expected: a SIP server like sip:host:5060, or nothing"),
        (
            '[line]\nregistrar = "sip:a;transport=sctp"',
            "line: registrar: transport must be udp, tcp or tls, not 'sctp'",
        ),
        ('[phone]\nextensions = ["zz"]', "phone.extensions: "),
        (
            '[line]\nca_file = "nowhere.pem"',
            "line.ca_file: found 'nowhere.pem', expected a file, and there is none",
        ),
        ('[line]\nca_file = "phone.toml"', "line: ca_file phone.toml: "),
        ('[line]\ncertificate = "phone.toml"', "line: certificate phone.toml: "),
        (
            '[line]\nnameservers = ["dns.example"]',
            "line.nameservers: found 'dns.example', expected an IP address, with or without :PORT",
        ),
        ('[line]\nregistrar = "sip:r"\noutbound_proxy = "sip:p:0"', "line: outbound_proxy must be like sip:"),
        (
            '[exchange]\nsubscribers = [{name = "a", password = "x"}, {name = "b", password = "x", numbers = ["a"]}]',
            "exchange.subscribers: 'a' belongs to two subscribers, 'a' and 'b'",
        ),
    ],
)
def test_check_finds_what_only_the_parts_can_judge(
    tables: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "phone.toml"
    file.write_text(tables)
    assert main(["check", str(file)]) == 2
    assert sentence in capsys.readouterr().err


def test_check_says_what_is_allowed_and_unwise(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "phone.toml"
    file.write_text('[line]\nsrtp = "mandatory"\n')
    assert main(["check", str(file), "--json"]) == 0
    captured = capfd.readouterr()
    (warned,) = json.loads(captured.out)["warnings"]
    assert warned.startswith("line.srtp: 'mandatory' over udp: the keys stand in SDP")
