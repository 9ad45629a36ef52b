"""Opus (:rfc:`6716`), mono, through libopus: wideband by default; its RTP clock is 48 kHz (:rfc:`7587`)."""

import ctypes
import weakref
from dataclasses import dataclass, replace

import numpy as np

from gateway.codecs import libopus
from gateway.codecs.codec import LONGEST_MS, SHORTEST_MS, CodecFault, Samples
from gateway.codecs.opus_parameters import OpusParameters

_ROOM_MS = 120
"""of one packet, :rfc:`6716#section-3.2`"""
_DTX_BYTES = 2
_PACKET_MS = (10, 20, 40, 60)
"""that an encoder takes at once, of those that we send"""
_COPIES_FROM = 6
"""percent of packets lost, from which libopus copies at any bitrate that leaves room for a copy"""


@dataclass(frozen=True)
class OpusSettings:
    """How Opus is to be encoded."""

    sample_rate: int = 16_000
    """Hz: 8,000, 12,000, 16,000, 24,000 or 48,000."""
    bitrate: int = 24_000
    """bit/s, 6,000 to 510,000."""
    complexity: int = 5
    """0 to 10; 5 is where wideband speech stops gaining."""
    fec: bool = True
    """Whether each packet carries a coarse copy of the one before (:rfc:`6716#section-2.1.7`)."""
    expected_loss: int = 0
    """Percent of packets lost on the way; decides how many bits the copy gets, and with 0 there is none: at 24 kbit/s
    copies for 10 % cost 0.3 of PESQ-WB where nothing is lost."""
    dtx: bool = False
    """Whether silence is sent as a packet every 400 ms (:rfc:`6716#section-2.1.9`)."""
    cbr: bool = False
    """Whether all packets are of one size."""
    max_bandwidth: int = 48_000
    """Hz, of the samples that have all that is encoded: 8,000 to 48,000."""
    min_packet_ms: int = SHORTEST_MS
    """Shorter packets are not made."""

    def wanted_by(self, far: OpusParameters) -> "OpusSettings":
        """What is left of them for a far end: less where it wants less, and no copies where it has no use for them."""
        return replace(
            self,
            bitrate=min(self.bitrate, far.max_average_bitrate),
            fec=self.fec and far.inband_fec,
            dtx=self.dtx and far.dtx is not False,
            cbr=self.cbr or far.cbr,
            max_bandwidth=min(self.max_bandwidth, far.max_playback_rate),
            min_packet_ms=max(self.min_packet_ms, far.min_ptime),
        )

    @property
    def parameters(self) -> OpusParameters:
        """What we say of ourselves: all that we play has our sample rate, and copies are made use of. Gaps are no
        trouble to us, and not asked for: whether they save anything is for the one who sends to say. What we capture
        is left unsaid: it is a hint that costs 28 bytes of an INVITE, which has to fit into a datagram."""
        return OpusParameters(max_playback_rate=self.sample_rate, inband_fec=True)


def _worth_copies(percent: int) -> int:
    """A loss for which libopus makes copies, where any is expected. Up to 5 % it rather keeps its bandwidth, and makes
    none where the bitrate allows no both (decide_fec() in its src/opus_encoder.c): measured at 24 kbit/s with 5 % of
    the packets lost, PESQ-WB 2.5 told 2 to 5 %, and 3.6 told 6 %."""
    return max(percent, _COPIES_FROM) if percent > 0 else percent


class OpusEncoder:
    """20 ms of voice to one packet."""

    def __init__(self, settings: OpusSettings | None = None) -> None:
        settings = settings or OpusSettings()
        self.sample_rate = settings.sample_rate
        self._library = libopus.load()
        error = ctypes.c_int()
        self._state = self._library.opus_encoder_create(
            settings.sample_rate, 1, libopus.APPLICATION_VOIP, ctypes.byref(error)
        )
        if error.value:
            raise ValueError(f"Opus cannot encode at {settings.sample_rate} Hz")
        weakref.finalize(self, self._library.opus_encoder_destroy, self._state)
        self._set(libopus.SET_BITRATE, settings.bitrate, "bitrate")
        self._set(libopus.SET_COMPLEXITY, settings.complexity, "complexity")
        self._set(libopus.SET_INBAND_FEC, int(settings.fec), "FEC")
        self._fec = settings.fec
        expected = _worth_copies(settings.expected_loss) if settings.fec else 0
        self._set(libopus.SET_PACKET_LOSS_PERC, expected, "expected loss")
        self._set(libopus.SET_DTX, int(settings.dtx), "DTX")
        self._set(libopus.SET_VBR, int(not settings.cbr), "variable bitrate")
        self._set(libopus.SET_MAX_BANDWIDTH, _bandwidth(settings.max_bandwidth), "bandwidth")
        self._shortest_ms = settings.min_packet_ms
        self._dtx = settings.dtx
        self._packet = ctypes.create_string_buffer(libopus.MAX_PACKET)

    def _set(self, request: int, value: int, name: str) -> None:
        if self._library.opus_encoder_ctl(self._state, request, value):
            raise ValueError(f"Opus does not take {value} as its {name}")

    @property
    def rests(self) -> bool:
        """Whether the last packet was one of those of a silence, sent or not; libopus before 1.3 does not tell."""
        value = ctypes.c_int(0)
        return (
            self._dtx
            and not self._library.opus_encoder_ctl(self._state, libopus.GET_IN_DTX, ctypes.byref(value))
            and bool(value.value)
        )

    def packet_ms(self, wanted: int) -> int:
        """The longest of 10, 20, 40 and 60 that is not more than wanted, unless the far end wants none so short."""
        least = next((each for each in _PACKET_MS if each >= self._shortest_ms), LONGEST_MS)
        allowed = min(max(wanted, least), LONGEST_MS)
        return max(each for each in _PACKET_MS if each <= allowed)

    def expect_loss(self, percent: int) -> None:
        """Give the copy of each packet bits by this, where there is one."""
        if self._fec:
            self._set(libopus.SET_PACKET_LOSS_PERC, _worth_copies(min(max(percent, 0), 100)), "expected loss")

    def encode(self, samples: Samples) -> bytes:
        """One packet, empty in a silence that is not sent; ``ValueError`` unless it is 10, 20, 40 or 60 ms."""
        size = self._library.opus_encode(self._state, samples.tobytes(), len(samples), self._packet, libopus.MAX_PACKET)
        if size < 0:
            raise ValueError(f"Opus cannot encode {len(samples)} samples of {self.sample_rate} Hz in one packet")
        # what DTX leaves of a packet, its first byte, need not be sent (opus_encode() in opus.h)
        return b"" if self._dtx and size <= _DTX_BYTES else self._packet.raw[:size]


class OpusDecoder:
    """One packet to voice; stereo comes out as mono."""

    stateless = False

    def __init__(self, sample_rate: int = 16_000) -> None:
        self.sample_rate = sample_rate
        self._library = libopus.load()
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(sample_rate, 1, ctypes.byref(error))
        if error.value:
            raise ValueError(f"Opus cannot decode to {sample_rate} Hz")
        weakref.finalize(self, self._library.opus_decoder_destroy, self._state)
        self._room = np.empty(sample_rate * _ROOM_MS // 1000, np.int16)
        self._address = self._room.ctypes.data

    def decode(self, payload: bytes) -> Samples:
        """The packet's voice, up to 120 ms; :class:`CodecFault` where libopus finds it corrupted."""
        if not payload:
            raise CodecFault("Opus payload is empty")  # to libopus, empty means lost
        return self._decode(payload, len(self._room), 0)

    def conceal(self, samples: int) -> Samples | None:
        """libopus's own concealment, `samples` rounded down to 2.5 ms steps; None where nothing is left."""
        step = self.sample_rate // 400
        wanted = min(samples // step * step, len(self._room))
        return self._decode(None, wanted, 0) if wanted else None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The copy of the lost packet inside `following`; None without one, or for more than a packet can hold."""
        if samples > len(self._room) or not carries_redundancy(following):
            return None
        return self._decode(following, samples, 1)

    def _decode(self, payload: bytes | None, room: int, fec: int) -> Samples:
        size = len(payload) if payload else 0
        got = self._library.opus_decode(self._state, payload, size, self._address, room, fec)
        if got < 0:
            raise CodecFault(f"Opus payload of {size} bytes: {libopus.reason(self._library, got)}")
        return self._room[:got].copy()


def carries_redundancy(packet: bytes) -> bool:
    """Whether a mono SILK or hybrid packet has its LBRR flag set (:rfc:`6716#section-4.2.3`).

    libopus would conceal silently where there is none; the playout prefers to know.
    """
    if len(packet) < 2:
        return False
    configuration, stereo, code = packet[0] >> 3, bool(packet[0] & 4), packet[0] & 3
    if configuration >= 16 or stereo or code > 1:  # CELT only has no redundancy
        return False
    frames_of_20_ms = max(1, configuration % 4) if configuration < 12 else 1
    return bool((packet[1] << frames_of_20_ms) & 0x80)


def _bandwidth(sample_rate: int) -> int:
    """The narrowest that has all of it."""
    return next((code for rate, code in libopus.BANDWIDTHS.items() if rate >= sample_rate), libopus.BANDWIDTHS[48_000])
