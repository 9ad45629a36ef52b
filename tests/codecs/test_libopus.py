"""Where libopus is looked for, and what is said when it is nowhere."""

import ctypes.util
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.codecs import libopus
from gateway.codecs.codec import CodecUnavailable


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """The library is looked for once a process; each test looks anew."""
    libopus.load.cache_clear()
    yield
    libopus.load.cache_clear()


def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)


def test_it_is_found_and_speaks() -> None:
    assert libopus.reason(libopus.load(), -4) == "corrupted stream"


def test_nothing_found_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(monkeypatch)
    with pytest.raises(CodecUnavailable) as refusal:
        libopus.load()
    assert str(refusal.value) == (
        "libopus was not found, neither in PyAV's wheel (av.libs) nor on the system: install libopus0"
    )


def test_a_file_that_is_no_library_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere(monkeypatch)
    broken = tmp_path / "libopus.so.0"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: str(broken))
    with pytest.raises(CodecUnavailable):
        libopus.load()
