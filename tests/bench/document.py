"""docs/voice.md, with the figures of the last run: ``python -m tests.bench.document``, after ``make bench``."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.__main__ import REPORT

FILE = Path(__file__).parents[2] / "docs" / "voice.md"

HEAD = """\
# The voice, in figures

`make bench` measures all of this, ours side by side with the alternative in the same run, prints one table and writes
it with every figure to `.cache/bench.json`; `python -m tests.bench NAME` runs one part. This page is written from that
file by `python -m tests.bench.document`. A row that was measured in real time says so where the machine was held up.

## What others make of the same networks

PESQ narrow band, G.711 u-law, mean of two voices of 20 s, measured on another machine; `tests/bench/network.py` has the
voices and the networks. The last column is the delay from a word to the ear.

| receiver | clean | 1 % lost | 5 % lost | 10 % in bursts | jitter 30 ms | wifi | delay |
|---|---|---|---|---|---|---|---|
| the codec alone | 4.25 | | | | | | |
| stock aiortc 1.16 | 3.89 | 2.10 | 1.15 | 1.13 | 3.65 | 1.40 | 120 ms, 320 ms after one loss |
| baresip 1.0 | 3.90 | 3.52 | 2.58 | 2.10 | 3.67 | 2.43 | buffer set to 100 to 200 ms |
| pjsua 2.15 | 4.21 | 3.98 | 3.09 | 2.28 | 1.63 | 1.93 | 25 to 45 ms |
| Chromium 156 (NetEq) | 4.26 | 3.99 | 3.00 | 2.19 | 3.70 | 2.43 | 25 to 32 ms; jitter 98 ms, wifi 121 ms |
| what ours is to reach | 4.22 | 4.05 | 3.20 | 2.40 | 3.90 | 3.00 | |

"""

MEANING: Mapping[str, str] = {
    "quality": """PESQ narrow band in simulated time, the same on every machine. "our playout" begins with the first
word, in step with the packets, as the known figures of others do; "5 phases" is what a real call is like: a second of
silence first, and the beat somewhere between two packets. Delays have the 20 ms in them that a packet takes to be
spoken.""",
    "delay": """What a receiver adds, heard second by second, without the 20 ms of packetisation: on a quiet network,
under jitter, and how soon after the jitter it is back at 40 ms.""",
    "wideband": """PESQ wide band of voices recorded in wideband, through a whole voice path, beside the codec alone;
Opus with and without copies of lost packets; then over a real call between two of ours.""",
    "drift": "An hour of a simulated call whose far end has a clock that is 200 ppm fast, or slow.",
    "real_call": """Calls in real time through the same networks: `neoretro answer --record` and pjsua, each in a
process of its own, side by side. The delay added is without packetisation.""",
    "latency": """Clicks on the wire through `neoretro serve`, SIP (G.711) to WebRTC (Opus) and back: by how much later
a voice leaves than it came.""",
    "cost": "Phones on one core: the most that it carried with all frames delivered and the bridge in time.",
    "signalling": "Calls and registrations a second, beside PJSIP.",
}


def page(report: Mapping[str, Any]) -> str:
    """The whole text."""
    libraries = ", ".join(f"{name} {version}" for name, version in report["libraries"].items() if version)
    measured = f"Measured {report['at'][:10]} on {report['machine']}, Python {report['python']}; {libraries}.\n\n"
    return HEAD + "## Ours\n\n" + measured + "\n".join(_section(name, b) for name, b in report["benches"].items())


def _section(name: str, bench: Mapping[str, Any]) -> str:
    lines = [row["line"] for row in bench["rows"]] or [bench["fault"]]
    return f"### {name}\n\n{MEANING.get(name, '')}\n\n```text\n" + "\n".join(lines) + "\n```\n"


def main() -> int:
    """Write the page; 1 where there is nothing to write it from."""
    if not REPORT.exists():
        sys.stderr.write(f"there is no {REPORT}: make bench writes it\n")
        return 1
    FILE.write_text(page(json.loads(REPORT.read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
