"""What is fuzzed: one function for each reader, which takes any bytes and raises only when the reader is wrong."""

import random
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
from sipmessage import Request, Response

from gateway.codecs import CodecFault, ComfortNoise, OpusParameters, decoder
from gateway.rtp import rtcp
from gateway.rtp.packet import PacketFault, RtpPacket
from gateway.rtp.srtp import SUITES, Key, Srtp
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import DtlsParameters, IceParameters, LocalMedia, MasterKey
from gateway.sdp.media import Srtp as Policy
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.agent import Agent, AgentSettings
from gateway.sip.events import Answered, IncomingCall
from gateway.sip.settings import Limits
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.message import read_message
from gateway.sip.transport import stun
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.stream import StreamReader
from tests.rtp.line import STRANGER, THERE, THERE_RTCP, Payload, Stream, session

Target = Callable[[bytes], None]

PEER = ("192.0.2.9", 5060)
OURS = ("192.0.2.1", 5060)
LIMITS = Limits(message_bytes=20_000)

SILENCE = np.zeros(320, np.int16)

EVERY_CODEC = Stream(
    receive=(
        Payload(0, "PCMU"),
        Payload(8, "PCMA"),
        Payload(9, "G722"),
        Payload(96, "opus", 48_000),
        Payload(97, "L16", 16_000),
    )
)
"""a far end that may change its codec with every packet"""
CODECS = (("PCMU", 8_000), ("PCMA", 8_000), ("G722", 8_000), ("L16", 16_000), ("opus", 48_000))

DTLS = DtlsParameters((("sha-256", ":".join(["AB"] * 32)),))
KEYS = tuple(MasterKey(name, bytes(range(suite.key + suite.salt))) for name, suite in SUITES.items())
LOCALS = (
    LocalMedia("192.0.2.1", 4000),
    LocalMedia("2001:db8::1", 4000, ("opus", "G722", "PCMA", "L16"), rtcp_mux=True, xr=True, comfort_noise=True),
    LocalMedia("192.0.2.1", 4000, srtp=Policy.OPTIONAL, keys=KEYS, ice=IceParameters("abcd", "p" * 22)),
    LocalMedia("192.0.2.1", 4000, srtp=Policy.MANDATORY, keys=KEYS, dtls=DTLS),
)


def message(data: bytes) -> None:
    """What is read is written, and read as the same."""
    found = read_message(data, header_fields=64)
    if isinstance(found, Request | Response):
        again = read_message(bytes(found), header_fields=64)
        assert isinstance(again, type(found)), again
        assert str(again.headers) == str(found.headers)


def sdp(data: bytes) -> None:
    """An offer is answered line by line, or refused by a status; the same bytes as an answer are taken or refused."""
    for local in LOCALS:
        negotiation = Negotiation(local, 7)
        with suppress(UnacceptableOffer):
            answer = negotiation.answer(data)
            theirs = SessionDescription.parse(data.decode("utf-8", "replace"))
            assert len(SessionDescription.parse(answer.decode()).media) == len(theirs.media)
            negotiation.offer()
        offering = Negotiation(replace(local, codecs=("PCMU",)), 8)
        offering.offer()
        with suppress(UnacceptableOffer):
            offering.answered(data)


def binding(data: bytes) -> None:
    """A request is answered by a response that is read."""
    found = stun.read_binding(data)
    if found is not None and (said := stun.answer(found, PEER)):
        answer = stun.read_binding(said)
        assert answer is not None and answer.transaction == found.transaction


def _pieces(data: bytes) -> Iterator[bytes]:
    """Cut where 16 bits say how long each is."""
    place = 0
    while place + 2 <= len(data):
        (length,) = struct.unpack_from("!H", data, place)
        yield data[place + 2 : place + 2 + length]
        place += 2 + length


def pieces(*packets: bytes) -> bytes:
    """Packets as the targets of streams take them."""
    return b"".join(struct.pack("!H", len(packet)) + packet for packet in packets)


def voice(data: bytes) -> None:
    """RTP and its digits, through the whole session; voice comes out of it in frames of 20 ms."""
    with suppress(PacketFault):
        assert bytes(RtpPacket.parse(data))[0] >> 6 == 2
    ours, now = session(EVERY_CODEC), 0.0
    for number, packet in enumerate(_pieces(data)):
        ours.receive_rtp(packet, STRANGER if number % 7 == 6 else THERE, now)
        now += 0.02
        assert ours.pull(now).shape == (320,)
        ours.push(SILENCE, now)
        ours.rtp_to_send()
    while ours.next_event() is not None:
        pass
    assert ours.figures.received >= 0


def payloads(data: bytes) -> None:
    """Every decoder gives voice or says that there is none, and so does the noise; what Opus is to be is read."""
    decoders = [decoder(name, rate) for name, rate in CODECS]
    noise = ComfortNoise(16_000)
    for piece in _pieces(data):
        for each in decoders:
            with suppress(CodecFault):
                assert each.decode(piece).dtype == np.int16
            with suppress(CodecFault):
                recovered = each.recover(piece, each.sample_rate // 50)
                assert recovered is None or recovered.dtype == np.int16
        with suppress(CodecFault):
            noise.describe(piece)
        assert noise.noise(320).shape == (320,)
        OpusParameters.parse(piece.decode(errors="replace"))


def reports(data: bytes) -> None:
    """RTCP, read and taken in by a session that is talking."""
    with suppress(PacketFault):
        for report in rtcp.parse(data):
            assert rtcp.parse(bytes(report)), report
    ours, now = session(Stream()), 0.0
    for packet in _pieces(data):
        now += 1.0
        ours.push(SILENCE, now)
        ours.receive_rtcp(packet, THERE_RTCP, now)
        if (due := ours.get_timer()) is not None and due <= now:
            ours.handle_timer(now)
        ours.rtcp_to_send()
    assert ours.figures.junk >= 0


def protected(data: bytes) -> None:
    """SRTP and SRTCP under every suite: nothing of a stranger comes out."""
    for name, suite in SUITES.items():
        key = Key(name, bytes(range(suite.key + suite.salt)))
        ours = Srtp(key, key)
        for packet in _pieces(data):
            for clear in (ours.unprotect_rtp(packet, 0.0), ours.unprotect_rtcp(packet, 0.0)):
                assert clear is None or len(clear) < len(packet)


def framing(data: bytes) -> None:
    """However a stream is cut, the same messages come out of it."""
    cuts = random.Random(len(data))

    def read(step: Callable[[], int]) -> list[str]:
        reader, found, place = StreamReader(LIMITS), list[str](), 0
        while place < len(data) and not reader.closed:
            size = step()
            found += [
                one.reason if isinstance(one, PeerFault) else str(one.headers)
                for one in reader.receive(data[place : place + size])
            ]
            place += size
        return found

    whole = read(lambda: len(data))
    assert read(lambda: 1) == whole
    assert read(lambda: cuts.randint(1, 64)) == whole


BREAK = b"\x00\x01"
"""between two steps of a dialog"""


def dialogs(data: bytes) -> None:
    """The whole agent, led through a dialog: each step is something that its user does, time that passes, or a message
    in which ``@T@`` is our tag, ``@B@`` a branch of ours and ``@I@`` our Call-ID."""
    agent = Agent(AgentSettings({"UDP": OURS, "TCP": OURS}, limits=LIMITS, trace=False), random.Random(3))
    led = _Led(agent)
    for step in data.split(BREAK)[:40]:
        led.step(step)
    agent.close(led.now)
    for _ in range(400):
        led.drain()
        due = agent.get_timer()
        if due is None:
            break
        led.now = max(led.now, due)
        agent.handle_timer(led.now)
    assert agent.closed, "every call ends, whatever was said in it"


class _Led:
    """An agent, and what of it a script can name."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.now = 0.0
        self.names = {b"@T@": b"none", b"@B@": b"none", b"@I@": b"none"}
        self.calls: list[str] = []

    def step(self, step: bytes) -> None:
        """One line of the script. What our own user does wrong is its own fault."""
        verb, _, rest = step.partition(b" ")
        media = LocalMedia(OURS[0], 4000)
        call = self.calls[-1] if self.calls else ""
        with suppress(LookupError, ValueError):
            match verb:
                case b"!ring":
                    self.agent.ring(call, self.now)
                case b"!accept":
                    self.agent.accept(call, media, self.now)
                case b"!reject":
                    self.agent.reject(call, 486, self.now)
                case b"!invite":
                    self.calls.append(self.agent.invite(f"sip:peer@{PEER[0]}", media, self.now))
                case b"!hold":
                    self.agent.hold(call, rest != b"off", self.now)
                case b"!hangup":
                    self.agent.hang_up(call, self.now)
                case b"!wait":
                    self._wait(float(rest or b"1"))
                case b"!tcp":
                    self._receive(self.agent.receive_stream, rest, Flow("TCP", *PEER, 5))
                case _:
                    self._receive(self.agent.receive_datagram, step, Flow("UDP", *PEER))
        self.drain()

    def _receive(self, receive: Callable[[bytes, Flow, float], None], data: bytes, flow: Flow) -> None:
        """A reader that raises is wrong, also when it raises what a mistake of its user raises."""
        try:
            receive(self._filled(data), flow, self.now)
        except (LookupError, ValueError) as fault:
            raise AssertionError(repr(fault)) from fault

    def _wait(self, seconds: float) -> None:
        end = self.now + (min(seconds, 4000.0) if seconds > 0 else 0.0)  # a NaN is not
        for _ in range(300):
            due = self.agent.get_timer()
            if due is None or not due <= end:
                break
            self.now = max(self.now, due)
            self.agent.handle_timer(self.now)
            self.drain()
        self.now = max(self.now, end)

    def _filled(self, data: bytes) -> bytes:
        for name, value in self.names.items():
            data = data.replace(name, value)
        return data

    def drain(self) -> None:
        for sent in self.agent.datagrams_to_send():
            if sent.data.strip():
                self._learn(sent.data)
        while (event := self.agent.next_event()) is not None:
            if isinstance(event, IncomingCall):
                self.calls.append(event.call)
            elif isinstance(event, Answered):
                assert event.media.remote

    def _learn(self, data: bytes) -> None:
        """Names of the script, out of what we sent, which must be sound unless it says back what was not."""
        found = read_message(data)
        if isinstance(found, PeerFault):
            assert data.startswith((b"SIP/2.0 4", b"SIP/2.0 5")), data
            return
        ours = "From" if data[:7] != b"SIP/2.0" else "To"
        for name, value in (
            (b"@T@", found.headers[ours].rpartition(";tag=")[2]),
            (b"@I@", found.headers["Call-ID"]),
            (b"@B@", found.headers["Via"].rpartition("branch=")[2].partition(";")[0]),
        ):
            if ours == "From" or name == b"@T@":
                self.names[name] = value.encode()


TARGETS: dict[str, Target] = {
    "message": message,
    "framing": framing,
    "sdp": sdp,
    "stun": binding,
    "rtp": voice,
    "payloads": payloads,
    "rtcp": reports,
    "srtp": protected,
    "dialogs": dialogs,
}
