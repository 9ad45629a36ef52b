"""The sending half of a session: frames in, RTP packets out, digits in place of voice while a key is pressed."""

import random
from collections import deque
from collections.abc import Collection

from gateway.rtp.codec import Encoder, EncoderFactory, Resampler, ResamplerFactory, Samples
from gateway.rtp.dtmf import ToneSender
from gateway.rtp.media import Format
from gateway.rtp.packet import RtpPacket
from gateway.rtp.packing import Packed, Packing
from gateway.rtp.telephone_event import KEYS, EventSender

FRAME_RATE = 16_000
"""Hz, of the frames the phone gives."""
_FRAMES_A_SECOND = 50
_SSRCS = 16
"""of ours that are remembered"""


class Sending:
    """One source of ours. The timestamp follows the frames given, sent or not: it is the sampling clock."""

    def __init__(self, encoder: EncoderFactory, resampler: ResamplerFactory, randomness: random.Random) -> None:
        self._new_encoder, self._new_resampler = encoder, resampler
        self._random = randomness
        # below 2^15: who joins late in SRTP counts the rollovers as we do (RFC 3711, section 3.3.1)
        self._sequence = randomness.getrandbits(15)
        self._timestamp = randomness.getrandbits(32)
        self._speaking = False
        self._format: Format | None = None
        self._encoder: Encoder | None = None
        self._packing: Packing | None = None
        self._packet_ms = 0
        self._resampler: Resampler | None = None
        self._events: EventSender | None = None
        self._event_type = 0
        self._takes: Collection[int] = KEYS
        self._tones = ToneSender()
        self.ssrcs: deque[int] = deque([randomness.getrandbits(32)], maxlen=_SSRCS)
        """who we are in this session, and before that who we were."""
        self.packets = 0
        """sent under this SSRC."""
        self.octets = 0
        """of payload in them."""
        self.faults = 0
        """frames that the encoder refused."""

    @property
    def ssrc(self) -> int:
        """Who we are in this session."""
        return self.ssrcs[0]

    @property
    def timestamp(self) -> int:
        """Of the next frame."""
        return self._timestamp

    @property
    def takes_events(self) -> bool:
        """Whether digits go as events; as tones otherwise."""
        return self._events is not None

    def choose(self, voice: Format, events: Format | None, packet_ms: int = 20, takes: Collection[int] = KEYS) -> None:
        """Send voice and digits like this from now on; ``LookupError`` for a codec that is not known.

        :param takes: the codes of the events that the far end takes."""
        old = self._format
        another = old is None or _codec(old) != _codec(voice)
        if another or self._encoder is None:
            encoder = self._new_encoder(voice.name, voice.clock_rate, voice.fmtp)
            rate = encoder.sample_rate
            self._resampler = self._new_resampler(FRAME_RATE, rate) if rate != FRAME_RATE else None
            self._encoder, self._events = encoder, None
        if another or packet_ms != self._packet_ms:
            self._packing, self._packet_ms = Packing(self._encoder, voice.clock_rate, packet_ms), packet_ms
        self._format, self._takes = voice, takes
        if events is None:
            self._events = None
        else:
            self._event_type = events.payload_type
            self._events = self._events or EventSender(events.clock_rate)

    def press(self, digit: str, duration_ms: int) -> None:
        """Send a digit: as an event, or its tones where the far end takes none. ``ValueError``: neither is possible."""
        if self._events is not None:
            self._events.press(digit, duration_ms, self._takes)
        else:
            self._tones.press(digit, duration_ms)

    def hold(self, digit: str) -> None:
        """The same until :meth:`release`; tones are as long as ever, for who hears them may take them for speech."""
        if self._events is not None:
            self._events.hold(digit, self._takes)
        else:
            self._tones.press(digit)

    def release(self) -> None:
        """Let it go."""
        if self._events is not None:
            self._events.release()

    def collide(self) -> None:
        """Somebody else has our SSRC: take another (:rfc:`3550#section-8.2`)."""
        self.ssrcs.appendleft(self._random.getrandbits(32))
        self.packets = self.octets = 0

    def pause(self, frames: int = 1) -> None:
        """So many times 20 ms in which nothing is sent, not even what was held for a full packet."""
        self._speaking = False
        if self._packing is not None:
            self._packing.drop()
        self._advance(frames)

    def frame(self, samples: Samples) -> list[bytes]:
        """The packets that these 20 ms make full: voice, or an event in its place; none where the encoder refused."""
        if self._format is None or self._encoder is None or self._packing is None:
            return []
        event = self._events.next(self._timestamp) if self._events is not None else None
        tone = self._tones.next() if event is None else None
        packets = self._voice(samples if tone is None else tone) if event is None else self.rest()
        if event is not None:
            self._speaking = False
            packets.append(self._packet(self._event_type, event.timestamp, event.payload, event.marker))
        self._advance()
        return packets

    def rest(self) -> list[bytes]:
        """What is held for a full packet, as a shorter one: nothing follows it for now."""
        if self._packing is None or self._format is None:
            return []
        try:
            return self._spoken(self._packing.rest(), self._format.payload_type)
        except ValueError:
            self.faults += 1
            return []

    def _spoken(self, packed: list[Packed], payload_type: int) -> list[bytes]:
        packets = []
        for payload, timestamp in packed:
            if not payload:  # silence that the codec does not send (DTX)
                self._speaking = False
                continue
            packets.append(self._packet(payload_type, timestamp, payload, not self._speaking))
            self._speaking = True
        return packets

    def _voice(self, samples: Samples) -> list[bytes]:
        if self._format is None or self._packing is None:
            return []
        try:
            voice = self._resampler.resample(samples) if self._resampler is not None else samples
            return self._spoken(self._packing.add(voice, self._timestamp), self._format.payload_type)
        except ValueError:
            self.faults += 1
            return self.rest()

    def _packet(self, payload_type: int, timestamp: int, payload: bytes, marker: bool) -> bytes:
        packet = RtpPacket(payload_type, self._sequence, timestamp, self.ssrc, payload, marker)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return bytes(packet)

    def _advance(self, frames: int = 1) -> None:
        clock_rate = self._format.clock_rate if self._format is not None else FRAME_RATE
        self._timestamp = (self._timestamp + frames * (clock_rate // _FRAMES_A_SECOND)) & 0xFFFFFFFF


def _codec(voice: Format) -> tuple[str, int, str]:
    """What makes it another encoder."""
    return voice.name.upper(), voice.clock_rate, voice.fmtp
