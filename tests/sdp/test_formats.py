"""Payload formats: numbers, names, events, and no number with two meanings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdp.formats import (
    CODECS,
    KEYS,
    STATIC_FORMATS,
    comforts_of,
    events_of,
    formats_of,
    is_comfort,
    is_voice,
    key,
    read_events,
    read_formats,
)
from gateway.sdp.media import Format, LocalMedia


@pytest.mark.parametrize(
    ("fmtp", "events"),
    [
        ("0-15", set(range(16))),
        ("0-16", set(range(17))),
        ("0-11,16", {*range(12), 16}),
        ("0-11, 16", {*range(12), 16}),
        ("events=0-3", {0, 1, 2, 3}),
        ("5", {5}),
        ("1,3,5-7", {1, 3, 5, 6, 7}),
        ("", KEYS),
        ("all", KEYS),
        ("0-", KEYS),
        ("9-1", KEYS),
        ("0-999", set(range(256))),
        ("1000", KEYS),
    ],
)
def test_the_events_of_an_fmtp(fmtp: str, events: set[int]) -> None:
    assert read_events(fmtp) == events


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.text("0123456789-, x\u0663", max_size=20))
def test_any_fmtp_means_some_events(fmtp: str) -> None:
    assert read_events(fmtp) and read_events(fmtp) <= set(range(256))


def test_what_we_have_is_numbered_as_the_standards_number_it() -> None:
    for name, format in CODECS.items():
        assert name in (format.name.upper(), f"{format.name.upper()}/{format.clock_rate}")
        assert format.payload_type >= 96 or STATIC_FORMATS[format.payload_type] == format


def test_a_number_named_twice_counts_once() -> None:
    assert read_formats(["0", "0", "8"], [], []) == (STATIC_FORMATS[0], STATIC_FORMATS[8])
    assert read_formats(["96"], ["96 opus/48000/2", "96 PCMU/8000"], []) == (Format(96, "opus", 48000, 2),)


def test_events_go_with_the_voice_of_their_clock() -> None:
    events = [Format(n, "Telephone-Event", rate) for n, rate in ((101, 8000), (102, 16000), (103, 48000))]
    assert [e.payload_type for e in events_of(events, CODECS["G722"])] == [101]
    assert [e.payload_type for e in events_of(events, CODECS["OPUS"])] == [103]
    assert [e.payload_type for e in events_of(events, Format(97, "speex", 32000))] == [101]
    assert events_of(events[1:], Format(97, "speex", 32000)) == []


def test_numbers_keep_their_meaning_and_others_keep_away() -> None:
    meanings = (Format(96, "telephone-event", 8000), Format(101, "opus", 48000, 2), Format(97, "iLBC", 8000))
    formats = formats_of(LocalMedia("", 0, ("OPUS", "PCMU")), meanings)
    assert [(f.name, f.payload_type) for f in formats] == [
        ("opus", 101),
        ("PCMU", 0),
        ("telephone-event", 96),
        ("telephone-event", 102),
    ]


def test_an_end_that_used_up_all_numbers_gets_the_usual_ones() -> None:
    meanings = tuple(Format(n, f"x{n}", 8000) for n in range(96, 128))
    assert [f.payload_type for f in formats_of(LocalMedia("", 0, ("OPUS",)), meanings)] == [96, 101]


def test_comfort_noise_goes_with_the_voice_of_its_clock_and_opus_has_its_own() -> None:
    noises = [Format(n, "cn", rate) for n, rate in ((13, 8000), (99, 16000), (100, 48000))]
    assert [f.payload_type for f in comforts_of(noises, CODECS["G722"])] == [13]
    assert [f.payload_type for f in comforts_of(noises, CODECS["L16"])] == [99]
    assert comforts_of(noises, CODECS["OPUS"]) == []
    assert not any(map(is_voice, noises)) and all(map(is_voice, CODECS.values()))


@pytest.mark.parametrize(
    ("codecs", "noises"),
    [
        (("PCMU", "G722"), [(13, 8000)]),
        (("L16", "PCMU"), [(13, 8000), (99, 16000)]),
        (("L16",), [(99, 16000)]),
        (("opus",), []),
        (("opus", "G722"), [(13, 8000)]),
    ],
)
def test_comfort_noise_is_numbered_by_its_clock(codecs: tuple[str, ...], noises: list[tuple[int, int]]) -> None:
    for local, expected in (
        (LocalMedia("", 0, codecs), []),
        (LocalMedia("", 0, codecs, comfort_noise=True), noises),
    ):
        assert [(f.payload_type, f.clock_rate) for f in formats_of(local, ()) if is_comfort(f)] == expected


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(CODECS)), min_size=1, unique=True),
    st.dictionaries(
        st.integers(0, 127),
        st.sampled_from(["opus/48000/2", "telephone-event/8000", "x/8000", "CN/16000", "L16/16000"]),
        max_size=9,
    ),
    st.booleans(),
)
def test_no_two_formats_share_a_number(codecs: list[str], mapped: dict[int, str], noise: bool) -> None:
    meanings = read_formats(map(str, mapped), [f"{n} {name}" for n, name in mapped.items()], [])
    formats = formats_of(LocalMedia("", 0, tuple(codecs), comfort_noise=noise), meanings)
    assert len({f.payload_type for f in formats}) == len(formats)
    means = {f.payload_type: key(f) for f in meanings}
    assert all(means.get(f.payload_type, key(f)) == key(f) for f in formats)
