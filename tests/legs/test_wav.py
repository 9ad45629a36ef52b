import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.legs.wav import EXPECTED, LONGEST_BYTES, WaveFault, WaveFormat, header, read_format
from tests.legs.disk import wav

PATH = Path("greeting.wav")


def read(data: bytes) -> WaveFormat:
    return read_format(PATH, io.BytesIO(data))


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bits", [8, 16])
def test_what_is_played_is_recognised(rate: int, channels: int, bits: int) -> None:
    assert read(wav(b"\0" * 64, rate, channels, bits)) == WaveFormat(rate, channels, bits, 44, 64)


def test_other_chunks_are_passed_over_odd_ones_too() -> None:
    listed = b"LIST" + struct.pack("<I", 5) + b"INFOx" + b"\0"
    assert read(wav(b"\0" * 8, before=listed)).data_at == 44 + 14


def test_an_extensible_format_is_read_as_what_it_extends() -> None:
    described = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 16_000, 32_000, 2, 16, 22, 16, 4)
    described += struct.pack("<H", 1) + b"\0" * 14
    data = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 40) + described + b"data" + struct.pack("<I", 4) + b"\0" * 4
    assert read(data) == WaveFormat(16_000, 1, 16, 68, 4)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"ID3\x03", "b'ID3\\x03' at its beginning"),
        (b"RIFF\0\0\0\0AVI LIST", "b'RIFF\\x00\\x00\\x00\\x00AVI ' at its beginning"),
        (wav(b"")[:30], "a format of 10 bytes"),
        (wav(b"")[:38], "its end before any samples"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "samples before their format"),
        (wav(b"", rate=44_100), "44100 Hz"),
        (wav(b"", channels=6), "6 channels"),
        (wav(b"", bits=24), "24 bits a sample"),
        (wav(b"", bits=8, kind=6), "A-law (format 6)"),
        (wav(b"", kind=3, bits=32), "floating point (format 3)"),
        (wav(b"", kind=0x1234), "an unknown coding (format 4660)"),
        (wav(b"", before=b"junk\0\0\0\0" * 70), "more than 64 chunks before any samples"),
    ],
)
def test_what_is_not_played_is_said_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(WaveFault) as fault:
        read(data)
    assert str(fault.value).startswith(f"greeting.wav: found {found}, expected {EXPECTED}")


@settings(derandomize=True, max_examples=120)
@given(cut=st.integers(0, 60), at=st.integers(0, 59), byte=st.integers(0, 255))
def test_garbage_is_a_fault_or_a_format_never_anything_else(cut: int, at: int, byte: int) -> None:
    data = bytearray(wav(b"\x01\x02" * 8))
    data[at] = byte
    try:
        found = read(bytes(data[:cut]))
    except WaveFault:
        return
    assert found.rate in (8000, 16_000, 48_000)
    assert found.block in (1, 2, 4)


def test_samples_become_mono_of_16_bits() -> None:
    assert WaveFormat(8000, 1, 16, 44, 4).mono(struct.pack("<2h", -5, 7)).tolist() == [-5, 7]
    assert WaveFormat(8000, 2, 16, 44, 8).mono(struct.pack("<4h", 32_767, 32_767, 10, -30)).tolist() == [32_767, -10]
    assert WaveFormat(8000, 1, 8, 44, 3).mono(bytes([128, 0, 255])).tolist() == [0, -32_768, 32_512]
    assert WaveFormat(8000, 2, 8, 44, 2).mono(bytes([128, 130])).tolist() == [256]


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_the_header_we_write_is_read_by_the_stdlib(rate: int) -> None:
    data = header(rate, 8) + struct.pack("<4h", 1, -2, 3, -4)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (rate, 1, 2, 4)
        assert np.frombuffer(file.readframes(4), "<i2").tolist() == [1, -2, 3, -4]
    assert read(data) == WaveFormat(rate, 1, 16, 44, 8)


def test_a_header_counts_no_further_than_it_can() -> None:
    assert struct.unpack("<I", header(48_000, 2**40)[4:8]) == (LONGEST_BYTES + 36,)
