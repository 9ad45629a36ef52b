"""The search itself: a reader that is wrong is found out, and what broke it is kept."""

from pathlib import Path

import pytest

from tests.fuzz import __main__ as search
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS


def test_a_reader_that_raises_is_found_out_and_the_smallest_input_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(data: bytes) -> None:
        if b"CSeq: \xff" in data or b"\0" in data[1:]:
            raise IndexError("beyond the end")

    monkeypatch.setitem(TARGETS, "message", wrong)
    monkeypatch.setitem(SEEDS, "message", [b"CSeq: 1\r\n"])
    monkeypatch.setattr(search, "FOUND", tmp_path)
    tried, faults = search.by_hypothesis("message", 20.0)
    assert faults == 1 and 0 < tried < 100_000
    (kept,) = tmp_path.glob("message-*.bin")
    with pytest.raises(IndexError):
        wrong(kept.read_bytes())
    assert len(kept.read_bytes()) < 12


def test_a_reader_that_is_right_is_left_alone_when_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FOUND", tmp_path)
    tried, faults = search.by_hypothesis("stun", 0.2)
    assert tried >= search.ROUND and not faults and not list(tmp_path.iterdir())
