import os

import pytest
from aioice import stun as other
from hypothesis import given
from hypothesis import strategies as st

from gateway.sip.transport.stun import Binding, Kind, answer, is_stun, read_binding, request

TRANSACTION = bytes(range(12))


def binding(data: bytes) -> Binding:
    read = read_binding(data)
    assert read is not None
    return read


@pytest.mark.parametrize("source", [("192.0.2.1", 32853), ("2001:db8:1234:5678:11:2233:4455:6677", 32853)])
def test_another_implementation_reads_how_we_see_it(source: tuple[str, int]) -> None:
    question = other.Message(other.Method.BINDING, other.Class.REQUEST, TRANSACTION)
    read = other.parse_message(answer(binding(bytes(question)), source))
    assert read.message_class is other.Class.RESPONSE and read.transaction_id == TRANSACTION
    assert read.attributes["XOR-MAPPED-ADDRESS"] == source
    assert "FINGERPRINT" not in read.attributes


@pytest.mark.parametrize("source", [("192.0.2.1", 5060), ("2001:db8::1", 1)])
def test_we_read_how_another_implementation_sees_us(source: tuple[str, int]) -> None:
    response = other.Message(other.Method.BINDING, other.Class.RESPONSE, TRANSACTION, {"XOR-MAPPED-ADDRESS": source})
    assert binding(bytes(response)) == Binding(Kind.SUCCESS, TRANSACTION, source)
    response.add_fingerprint()
    assert binding(bytes(response)).fingerprint


def test_our_question_is_one() -> None:
    read = other.parse_message(request(TRANSACTION))
    assert (read.message_method, read.message_class) == (other.Method.BINDING, other.Class.REQUEST)
    assert is_stun(request(TRANSACTION)) and answer(binding(request(TRANSACTION)), ("192.0.2.1", 5))


def test_who_shows_a_fingerprint_gets_one() -> None:
    question = other.Message(other.Method.BINDING, other.Class.REQUEST, TRANSACTION)
    question.add_fingerprint()
    assert "FINGERPRINT" in other.parse_message(answer(binding(bytes(question)), ("192.0.2.1", 5))).attributes


def test_a_wrong_fingerprint_is_no_message() -> None:
    question = other.Message(other.Method.BINDING, other.Class.REQUEST, TRANSACTION)
    question.add_fingerprint()
    assert read_binding(bytes(question)[:-1] + bytes([bytes(question)[-1] ^ 1])) is None


def test_what_must_be_understood_and_is_not_is_refused() -> None:
    question = bytes.fromhex("0001000c2112a442") + TRANSACTION + bytes.fromhex("003100030000000080770000")
    assert binding(question).unknown == (0x31,)
    refusal = answer(binding(question), ("192.0.2.1", 5))
    read = other.parse_message(refusal)
    assert read.message_class is other.Class.ERROR and read.error_code == 420
    assert refusal.endswith(bytes.fromhex("000a000200310000"))


def test_only_requests_are_answered() -> None:
    for kind in (other.Class.INDICATION, other.Class.RESPONSE, other.Class.ERROR):
        assert answer(binding(bytes(other.Message(other.Method.BINDING, kind, TRANSACTION))), ("192.0.2.1", 5)) == b""
    assert read_binding(bytes(other.Message(other.Method.ALLOCATE, other.Class.REQUEST, TRANSACTION))) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"INVITE sip:bob@b.example SIP/2.0\r\n",
        request(TRANSACTION)[:-1],
        request(TRANSACTION) + b"\0\0\0\0",
        bytes.fromhex("000100042112a442") + TRANSACTION + bytes.fromhex("00200008"),
        bytes.fromhex("000100082112a443") + TRANSACTION + bytes(8),
    ],
)
def test_what_is_broken_is_no_message(data: bytes) -> None:
    assert read_binding(data) is None


@given(st.binary(max_size=64))
def test_nothing_that_may_follow_the_header_raises(rest: bytes) -> None:
    rest += bytes(-len(rest) % 4)
    for kind in Kind:
        data = int(kind).to_bytes(2, "big") + len(rest).to_bytes(2, "big") + request(TRANSACTION)[4:] + rest
        read = read_binding(data)
        if read is not None:
            answer(read, ("192.0.2.1", 5))


def test_an_address_of_the_wrong_length_is_none() -> None:
    for length, family in ((4, 1), (8, 2), (20, 1), (8, 7)):
        value = bytes([0, family]) + os.urandom(length - 2)
        data = bytes.fromhex("0101") + (4 + length).to_bytes(2, "big") + request(TRANSACTION)[4:]
        assert binding(data + b"\0\x20" + length.to_bytes(2, "big") + value).mapped is None
