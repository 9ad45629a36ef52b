"""Two voice paths back to back: what is protected, what is kept out, and which port it takes. No socket, no waiting."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rtp.dtls import identity
from gateway.rtp.endpoint import Endpoint
from gateway.rtp.packet import RtpPacket
from gateway.rtp.path import Event, Failed, Secured, VoicePath
from gateway.rtp.protection import RTCP, RTP, DtlsSrtp, Plain, Protection, Sdes
from gateway.rtp.session import DigitReceived, Latched, Left
from gateway.rtp.srtp import SUITES, Srtp, new_key
from tests.rtp.line import CODECS, HERE, HERE_RTCP, STRANGER, THERE, THERE_RTCP, Stream, tone

OURS, THEIRS = (new_key("AES_CM_128_HMAC_SHA1_80", random.Random(n).randbytes) for n in (1, 2))
FINGERPRINT = identity().fingerprint
SILENCE = np.zeros(320, np.int16)
PROTECTIONS: dict[str, Callable[[bool], tuple[Protection, Protection]]] = {
    "plain": lambda muxed: (Plain(), Plain()),
    "sdes": lambda muxed: (Sdes(OURS, THEIRS), Sdes(THEIRS, OURS)),
    "dtls": lambda muxed: (dtls("client", muxed), dtls("server", muxed)),
}


def dtls(role: str, muxed: bool = False, fingerprint: tuple[str, str] = FINGERPRINT) -> DtlsSrtp:
    return DtlsSrtp(role, [fingerprint], identity(), (RTP,) if muxed else (RTP, RTCP), 0.0)


class Wire:
    """Two paths, and all that went between them."""

    def __init__(self, here: Protection, there: Protection, muxed: bool = False) -> None:
        rtcp_here, rtcp_there = (HERE, THERE) if muxed else (HERE_RTCP, THERE_RTCP)
        media = replace(Stream(), rtcp_mux=muxed)
        self.there_sees, self.here_sees = replace(media, remote=HERE, remote_rtcp=rtcp_here), media
        self.here_sees = replace(media, remote=THERE, remote_rtcp=rtcp_there)
        self.here = VoicePath(self.here_sees, here, CODECS, random.Random(1), 0.0, "here")
        self.there = VoicePath(self.there_sees, there, CODECS, random.Random(2), 0.0, "there")
        self.now = 0.0
        self.carried: list[tuple[str, int, bytes, Endpoint]] = []
        self.source = {RTP: HERE, RTCP: HERE_RTCP}

    def carry(self) -> None:
        """Until nobody has anything more to say."""
        for _ in range(8):
            for data, component, other, sources, name in (
                *((o, o[0], self.there, self.source, "here") for o in self.here.to_send()),
                *((o, o[0], self.here, {RTP: THERE, RTCP: THERE_RTCP}, "there") for o in self.there.to_send()),
            ):
                self.carried.append((name, *data))
                other.receive(data[1], component, sources[component], self.now)

    def talk(self, frames: int) -> None:
        for frame in tone(frames):
            for one in (self.here, self.there):
                one.session.push(frame, self.now)
            self.carry()
            self.now += 0.02
            for one in (self.here, self.there):
                one.session.pull(self.now)

    def report(self) -> None:
        self.now += 30
        for one in (self.here, self.there):
            one.handle_timer(self.now)
        self.carry()


def events(path: VoicePath) -> list[Event]:
    said = []
    while (event := path.next_event()) is not None:
        said.append(event)
    return said


@pytest.mark.parametrize("muxed", [False, True])
@pytest.mark.parametrize("name", PROTECTIONS)
def test_voice_digits_and_reports_cross(name: str, muxed: bool) -> None:
    wire = Wire(*PROTECTIONS[name](muxed), muxed)
    wire.carry()
    wire.here.session.send_digit("7")
    wire.talk(30)
    wire.report()
    wire.report()
    for path in (wire.here, wire.there):
        figures = path.figures
        assert figures.received == figures.sent == 31, "30 of voice, and silence before the second report"
        assert figures.far_lost == 0
        assert (figures.junk, figures.strangers, figures.replayed, figures.unauthentic) == (0, 0, 0, 0)
        assert figures.srtp == {"plain": "", "sdes": "AES_CM_128_HMAC_SHA1_80", "dtls": next(iter(SUITES))}[name]
    assert DigitReceived("7") in events(wire.there)
    assert {component for _, component, _, _ in wire.carried} == ({RTP} if muxed else {RTP, RTCP})


@pytest.mark.parametrize("muxed", [False, True])
@pytest.mark.parametrize("name", PROTECTIONS)
def test_the_goodbye_is_understood_whatever_protects_it(name: str, muxed: bool) -> None:
    wire = Wire(*PROTECTIONS[name](muxed), muxed)
    wire.carry()
    wire.talk(5)
    wire.here.close(wire.now)
    for component, data, _ in wire.here.farewell():
        wire.there.receive(data, component, wire.source[component], wire.now)
    assert Left() in events(wire.there)
    assert wire.here.get_timer() is None


def test_the_voice_cannot_be_read_on_the_way() -> None:
    wire = Wire(Sdes(OURS, THEIRS), Sdes(THEIRS, OURS))
    for _ in range(5):
        wire.here.session.push(SILENCE, 0.0)
    packets = [data for _, data, _ in wire.here.to_send()]
    assert len({data[12:172] for data in packets}) == 5
    assert {len(data) for data in packets} == {12 + 160 + 10}


def test_nothing_is_latched_that_is_not_authentic() -> None:
    """A stranger who knows the port and sends first, in the clear, or what was overheard of the call itself."""
    wire = Wire(Sdes(OURS, THEIRS), Sdes(THEIRS, OURS))
    for n in range(10):
        wire.there.receive(bytes(RtpPacket(0, n, 160 * n, 9, bytes(160))), RTP, STRANGER, 0.0)
    assert events(wire.there) == []
    wire.talk(10)
    (latched,) = (e for e in events(wire.there) if isinstance(e, Latched))
    assert latched.address == HERE
    for name, component, data, _ in list(wire.carried):
        if name == "here":
            wire.there.receive(data, component, STRANGER, 5.0)
    figures = wire.there.figures
    assert (figures.unauthentic, figures.replayed, figures.received) == (10, 10, 10)
    wire.there.session.push(SILENCE, 5.0)
    assert wire.there.to_send()[0][2] == HERE


def test_a_far_end_behind_a_nat_is_latched_when_it_is_authentic() -> None:
    wire = Wire(Sdes(OURS, THEIRS), Sdes(THEIRS, OURS))
    wire.source = {RTP: STRANGER, RTCP: STRANGER}
    wire.talk(3)
    assert wire.carried[-1][3] == STRANGER


def test_a_handshake_follows_a_far_end_behind_a_nat() -> None:
    wire = Wire(dtls("client"), dtls("server"))
    wire.source = {RTP: ("198.51.100.9", 1), RTCP: ("198.51.100.9", 2)}
    wire.carry()
    assert [e for e in events(wire.there) if isinstance(e, Secured)] == [Secured(next(iter(SUITES)))]
    assert {to for name, _, _, to in wire.carried if name == "there"} == set(wire.source.values())


@pytest.mark.parametrize("name", ["plain", "sdes"])
def test_only_a_handshake_says_when_there_are_keys(name: str) -> None:
    """The others have theirs from the descriptions, or none, from the beginning."""
    wire = Wire(*PROTECTIONS[name](False))
    wire.here.update(replace(Stream(), rtcp_mux=True), PROTECTIONS["plain"](False)[0], 1.0)
    wire.report()
    assert [e for path in (wire.here, wire.there) for e in events(path) if isinstance(e, Secured)] == []


def test_who_comes_second_does_not_take_a_handshake_over() -> None:
    wire = Wire(dtls("client"), dtls("server"))
    wire.there.receive(b"\x16" + bytes(20), RTP, STRANGER, 0.0)
    wire.there.receive(b"\x16" + bytes(20), RTP, ("203.0.113.7", 7), 0.0)
    assert wire.there.figures.junk == 1
    wire.carry()
    assert any(isinstance(e, Secured) for e in events(wire.there))


def test_before_there_are_keys_nothing_goes_out_and_nothing_comes_in() -> None:
    wire = Wire(dtls("client"), dtls("server"))
    wire.here.session.push(SILENCE, 0.0)
    assert {data[0] for _, data, _ in wire.here.to_send()} == {22}
    wire.here.receive(bytes(RtpPacket(0, 1, 0, 9, bytes(160))), RTP, THERE, 0.0)
    assert wire.here.figures.received == 0


def test_somebody_elses_certificate_is_told_once_and_no_voice_flows() -> None:
    wire = Wire(dtls("client", fingerprint=("sha-256", "AB:CD")), dtls("server"))
    wire.carry()
    (failed,) = events(wire.here)
    assert isinstance(failed, Failed)
    assert failed.reason.endswith("its SDP says another")
    wire.talk(5)
    assert wire.there.figures.received == 0
    assert events(wire.here) == []


def test_silence_in_the_handshake_is_told_when_its_time_is_over() -> None:
    path = Wire(dtls("client"), dtls("server")).there
    timer = path.get_timer()
    assert timer is not None
    path.handle_timer(10.0)
    assert events(path) == [Failed("DTLS: no handshake within 10 s")]


def test_nothing_is_sent_until_addresses_are_selected_and_then_there_only() -> None:
    wire = Wire(Plain(), Plain())
    wire.here.hold_back()
    wire.talk(3)
    assert [name for name, *_ in wire.carried] == ["there"] * 3
    selected = {RTP: ("203.0.113.7", 5_000), RTCP: ("203.0.113.7", 5_001)}
    wire.here.select(selected)
    wire.carried.clear()
    wire.talk(3)
    wire.report()
    assert {to for name, _, _, to in wire.carried if name == "here"} == set(selected.values())


def test_without_ice_any_more_the_sdp_says_where_to_send() -> None:
    wire = Wire(Plain(), Plain())
    wire.here.select({RTP: ("203.0.113.7", 5_000), RTCP: ("203.0.113.7", 5_001)})
    wire.talk(3)
    moved = replace(wire.here_sees, remote=("192.0.2.9", 7_000), remote_rtcp=("192.0.2.9", 7_001))
    wire.here.update(moved, Plain(), 1.0)
    wire.here.session.push(SILENCE, 1.0)
    assert wire.here.to_send()[0][2] == ("203.0.113.7", 5_000)
    wire.here.select({})
    wire.here.session.push(SILENCE, 1.0)
    assert wire.here.to_send()[0][2] == ("192.0.2.9", 7_000)


def test_a_handshake_waits_for_the_selected_address() -> None:
    wire = Wire(dtls("client"), dtls("server"))
    wire.here.hold_back()
    assert wire.here.to_send() == []
    wire.here.select({RTP: THERE, RTCP: THERE_RTCP})
    assert {to for _, _, to in wire.here.to_send()} == {THERE, THERE_RTCP}


def test_other_keys_in_mid_call_lose_no_packet() -> None:
    ours, theirs = Sdes(OURS, THEIRS), Sdes(THEIRS, OURS)
    wire = Wire(ours, theirs)
    wire.talk(10)
    another = new_key(OURS.suite, random.Random(9).randbytes)
    theirs.rekey(THEIRS, another)
    wire.talk(5)
    ours.rekey(another, THEIRS)
    wire.talk(5)
    figures = wire.there.figures
    assert (figures.received, figures.unauthentic, figures.replayed) == (20, 0, 0)


def test_a_call_may_become_protected() -> None:
    wire = Wire(Plain(), Plain())
    wire.talk(3)
    wire.here.update(wire.here_sees, dtls("client"), 1.0)
    wire.there.update(wire.there_sees, dtls("server"), 1.0)
    wire.talk(10)
    assert wire.there.figures.srtp
    assert 12 <= wire.there.figures.received <= 13  # the first went out before there were keys


def test_reports_to_who_wants_none_are_not_sent() -> None:
    path = VoicePath(Stream(reports=False, direction="inactive"), Plain(), CODECS, random.Random(1), 0.0, "here")
    path.handle_timer(30.0)
    assert path.to_send() == []


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=60), st.sampled_from([RTP, RTCP]), st.booleans()), max_size=8),
    st.sampled_from(list(PROTECTIONS)),
    st.booleans(),
)
def test_junk_never_raises(datagrams: list[tuple[bytes, int, bool]], name: str, muxed: bool) -> None:
    wire = Wire(*PROTECTIONS[name](muxed), muxed)
    for data, component, prefixed in datagrams:
        wire.here.receive(b"\x80\xc8" * prefixed + data, component, THERE, 0.0)
    wire.carry()
    wire.talk(3)
    assert not [e for e in events(wire.here) if isinstance(e, Failed)]


@pytest.mark.parametrize(
    ("suite", "tag"),
    [
        ("AES_CM_128_HMAC_SHA1_80", 10),
        ("AES_CM_128_HMAC_SHA1_32", 4),
        ("AEAD_AES_128_GCM", 16),
        ("AEAD_AES_256_GCM", 16),
    ],
)
def test_a_packet_grows_by_its_tag(suite: str, tag: int) -> None:
    key = new_key(suite, random.Random(1).randbytes)
    packet = Srtp(key, key).protect_rtp(bytes(RtpPacket(0, 1, 1, 1, bytes(160))))
    assert packet is not None
    assert len(packet) == 172 + tag
