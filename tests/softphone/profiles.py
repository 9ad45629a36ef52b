"""The five markets of configs/markets, read once for all tests."""

import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from softphone.market import Market

FOLDER = Path(__file__).parents[2] / "configs" / "markets"

CODES = ("FR", "DE", "ES", "US", "CA")


@cache
def _parsed(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def tables(name: str) -> dict[str, Any]:
    """A parsed file, one's own to change."""
    return deepcopy(_parsed(name))


@cache
def market(code: str) -> Market:
    return Market.from_tables(_parsed(code), _parsed("common"), f"{code}.toml")
