"""The sending half of a session: frames in, RTP packets out, digits in place of voice while a key is pressed."""

import random
from collections import deque
from collections.abc import Collection
from typing import Final

import numpy as np

from gateway.rtp.codec import Encoder, Resampler, Samples
from gateway.rtp.dtmf import ToneSender
from gateway.rtp.guard import FAILURES
from gateway.rtp.media import Codecs, Format
from gateway.rtp.packet import packed
from gateway.rtp.packing import Packed, Packing
from gateway.rtp.silence import Silence
from gateway.rtp.telephone_event import KEYS, EventSender

FRAME_RATE = 16_000
"""Hz, of the frames the phone gives."""
_FRAMES_A_SECOND = 50
_SSRCS = 16
"""of ours that are remembered"""
_LONGEST_DTX: Final = 25
"""frames of silence among which a codec with DTX sends one at least (:rfc:`6716#section-2.1.9`: each 400 ms)"""
_QUIET: Samples = np.zeros(FRAME_RATE // _FRAMES_A_SECOND, np.int16)


class Sending:
    """One source of ours. The timestamp follows the frames given, sent or not: it is the sampling clock."""

    def __init__(self, codecs: Codecs, randomness: random.Random) -> None:
        self._codecs = codecs
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
        self._rate = FRAME_RATE
        self._last = _QUIET
        """the frame before this one"""
        self._silence: Silence | None = None
        self._comfort: Format | None = None
        self._left: list[bytes] = []
        """packets of the format before, which go out first"""
        self._expected_loss: int | None = None
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

    def choose(
        self,
        voice: Format,
        events: Format | None,
        packet_ms: int = 20,
        takes: Collection[int] = KEYS,
        comfort: Format | None = None,
    ) -> None:
        """Send voice and digits like this from now on; ``LookupError`` for a codec that is not known.

        The timestamps go on from where they are, in steps of the new clock (:rfc:`7160#section-4.1`).

        :param takes: the codes of the events that the far end takes. :param comfort: how silence is described; None: it
            is sent as voice."""
        old = self._format
        another = old is None or _codec(old) != _codec(voice)
        encoder = self._encoder
        if another or encoder is None:
            encoder = self._codecs.encoder(voice.name, voice.clock_rate, voice.fmtp)
        if another or packet_ms != self._packet_ms:
            self._left += self.rest()
            self._packing, self._packet_ms = Packing(encoder, voice.clock_rate, packet_ms), packet_ms
        if another:
            self._encoder = encoder
            self._set_rate(encoder.sample_rate)
            if self._expected_loss is not None:
                encoder.expect_loss(self._expected_loss)
        self._format, self._takes = voice, takes
        self._choose_events(events)
        self._choose_silence(comfort)

    def _set_rate(self, rate: int) -> None:
        """Of the encoder's samples. A resampler goes on, or has heard what was said before."""
        if rate == self._rate:
            return
        self._rate = rate
        self._resampler = self._codecs.resampler(FRAME_RATE, rate) if rate != FRAME_RATE else None
        if self._resampler is not None and self._last is not _QUIET:
            self._resampler.resample(self._last)
        self._silence = None

    def _choose_events(self, events: Format | None) -> None:
        if events is None:
            self._events = None
            return
        self._event_type = events.payload_type
        if self._events is None:
            self._events = EventSender(events.clock_rate)
        else:
            self._events.count_at(events.clock_rate)

    def _choose_silence(self, comfort: Format | None) -> None:
        self._comfort = comfort
        if comfort is None or self._codecs.meter is None:
            self._silence = None
        elif self._silence is None:
            self._silence = Silence(self._codecs.meter(self._rate))

    def expect_loss(self, percent: int) -> None:
        """The far end loses so many packets of a hundred; ``ValueError`` never, for what the codec makes of it is its
        own."""
        if percent != self._expected_loss:
            self._expected_loss = percent
            if self._encoder is not None:
                self._encoder.expect_loss(percent)

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
        self._left.clear()
        if self._packing is not None:
            self._packing.drop()
        self._advance(frames)

    def frame(self, samples: Samples) -> list[bytes]:
        """The packets that these 20 ms make full: voice, or an event in its place, or in a pause what describes it;
        none where the encoder refused."""
        if self._format is None or self._packing is None:
            return []
        packets, self._left = self._left, []
        event = self._events.next(self._timestamp) if self._events is not None else None
        if event is not None:
            packets += self.rest()
            self._speaking = False
            packets.append(self._packet(self._event_type, event.timestamp, event.payload, event.marker))
        elif (tone := self._tones.next()) is not None:
            packets += self._voice(tone, self._packing, self._format.payload_type)
        elif self._silence is None or self._silence.is_voice(samples):
            packets += self._voice(samples, self._packing, self._format.payload_type)
        else:
            packets += self._pause(samples, self._silence)
        self._last = samples
        self._advance()
        return packets

    def alive(self) -> list[bytes]:
        """20 ms of silence in one packet at least: nobody speaks, and yet we are there."""
        packets = self.frame(_QUIET) + self.rest()
        if not packets and self._silence is not None and self._comfort is not None:
            packets.append(self._packet(self._comfort.payload_type, self._timestamp, self._silence.said, marker=False))
        for _ in range(_LONGEST_DTX):
            if packets or self._packing is None or self._format is None:
                break
            packets = self._voice(_QUIET, self._packing, self._format.payload_type) + self.rest()
        return packets

    def rest(self) -> list[bytes]:
        """What is held for a full packet, as a shorter one: nothing follows it for now."""
        if self._packing is None or self._format is None:
            return []
        try:
            return self._spoken(self._packing.rest(), self._format.payload_type)
        except FAILURES:
            self.faults += 1
            return []

    def _pause(self, samples: Samples, silence: Silence) -> list[bytes]:
        """Nobody speaks: what the far end has to know of the silence."""
        packets = self.rest()
        self._speaking = False
        try:
            said = silence.describe(self._resampler.resample(samples) if self._resampler is not None else samples)
        except FAILURES:
            self.faults += 1
            return packets
        if said is not None and self._comfort is not None:
            packets.append(self._packet(self._comfort.payload_type, self._timestamp, said, marker=False))
        return packets

    def _spoken(self, packed: list[Packed], payload_type: int) -> list[bytes]:
        """Packets of voice; the one that begins a talk spurt is marked (:rfc:`3551#section-4.1`), those that only say
        now and then what a silence is like are not."""
        packets = []
        rests = bool(packed) and self._encoder is not None and self._encoder.rests
        for payload, timestamp in packed:
            if not payload:  # silence that the codec does not send (DTX)
                self._speaking = False
                continue
            packets.append(self._packet(payload_type, timestamp, payload, not self._speaking and not rests))
            self._speaking = not rests
        return packets

    def _voice(self, samples: Samples, packing: Packing, payload_type: int) -> list[bytes]:
        try:
            voice = self._resampler.resample(samples) if self._resampler is not None else samples
            return self._spoken(packing.add(voice, self._timestamp), payload_type)
        except FAILURES:
            self.faults += 1
            return self.rest()

    def _packet(self, payload_type: int, timestamp: int, payload: bytes, marker: bool) -> bytes:
        sequence, self._sequence = self._sequence, (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return packed(payload_type, sequence, timestamp, self.ssrcs[0], payload, marker)

    def _advance(self, frames: int = 1) -> None:
        clock_rate = self._format.clock_rate if self._format is not None else FRAME_RATE
        self._timestamp = (self._timestamp + frames * (clock_rate // _FRAMES_A_SECOND)) & 0xFFFFFFFF


def _codec(voice: Format) -> tuple[str, int, str]:
    """What makes it another encoder."""
    return voice.name.upper(), voice.clock_rate, voice.fmtp
