"""The curve: what a phone costs of a core, against how many of them the core carries. As a PNG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PICTURE: Final = Path(__file__).parents[2] / ".cache" / "cost.png"

NAMES: Final = {
    "ours": "ours: a SIP leg, two browsers",
    "stock": "the same of stock aiortc tracks",
    "files": "ours: a SIP leg, two files",
}
COLOURS: Final = {"ours": "tab:blue", "stock": "tab:red", "files": "tab:green"}


@dataclass(frozen=True)
class Point:
    """One step of a climb."""

    phones: int
    percent: float
    """of one core, each"""
    held: bool
    """everything was delivered in time"""


def draw(climbs: Mapping[str, Sequence[Point]], to: Path = PICTURE) -> Path:
    """A line for each kind; hollow where the core did not carry them; dashed, where the core is full."""
    figure = Figure(figsize=(8, 5))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for kind, points in climbs.items():
        phones = [point.phones for point in points]
        percent = [point.percent for point in points]
        colour = COLOURS.get(kind, "black")
        axes.plot(phones, percent, color=colour, label=NAMES.get(kind, kind))
        for point in points:
            axes.plot(point.phones, point.percent, "o", color=colour, fillstyle="full" if point.held else "none")
    most = max((point.phones for points in climbs.values() for point in points), default=1)
    full = np.geomspace(4, max(8, most * 1.2), 100)
    axes.plot(full, 100 / full, "--", color="grey", label="a full core")
    axes.set(xscale="log", yscale="log", xlabel="phones on one core", ylabel="% of the core, each")
    axes.set_xticks(ticks := [4, 8, 16, 32, 64, 128, 256], [str(tick) for tick in ticks])
    axes.set_yticks(shares := [0.5, 1, 2, 4, 8, 16], [f"{share:g}" for share in shares])
    axes.set_xlim(3, max(16, most * 1.3))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    axes.set_title("What a phone costs")
    to.parent.mkdir(exist_ok=True)
    figure.savefig(to, dpi=100, bbox_inches="tight")
    return to
