"""The handshake between two of ours, in simulated time but for OpenSSL's own retransmission (see end_to_end)."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rtp.dtls import DEADLINE_S, MTU, Dtls, Identity, State, identity, in_datagrams
from gateway.rtp.srtp import SUITES

OURS = identity()
SOMEBODY = Identity(identity.__wrapped__().certificate, OURS.key)


def ends(theirs: str = OURS.fingerprint[1], name: str = "sha-256") -> tuple[Dtls, Dtls]:
    """Client and server; what the client believes of the server."""
    return Dtls("client", [(name, theirs)], OURS, 0.0), Dtls("server", [OURS.fingerprint], OURS, 0.0)


def shake(client: Dtls, server: Dtls, carry: Callable[[bytes], list[bytes]] = lambda data: [data]) -> None:
    for _ in range(8):
        for one, other in ((client, server), (server, client)):
            for data in one.to_send():
                for carried in carry(data):
                    other.receive(carried, 0.1)


def test_both_have_the_same_keys_each_its_own_way_round() -> None:
    client, server = ends()
    shake(client, server)
    assert client.state is server.state is State.DONE
    assert client.keys is not None
    assert server.keys == client.keys[::-1]
    assert client.keys[0] != client.keys[1]
    assert client.keys[0].suite == next(iter(SUITES))
    suite = SUITES[client.keys[0].suite]
    assert len(client.keys[0].key_and_salt) == suite.key + suite.salt
    assert client.timer is server.timer is None


def test_the_certificate_of_the_process_is_one_and_its_fingerprint_is_sha_256() -> None:
    assert identity() is OURS
    name, digest = OURS.fingerprint
    assert name == "sha-256"
    assert re.fullmatch("(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", digest)
    assert "key" not in repr(OURS)


def test_somebody_elses_certificate_gives_no_keys() -> None:
    client, server = ends(SOMEBODY.fingerprint[1])
    shake(client, server)
    assert client.state is State.FAILED
    assert client.keys is None
    assert client.failure == (
        f"DTLS: the far end's certificate has sha-256 {OURS.fingerprint[1]}, its SDP says another"
    )
    assert server.keys is None
    server.handle_timer(DEADLINE_S)
    assert server.state is State.FAILED
    assert server.failure.startswith("DTLS: no handshake within 10 s: ")


def test_a_hash_that_is_none_any_more_proves_nothing() -> None:
    client, server = ends("AB:CD", "md5")
    shake(client, server)
    assert client.failure == "DTLS: the far end's SDP has no fingerprint that we can check"


def test_the_strongest_hash_counts_and_case_does_not() -> None:
    lower = OURS.fingerprint[1].lower()
    weak_and_right = [("sha-1", "00:11"), ("SHA-256", lower), ("sha-256", "22:33")]
    client, server = Dtls("client", weak_and_right, OURS, 0.0), Dtls("server", [OURS.fingerprint], OURS, 0.0)
    shake(client, server)
    assert client.state is State.DONE


def test_repeated_and_reordered_flights_do_no_harm() -> None:
    client, server = ends()
    shake(client, server, lambda data: [data, data])
    assert client.state is server.state is State.DONE
    assert server.keys is not None
    assert client.keys == server.keys[::-1]


def test_every_datagram_fits_the_way() -> None:
    client, server = ends()
    sizes: list[int] = []

    def measured(data: bytes) -> list[bytes]:
        sizes.append(len(data))
        return [data]

    shake(client, server, measured)
    assert 0 < max(sizes) <= MTU


def test_records_are_packed_whole() -> None:
    record = bytes(11) + (500).to_bytes(2, "big") + bytes(500)
    assert [len(d) for d in in_datagrams(record * 5)] == [1026, 1026, 513]
    assert in_datagrams(b"") == []


def test_silence_fails_at_the_deadline_with_a_sentence() -> None:
    server = Dtls("server", [OURS.fingerprint], OURS, 5.0)
    wakes_at = server.timer
    assert wakes_at == 5.0 + DEADLINE_S
    server.handle_timer(14.9)
    assert server.failure == ""
    server.handle_timer(15.0)
    assert server.failure == "DTLS: no handshake within 10 s"
    assert server.state is State.FAILED
    assert server.timer is None
    server.receive(b"\x16", 16.0)
    assert server.to_send() == []


def test_a_client_asks_to_be_woken_to_say_it_again() -> None:
    client, _ = ends()
    assert client.timer == pytest.approx(1.0, abs=0.2)  # RFC 6347, section 4.2.4.1


def test_a_goodbye_is_understood() -> None:
    client, server = ends()
    shake(client, server)
    client.close()
    for data in client.to_send():
        server.receive(data, 1.0)
    assert client.state is server.state is State.CLOSED


def test_who_breaks_the_handshake_time_after_time_ends_it() -> None:
    """A ClientHello whose inner length is wrong is fatal to OpenSSL."""
    server = Dtls("server", [OURS.fingerprint], OURS, 0.0)
    broken = bytes.fromhex("16fefd0000000000000000003a0100002e000000000000002e") + b"\xfe\xfd" + b"\xff" * 44
    for _ in range(5):
        assert server.state is State.SHAKING
        server.receive(broken, 1.0)
    assert server.state is State.FAILED
    assert server.failure.startswith("DTLS: the handshake failed: ")


def test_a_broken_hello_of_anybody_does_not_keep_the_far_end_out() -> None:
    client, server = ends()
    server.receive(bytes.fromhex("16fefd0000000000000000003a0100002e000000000000002e") + b"\xff" * 46, 0.0)
    server.to_send()
    shake(client, server)
    assert client.state is server.state is State.DONE


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=60),
            st.builds(
                lambda kind, body: bytes([kind]) + b"\xfe\xfd" + bytes(8) + len(body).to_bytes(2, "big") + body,
                st.integers(20, 26),
                st.binary(max_size=60),
            ),
        ),
        max_size=4,
    )
)
def test_junk_never_raises_before_or_after(datagrams: list[bytes]) -> None:
    client, server = ends()
    for data in datagrams:
        client.receive(data, 0.0)
        server.receive(data, 0.0)
    done, there = ends()
    shake(done, there)
    for data in datagrams:
        done.receive(data, 1.0)
    assert done.state is State.DONE
    assert done.keys is not None
