"""Recorded human voices in wideband: Debian's asterisk-core-sounds-{en,fr}-g722, the recordings in G.722.

They have been through that codec once, at 64 kbit/s: voices of up to 7 kHz, with its noise. What a voice path makes of
them is compared with what the codec alone makes of them, so that this noise counts in neither's favour.
"""

from dataclasses import dataclass

import av
import numpy as np

from tests.bench.network import SPEECH, Samples

RATE = 16_000
BYTES_PER_S = 8_000


@dataclass(frozen=True)
class WideClip:
    """A piece of a recording."""

    path: str
    """below :data:`~tests.bench.network.SPEECH`"""
    start_s: int = 0
    length_s: int = 20

    def samples(self) -> Samples:
        """16 kHz; `FileNotFoundError` where the voices are not installed."""
        payload = (SPEECH / self.path).read_bytes()
        decoder = av.CodecContext.create("g722", "r")
        decoded = decoder.decode(av.Packet(payload[: (self.start_s + self.length_s) * BYTES_PER_S]))
        everything = np.concatenate([frame.to_ndarray().reshape(-1) for frame in decoded])
        return everything.astype(np.int16)[self.start_s * RATE :]


WIDE = (WideClip("fr_CA_f_June/demo-instruct.g722"), WideClip("en_US_f_Allison/demo-instruct.g722"))


def wide_score(said: Samples, heard: Samples) -> float:
    """PESQ wide band, MOS-LQO (P.862.2), of 16 kHz; `ModuleNotFoundError` without the extra `bench`."""
    from pesq import pesq  # noqa: PLC0415 - a bench without the scorer says so in its row

    return float(pesq(RATE, said, heard, "wb"))
