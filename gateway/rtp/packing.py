"""How much voice goes into one packet: the packet time that the far end asked for (:rfc:`8866#section-6.4`).

Voice is cut and joined before it is encoded, so that any codec may make packets of any length it has: what Opus
encodes in 60 ms is smaller and sounds better than three packets of 20 ms would, and could not be joined from them.
"""

import numpy as np

from gateway.rtp.codec import Encoder, Samples

Packed = tuple[bytes, int]
"""A payload and the timestamp of its first sample."""

_FRAMES_A_SECOND = 50
_NOTHING: Samples = np.zeros(0, np.int16)


class Packing:
    """Frames of 20 ms in, payloads of the packet time out."""

    def __init__(self, encoder: Encoder, clock_rate: int, wanted_ms: int) -> None:
        """:param clock_rate: Hz, of the timestamps. :param wanted_ms: in each packet, or what the codec has of it"""
        self.packet_ms = encoder.packet_ms(wanted_ms)
        """that goes into each packet."""
        self._encode = encoder.encode
        self._frame = encoder.sample_rate // _FRAMES_A_SECOND
        self._size = self.packet_ms * encoder.sample_rate // 1000
        self._ticks = self.packet_ms * clock_rate // 1000
        self._held = _NOTHING
        self._start = 0

    def add(self, samples: Samples, timestamp: int) -> list[Packed]:
        """The packets that these 20 ms, beginning at `timestamp`, make full; an empty payload: the codec finds that
        nothing needs to be sent. ``ValueError`` for another duration; from the codec, what was held is lost then."""
        if len(samples) != self._frame:
            raise ValueError(f"a frame has {self._frame} samples, not {len(samples)}")
        if not len(self._held):
            self._start = timestamp
        voice = np.concatenate((self._held, samples)) if len(self._held) else samples
        self._held = _NOTHING
        full = []
        for at in range(0, len(voice) - self._size + 1, self._size):
            full.append((self._encode(voice[at : at + self._size]), self._start))
            self._start = (self._start + self._ticks) & 0xFFFFFFFF
        self._held = voice[len(full) * self._size :]
        return full

    def rest(self) -> list[Packed]:
        """What is held, as a shorter packet: nothing follows it for now. ``ValueError`` as above."""
        held, self._held = self._held, _NOTHING
        return [(self._encode(held), self._start)] if len(held) else []

    def drop(self) -> None:
        """Forget what is held."""
        self._held = _NOTHING
