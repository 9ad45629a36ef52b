"""A far end that speaks several codecs: the one it is spoken to in, or others by turns. In a thread of its own.

One source, one run of sequence numbers and one of time, in the clock of each codec; it signals nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gateway.codecs import Resampler, decoder, encoder
from gateway.rtp.packet import RtpPacket
from tests.end_to_end.peers.voice_threads import PACKET_S, VoiceThreads
from tests.end_to_end.speech import Samples


@dataclass(frozen=True)
class Tongue:
    """One codec."""

    payload_type: int
    name: str
    clock_rate: int = 8000


ULAW, ALAW, G722, OPUS = Tongue(0, "PCMU"), Tongue(8, "PCMA"), Tongue(9, "G722"), Tongue(96, "opus", 48_000)
TONGUES: Final = {tongue.payload_type: tongue for tongue in (ULAW, ALAW, G722, OPUS)}


class Polyglot(VoiceThreads):
    """Says `voice`, 8 kHz, over and over as soon as it is spoken to."""

    def __init__(self, voice: Samples, turns: Sequence[Tongue] = (), turn_s: float = 1.0) -> None:
        """:param turns: what is spoken by turns of so many s; empty: what is heard is answered alike"""
        super().__init__()
        self.heard: list[RtpPacket] = []
        self.said: list[Tongue] = []
        """of each packet"""
        self._voice, self._turns, self._turn = voice, turns, round(turn_s / PACKET_S)
        self._encoders = {tongue: encoder(tongue.name, tongue.clock_rate) for tongue in TONGUES.values()}
        self._wide = Resampler(8000, 16_000)

    def heard_in(self, tongue: Tongue) -> list[RtpPacket]:
        """Packets of that codec."""
        return [packet for packet in self.heard if packet.payload_type == tongue.payload_type]

    @property
    def changes(self) -> list[Tongue]:
        """The codecs that were heard, one after the other."""
        types = [packet.payload_type for packet in self.heard]
        return [TONGUES[one] for n, one in enumerate(types) if n == 0 or types[n - 1] != one]

    def hear(self, data: bytes, source: tuple[str, int]) -> None:
        self._far = source
        self.heard.append(RtpPacket.parse(data))

    def packet(self, number: int) -> bytes | None:
        if not self.heard:
            return None
        spoken = len(self.said)
        tongue = self._tongue(spoken)
        self.said.append(tongue)
        timestamp = spoken * tongue.clock_rate // 50 & 0xFFFFFFFF
        payload = self._payload(tongue, spoken)
        return bytes(RtpPacket(tongue.payload_type, spoken & 0xFFFF, timestamp, 0xF0011107, payload))

    def _tongue(self, number: int) -> Tongue:
        if not self._turns:
            return TONGUES[self.heard[-1].payload_type]
        return self._turns[min(number // self._turn, len(self._turns) - 1)]

    def _payload(self, tongue: Tongue, number: int) -> bytes:
        narrow = np.take(self._voice, np.arange(number * 160, (number + 1) * 160), mode="wrap")
        wide, coder = self._wide.resample(narrow), self._encoders[tongue]
        return coder.encode(wide if coder.sample_rate == 16_000 else narrow)


def spoken(packets: Sequence[RtpPacket]) -> Samples:
    """The voice in packets of one codec, 8 kHz."""
    tongue = TONGUES[packets[0].payload_type]
    ear = decoder(tongue.name, tongue.clock_rate)
    voice = np.concatenate([ear.decode(packet.payload) for packet in packets])
    return voice if ear.sample_rate == 8000 else Resampler(16_000, 8000).resample(voice)
