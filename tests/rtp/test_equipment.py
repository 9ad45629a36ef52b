"""Which figures of G.113 a decoder is rated by."""

import pytest

from gateway.rtp.equipment import G711, G722, OPUS, OPUS_NARROWBAND, UNCODED, Equipment, equipment


@pytest.mark.parametrize(
    ("codec", "rate", "expected"),
    [("PCMU", 8_000, G711), ("PCMA", 8_000, G711), ("g722", 8_000, G722), ("L16", 8_000, G711)]
    + [("L16", 16_000, UNCODED), ("opus", 48_000, OPUS), ("", 8_000, G711), ("iLBC", 8_000, G711)],
)
def test_every_codec_has_its_figures(codec: str, rate: int, expected: Equipment) -> None:
    assert equipment(codec, rate) == expected


@pytest.mark.parametrize("configuration", range(32))
def test_what_opus_carries_is_in_its_first_byte(configuration: int) -> None:
    """:rfc:`6716#section-3.1`, table 2: SILK 4, 6 and 8 kHz, hybrid, CELT 4, 8, 12 and 20 kHz."""
    narrow = configuration < 8 or 16 <= configuration < 20
    for rest in range(8):
        assert equipment("opus", 48_000, configuration << 3 | rest) == (OPUS_NARROWBAND if narrow else OPUS)


def test_only_opus_says_so() -> None:
    assert equipment("G722", 8_000, 0) == G722
    assert equipment("PCMU", 8_000, 0) == G711
