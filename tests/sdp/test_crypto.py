"""``a=crypto``: what is read, what is refused and in which words, and that no key gets into them."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdp.attribute import SdpError
from gateway.sdp.crypto import SUITES, Crypto, Inline, choose_crypto, offered_crypto, read_crypto
from gateway.sdp.media import MasterKey
from tests.sdp.descriptions import key, keys

K30 = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
"""the key of :rfc:`4568#section-6.1`'s first example, 40 characters, 30 bytes"""
CM80, CM32, GCM128, GCM256 = SUITES


def line(tag: str = "1", suite: str = CM80, key: str = f"inline:{K30}", *more: str) -> str:
    return " ".join([tag, suite, key, *more])


def test_the_example_of_rfc_4568_section_6_1_is_read() -> None:
    crypto = Crypto.parse(f"1 AES_CM_128_HMAC_SHA1_80 inline:{K30}|2^20|1:4")
    assert crypto == Crypto("1", CM80, (Inline(base64.b64decode(K30), "2^20", "1:4"),))
    assert str(crypto) == f"1 AES_CM_128_HMAC_SHA1_80 inline:{K30}|2^20|1:4"


@pytest.mark.parametrize("suite", SUITES)
def test_each_suite_is_offered_and_read_back(suite: str) -> None:
    ours = key(suite, 7)
    (attribute,) = offered_crypto([ours])
    assert attribute.name == "crypto" and attribute.value is not None
    assert Crypto.parse(attribute.value).master_key == ours


@pytest.mark.parametrize("lifetime", ["2^20", "2^48", "1048576", "281474976710656"])
def test_a_lifetime_changes_nothing_for_us(lifetime: str) -> None:
    assert Crypto.parse(line(key=f"inline:{K30}|{lifetime}")).master_key == MasterKey(CM80, base64.b64decode(K30))


@pytest.mark.parametrize("tag", ["", "x", "-1", "01", "1234567890", "\u0663", "1.0"])
def test_a_tag_is_one_to_nine_digits(tag: str) -> None:
    with pytest.raises(SdpError) as raised:
        Crypto.parse(line(tag))
    assert str(raised.value) == "SDP crypto does not begin with a tag of 1 to 9 digits"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1", "SDP crypto 1 is not 'tag suite key'"),
        ("1 AES_CM_128_HMAC_SHA1_80", "SDP crypto 1 is not 'tag suite key'"),
        (line(key="inline"), "SDP crypto 1 has a key that is not 'inline:...'"),
        (line(key=f"uri:{K30}"), "SDP crypto 1 has a key that is not 'inline:...'"),
        (line(key=f"inline:{K30[:-1]}!"), "SDP crypto 1 has a key that is not base64"),
        (line(key="inline:A"), "SDP crypto 1 has a key that is not base64"),
        (line(key=f"inline:{K30}é"), "SDP crypto 1 has a key that is not base64"),
        *(
            (
                line(key=f"inline:{K30}|{wrong}"),
                "SDP crypto 1 is not 'inline:key|lifetime|MKI:length', with a lifetime up to 2^48",
            )
            for wrong in ("2^49", "0", "2^0", "x", "281474976710657", "1:4|2^20", "2^20|1", "2^20|1:0", "1:4|1:4")
        ),
    ],
)
def test_what_cannot_be_read_is_said_without_the_key(text: str, sentence: str) -> None:
    with pytest.raises(SdpError) as raised:
        Crypto.parse(text)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (line(suite="F8_128_HMAC_SHA1_80"), "SDP crypto 1 has a suite we do not know: F8_128_HMAC_SHA1_80"),
        (line(suite=GCM128), "SDP crypto 1 has a key of 30 bytes, AEAD_AES_128_GCM needs 28"),
        (line(key=f"inline:{K30[:-4]}"), "SDP crypto 1 has a key of 27 bytes, AES_CM_128_HMAC_SHA1_80 needs 30"),
        (line(key="inline:"), "SDP crypto 1 has a key of 0 bytes, AES_CM_128_HMAC_SHA1_80 needs 30"),
        (line(key=f"inline:{K30}|1:4"), "SDP crypto 1 has a master key identifier, which we cannot do"),
        (
            line(key=f"inline:{K30}|2^20|1:4;inline:{K30}|2^20|2:4"),
            "SDP crypto 1 has a master key identifier, which we cannot do",
        ),
        *(
            (
                line("1", CM80, f"inline:{K30}", parameter),
                f"SDP crypto 1 has a session parameter we cannot meet: {parameter}",
            )
            for parameter in (
                "UNENCRYPTED_SRTP",
                "UNENCRYPTED_SRTCP",
                "UNAUTHENTICATED_SRTP",
                "KDR=3",
                "FEC_ORDER=FEC_SRTP",
                f"FEC_KEY=inline:{'x' * 10}",
                "new",
            )
        ),
    ],
)
def test_what_we_cannot_do_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(SdpError) as raised:
        _ = Crypto.parse(text).master_key
    assert str(raised.value) == sentence


@pytest.mark.parametrize("parameter", ["WSH=64", "-whatever=1"])
def test_a_hint_and_a_parameter_that_may_be_passed_over_are_no_obstacle(parameter: str) -> None:
    assert Crypto.parse(line("1", CM80, f"inline:{K30}", parameter)).master_key.suite == CM80


def test_padding_may_be_missing() -> None:
    encoded = base64.b64encode(bytes(28)).decode()
    assert encoded.endswith("==")
    assert Crypto.parse(line("3", GCM128, f"inline:{encoded.rstrip('=')}")).master_key.key_and_salt == bytes(28)


def test_no_key_is_shown_by_its_value_object() -> None:
    crypto = Crypto.parse(line())
    for shown in (repr(crypto), repr(crypto.master_key)):
        assert K30[:12] not in shown and "spe" not in shown


def test_the_first_line_we_can_do_is_taken_and_its_tag_repeated() -> None:
    offered = [
        line("1", "F8_128_HMAC_SHA1_80"),
        line("2", CM80, f"inline:{K30}|1:4"),
        line("3", CM32),
        line("4", CM80),
    ]
    session, attribute = choose_crypto(offered, keys(9))
    assert session.send == key(CM32, 9) and session.receive == MasterKey(CM32, base64.b64decode(K30))
    assert attribute.value is not None
    assert Crypto.parse(attribute.value) == Crypto("3", CM32, (Inline(bytes([9]) * 30),))


def test_a_tag_that_is_there_twice_is_taken_neither_time() -> None:
    session, attribute = choose_crypto([line("1", CM80), line("1", CM32), line("7", CM32)], keys(9))
    assert session.send.suite == CM32 and (attribute.value or "").startswith("7 ")
    with pytest.raises(SdpError) as raised:
        choose_crypto([line("1", CM80), line("1", CM32)], keys(9))
    assert str(raised.value) == "SDP crypto 1 is there more than once"


def test_a_suite_that_was_switched_off_is_not_taken() -> None:
    with pytest.raises(SdpError) as raised:
        choose_crypto([line("1", CM32)], [key(CM80, 9)])
    assert str(raised.value) == "SDP crypto 1 has a suite we do not take here: AES_CM_128_HMAC_SHA1_32"
    with pytest.raises(SdpError, match="SDP has no crypto line"):
        choose_crypto([], keys(9))


OFFERED = tuple(attribute.value or "" for attribute in offered_crypto(keys(9)))


def test_an_answer_takes_one_of_our_lines() -> None:
    session = read_crypto([line("2", CM32)], OFFERED)
    assert session.send == key(CM32, 9) and session.receive.key_and_salt == base64.b64decode(K30)


@pytest.mark.parametrize(
    ("answered", "sentence"),
    [
        ([], "SDP answer has no crypto lines, one is needed"),
        ([line("1"), line("2", CM32)], "SDP answer has 2 crypto lines, one is needed"),
        ([line("5")], "SDP crypto 5 answers none that was offered"),
        ([line("2", CM80)], "SDP crypto 2 answers AES_CM_128_HMAC_SHA1_32 with AES_CM_128_HMAC_SHA1_80"),
        ([line("3", GCM128)], "SDP crypto 3 has a key of 30 bytes, AEAD_AES_128_GCM needs 28"),
        ([line("1", CM80, f"inline:{K30}", "KDR=1")], "SDP crypto 1 has a session parameter we cannot meet: KDR=1"),
    ],
)
def test_an_answer_that_takes_none_of_them_is_refused(answered: list[str], sentence: str) -> None:
    with pytest.raises(SdpError) as raised:
        read_crypto(answered, OFFERED)
    assert str(raised.value) == sentence


INLINES = st.builds(
    Inline,
    st.binary(max_size=50),
    st.sampled_from(["", "2^1", "2^31", "2^48", "1", "1048576"]),
    st.sampled_from(["", "1:4", "0:128"]),
)
LINES = st.builds(
    Crypto,
    st.integers(0, 999_999_999).map(str),
    st.sampled_from([*SUITES, "NEW_SUITE"]),
    st.lists(INLINES, min_size=1, max_size=2).map(tuple),
    st.lists(st.sampled_from(["KDR=1", "WSH=64", "-x"]), max_size=2).map(tuple),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(LINES)
def test_parse_and_str_are_inverses(crypto: Crypto) -> None:
    assert Crypto.parse(str(crypto)) == crypto


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.text("0123456789 |;:^=inlie+/AESé\u0663", max_size=60), st.booleans())
def test_noise_raises_one_error_only(noise: str, behind: bool) -> None:
    try:
        _ = Crypto.parse(f"1 {CM80} inline:{noise}" if behind else noise).master_key
    except SdpError as error:
        assert str(error).startswith("SDP crypto")
