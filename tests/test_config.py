from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config, ConfigFault, load, load_market, parse, split_address, warnings


def refused(tables: dict[str, Any]) -> str:
    with pytest.raises(ConfigFault) as caught:
        parse(tables, "phone.toml", {})
    return str(caught.value)


def test_nothing_configured_is_a_phone_for_direct_calls() -> None:
    config = parse({}, "phone.toml", {})
    assert config == Config()
    assert config.line.registrar == ""


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    assert refused({"line": {"registar": "sip:x"}}) == (
        "phone.toml: line.registar: unknown key; did you mean 'registrar'?"
    )


def test_an_unknown_key_near_nothing_lists_the_known_ones() -> None:
    assert refused({"web": {"zzz": 1}}) == "phone.toml: web.zzz: unknown key; known here: bind, token"


def test_an_unknown_key_inside_a_list_of_tables_is_found() -> None:
    tables = {"exchange": {"subscribers": [{"name": "bob", "password": "x", "pasword": "y"}]}}
    assert "exchange.subscribers.0.pasword: unknown key; did you mean 'password'?" in refused(tables)


def test_a_wrong_type_says_what_was_found_and_expected() -> None:
    assert refused({"line": {"expires_s": "soon"}}) == (
        "phone.toml: line.expires_s: found 'soon', expected: a valid integer"
    )


@pytest.mark.parametrize(
    ("section", "key", "value", "sentence"),
    [
        ("line", "silence_suppression", "yes", "found 'yes', expected: true or false"),
        ("line", "silence_suppression", 1, "found 1, expected: true or false"),
        ("line", "xr", 0.0, "found 0.0, expected: true or false"),
        ("line", "expires_s", "300", "found '300', expected: a valid integer"),
        ("line", "expires_s", True, "found True, expected: a valid integer"),
        ("line", "silence_s", "60", "found '60', expected: a valid number"),
        ("line", "silence_s", False, "found False, expected: a valid number"),
        ("line", "codecs", "opus", "found 'opus', expected: a list"),
        ("line", "user", 5, "found 5, expected: a text, in quotes"),
        ("recordings", "folder", 3, "found 3, expected: a path, in quotes"),
        ("recordings", "folder", "", "found '', expected: a path, in quotes"),
        ("line", "ca_file", "", "found '', expected: a path, in quotes"),
        ("line", "certificate", "", "found '', expected: a path, in quotes"),
        ("line", "key", "", "found '', expected: a path, in quotes"),
    ],
)
def test_nothing_is_made_of_something_else(section: str, key: str, value: object, sentence: str) -> None:
    assert refused({section: {key: value}}) == f"phone.toml: {section}.{key}: {sentence}"


@pytest.mark.parametrize("seconds", [60, 60.0])
def test_a_whole_number_is_a_number(seconds: float) -> None:
    assert parse({"line": {"silence_s": seconds}}, "phone.toml", {}).line.silence_s == 60.0


@pytest.mark.parametrize("key", ["fec", "dtx"])
def test_that_holds_for_a_table_in_a_table(key: str) -> None:
    assert refused({"line": {"opus": {key: "no"}}}) == (
        f"phone.toml: line.opus.{key}: found 'no', expected: true or false"
    )


def test_every_fault_is_a_line() -> None:
    said = refused({"phone": {"room": "other"}, "line": {"transport": "carrier pigeon"}}).splitlines()
    assert said == [
        "phone.toml: phone.room: found 'other', expected: 'apart' or 'same'",
        "phone.toml: line.transport: found 'carrier pigeon', expected: 'udp', 'tcp' or 'tls'",
    ]


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.1:70000", ":5060", "127.0.0.1:http"])
def test_an_address_needs_a_host_and_a_port(bind: str) -> None:
    assert refused({"line": {"bind": bind}}) == (
        f"phone.toml: line.bind: found {bind!r}, expected: HOST:PORT with a port of 0 to 65535"
    )


@pytest.mark.parametrize("ports", [[300, 200], [20_001, 20_002], [20_000, 20_000]])
def test_there_is_room_for_one_pair_of_voice_ports(ports: list[int]) -> None:
    assert refused({"line": {"rtp_ports": ports}}) == (
        f"phone.toml: line.rtp_ports: found {ports}, "
        "expected an even port and the next one between the first and the last"
    )


def test_a_port_beyond_the_last_is_none() -> None:
    assert "line.rtp_ports.1: found 70010, expected: less than or equal to 65535" in refused(
        {"line": {"rtp_ports": [60_000, 70_010]}}
    )


def test_near_is_nearer_than_far() -> None:
    assert refused({"phone": {"proximity": {"near_cm": 9}}}) == (
        "phone.toml: phone.proximity.near_cm: found 9.0, expected less than far_cm, which is 8.0"
    )


def test_a_secret_is_never_said() -> None:
    assert "hunter2" not in refused({"line": {"password": ["hunter2"]}})
    assert "hunter2" not in repr(parse({"line": {"password": "hunter2"}}, "phone.toml", {}))


def test_secrets_come_from_the_environment_first() -> None:
    config = parse({"line": {"password": "file"}}, "phone.toml", {"NEORETRO_LINE_PASSWORD": "environment"})
    assert config.line.password == "environment"


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigFault, match=r"^/nowhere/phone.toml: No such file or directory$"):
        load(Path("/nowhere/phone.toml"), {})


def test_what_is_not_toml_is_said_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "phone.toml"
    file.write_text("[line\n")
    with pytest.raises(ConfigFault, match=r"phone\.toml: not TOML: .*line 1"):
        load(file, {})


def test_what_is_not_text_is_said(tmp_path: Path) -> None:
    file = tmp_path / "phone.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigFault, match=r"phone\.toml: not a text file in UTF-8$"):
        load(file, {})


@pytest.mark.parametrize("code", ["FR", "DE", "ES", "US", "CA"])
def test_the_five_markets_load(code: str) -> None:
    assert load_market(code).code == code


def test_an_unknown_market_lists_those_there_are() -> None:
    with pytest.raises(ConfigFault, match=r"phone\.market: found 'XX', expected one of CA, DE, ES, FR, US$"):
        load_market("XX")


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:5060", ("127.0.0.1", 5060)), ("[::1]:0", ("::1", 0)), ("lab.test:80", ("lab.test", 80))],
)
def test_addresses_split(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


# ---------------------------------------------------------------- what the keys together cannot mean


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"codecs": []}, "codecs: found [], expected: at least one codec, each once"),
        ({"codecs": ["PCMU", "PCMU"]}, "codecs: found ['PCMU', 'PCMU'], expected: at least one codec, each once"),
        ({"dtls": True}, "dtls: found true, expected false while line.srtp is 'off': there are no keys to agree on"),
        ({"session_timer_s": 80}, "session_timer_s: found 80, expected 0 or at least min_se_s, which is 90"),
        (
            {"session_timer_s": 200, "min_se_s": 300},
            "session_timer_s: found 200, expected 0 or at least min_se_s, which is 300",
        ),
        ({"min_se_s": 60}, "min_se_s: found 60, expected: greater than or equal to 90"),
        ({"key": "k.pem"}, "key: found 'k.pem', expected nothing without line.certificate"),
        ({"verify_clients": True}, "verify_clients: found true, expected nothing without line.certificate"),
        ({"tls_port": 5060}, "tls_port: found 5060, expected another port than that of line.bind"),
        ({"outbound_proxy": "sip:p"}, "outbound_proxy: found 'sip:p', expected nothing without line.registrar"),
        (
            {"backup_registrars": ["sip:b"]},
            "backup_registrars: found ['sip:b'], expected nothing without line.registrar",
        ),
        (
            {"registrar": "sip:a", "backup_registrars": ["sip:b"], "outbound_proxy": "sip:p"},
            "backup_registrars: found ['sip:b'], expected nothing beside line.outbound_proxy, "
            "which chooses the registrar",
        ),
        (
            {"instance": "me"},
            "instance: found 'me', expected: urn:uuid: and a UUID in small letters, or nothing",
        ),
        ({"limits": {"calls": 0}}, "limits.calls: found 0, expected: greater than or equal to 1"),
        ({"limits": {"cals": 1}}, "limits.cals: unknown key; did you mean 'calls'?"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_the_key(line: dict[str, Any], sentence: str) -> None:
    assert refused({"line": line}) == f"phone.toml: line.{sentence}"


def test_every_contradiction_is_told_at_once() -> None:
    assert len(refused({"line": {"dtls": True, "key": "k", "session_timer_s": 1}}).splitlines()) == 3


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        ({}, []),
        ({"srtp": "mandatory"}, ["line.srtp: 'mandatory' over udp"]),
        ({"srtp": "optional", "transport": "tcp"}, ["line.srtp: 'optional' over tcp"]),
        ({"srtp": "mandatory", "transport": "tls"}, []),
        ({"srtp": "mandatory", "dtls": True}, []),
        ({"srtp": "mandatory", "registrar": "sips:r"}, []),
        ({"verify_clients": True, "certificate": "c.pem"}, ["line.verify_clients: without line.ca_file"]),
    ],
)
def test_what_is_allowed_and_unwise_is_a_warning(line: dict[str, Any], warned: list[str]) -> None:
    found = warnings(parse({"line": line}, "phone.toml", {}))
    assert len(found) == len(warned)
    assert all(sentence.startswith(expected) for sentence, expected in zip(found, warned, strict=True))
