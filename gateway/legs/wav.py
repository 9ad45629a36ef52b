"""WAV: what a file says of itself, its samples as the phone's, and the header we write.

The stdlib's ``wave`` refuses WAVE_FORMAT_EXTENSIBLE before Python 3.12 and says less of what it found; what is read
here is the little that a voice needs (Multimedia Programming Interface and Data Specifications 1.0, 1991).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from softphone.audio.frame import Samples

RATES: Final = (8_000, 16_000, 48_000)
"""Hz that are played and recorded."""

HEADER_BYTES: Final = 44
LONGEST_BYTES: Final = 0xFFFF_FFFF - HEADER_BYTES
"""Samples that a header can count: 37 hours at 16 kHz, 12 at 48."""

EXPECTED: Final = "a WAV of 8, 16 or 48 kHz, mono or stereo, 16 bits (or 8 bits unsigned)"

_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
_FORMATS: Final = {2: "ADPCM", 3: "floating point", 6: "A-law", 7: "u-law", 0x11: "IMA ADPCM", 0x31: "GSM", 0x55: "MP3"}
_MOST_CHUNKS: Final = 64
"""before the samples; a file with more is made to keep us busy"""


class WaveFault(Exception):
    """A file cannot be played or recorded. The text is one sentence: which, what was found, what was expected."""

    def __init__(self, path: Path, found: str, expected: str = EXPECTED) -> None:
        super().__init__(f"{path}: found {found}, expected {expected}")
        self.path = path


@dataclass(frozen=True, slots=True)
class WaveFormat:
    """How the samples of a file lie in it."""

    rate: int
    """Hz, one of :data:`RATES`"""
    channels: int
    """1 or 2"""
    bits: int
    """8 (unsigned) or 16 (signed)"""
    data_at: int
    """bytes before the samples"""
    data_bytes: int
    """of samples, as the header counts them: more than there are, where the writer was cut short"""

    @property
    def block(self) -> int:
        """bytes of all channels at one instant"""
        return self.channels * self.bits // 8

    def mono(self, data: bytes) -> Samples:
        """Whole blocks of the file as mono samples of 16 bits at its rate; both channels of a stereo file alike."""
        if self.bits == 8:
            samples = (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * np.int16(256)
        else:
            samples = np.frombuffer(data, "<i2").astype(np.int16)
        if self.channels == 1:
            return samples
        both = samples.reshape(-1, 2)
        return ((both[:, 0].astype(np.int32) + both[:, 1]) >> 1).astype(np.int16)


def read_format(path: Path, file: BinaryIO) -> WaveFormat:
    """Read the header of an open file, named `path` in what is said. :raises WaveFault: it is no WAV that we play."""
    start = file.read(12)
    if len(start) < 12 or start[:4] != b"RIFF" or start[8:] != b"WAVE":
        raise WaveFault(path, f"{start!r} at its beginning" if start else "an empty file")
    described: tuple[int, int, int] | None = None
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            raise WaveFault(path, "its end before any samples")
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            if described is None:
                raise WaveFault(path, "samples before their format")
            rate, channels, bits = described
            return _unstated(WaveFormat(rate, channels, bits, file.tell(), size), path)
        if name == b"fmt ":
            described = _described(path, file.read(size) if size <= 1024 else b"")
            file.seek(size % 2, 1)
        else:
            file.seek(size + size % 2, 1)
    raise WaveFault(path, f"more than {_MOST_CHUNKS} chunks before any samples")


def _described(path: Path, chunk: bytes) -> tuple[int, int, int]:
    """Rate, channels and bits of the format chunk."""
    if len(chunk) < 16:
        raise WaveFault(path, f"a format of {len(chunk)} bytes", f"{EXPECTED}, described in 16 bytes or more")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        (kind,) = struct.unpack_from("<H", chunk, 24)
    if kind != _PCM:
        raise WaveFault(path, f"{_FORMATS.get(kind, 'an unknown coding')} (format {kind})")
    if rate not in RATES:
        raise WaveFault(path, f"{rate} Hz")
    if channels not in (1, 2):
        raise WaveFault(path, f"{channels} channels")
    if bits not in (8, 16):
        raise WaveFault(path, f"{bits} bits a sample")
    return rate, channels, bits


def _unstated(found: WaveFormat, path: Path) -> WaveFormat:
    """A recorder that was killed, or wrote into a pipe, left 0 for the length: then the samples go on to the end."""
    if found.data_bytes == 0:
        length = max(0, path.stat().st_size - found.data_at) if path.is_file() else 0
        return WaveFormat(found.rate, found.channels, found.bits, found.data_at, length)
    return found


def header(rate: int, data_bytes: int) -> bytes:
    """44 bytes before `data_bytes` of mono samples of 16 bits at `rate`."""
    size = min(data_bytes, LONGEST_BYTES)
    form = struct.pack("<4sI4s", b"RIFF", size + HEADER_BYTES - 8, b"WAVE")
    described = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, rate, 2 * rate, 2, 16)
    return form + described + struct.pack("<4sI", b"data", size)
