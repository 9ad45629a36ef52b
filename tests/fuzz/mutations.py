"""What hypothesis does to seeds: cuts, splices and changes that a coverage-guided fuzzer without Python would do."""

from hypothesis import strategies as st

INTERESTING = [
    b"",
    b"\0",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b" ",
    b",",
    b";",
    b'"',
    b"<",
    b">",
    b"[",
    b":",
    b"=",
    b"%00",
    b"-1",
    b"0",
    b"4294967296",
    b"9" * 40,
    b"\xff\xfe",
    "\N{ARABIC-INDIC DIGIT THREE}".encode(),
    "\N{SUPERSCRIPT TWO}".encode(),
    b"A" * 2000,
]


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed, changed in up to six places."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:start] + draw(st.sampled_from(INTERESTING)) + data[end:]
            case 1:
                data = data[:start] + draw(st.binary(max_size=8)) + data[end:]
            case 2:
                data = data[:end] + data[start:]
            case 3:
                other = draw(st.sampled_from(seeds))
                data = data[:start] + other[draw(st.integers(0, len(other))) :]
            case _:
                lines = data.split(b"\r\n")
                lines.insert(draw(st.integers(0, len(lines))), lines.pop(draw(st.integers(0, len(lines) - 1))))
                data = b"\r\n".join(lines)
    return data[:20_000]
