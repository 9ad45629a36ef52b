"""What is said of the keys, in the documentation and in the example, is what the model has."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.config import parse
from gateway.sections import Config, LimitsSection
from gateway.sip.settings import Limits
from tests.configuration_table import FILE, page, rows_of, sections

EXAMPLE = Path(__file__).parents[1] / "configs" / "phone.toml"

TABLES: list[tuple[str, type[BaseModel]]] = [("[]", Config), *sections(Config)]


def test_the_reference_is_that_of_the_model() -> None:
    assert FILE.read_text() == page(), "python -m tests.configuration_table"


@pytest.mark.parametrize("model", [model for _, model in TABLES])
def test_every_key_has_a_meaning(model: type[BaseModel]) -> None:
    assert [key for key, _, meaning in rows_of(model) if len(meaning) < 8] == []


def test_every_limit_of_the_agent_is_a_key_with_its_default() -> None:
    assert LimitsSection().model_dump() == {field.name: field.default for field in fields(Limits)}
    read = parse({"line": {"limits": {"calls": 7, "first_message_s": 2.5}}}, "phone.toml", {})
    assert Limits(**read.line.limits.model_dump()) == Limits(calls=7, first_message_s=2.5)


def uncommented() -> str:
    """The example with every key that is only shown: what is commented out stands at its default."""
    return re.sub(r"(?m)^# (?=\[?\[?[a-z_.]+(\]|\s*=))", "", EXAMPLE.read_text())


def test_the_example_names_every_key_there_is() -> None:
    tables = tomllib.loads(uncommented())
    parse(tables, "phone.toml", {})
    missing = []
    for name, model in TABLES:
        table: object = tables
        for part in name.strip("[]").split("."):
            table = table[part] if part and isinstance(table, dict) else table
        given = table[0] if isinstance(table, list) else table
        assert isinstance(given, dict)
        missing += [f"{name} {key}" for key in model.model_fields if key not in given]
    assert [key for key in missing if key not in {"[earpiece] play", "[earpiece] record_rate"}] == []


@pytest.mark.parametrize("section", ["phone", "line", "web"])
def test_what_the_example_shows_commented_out_is_the_default(section: str) -> None:
    shown = re.findall(r"(?m)^# ([a-z_]+)\s*=\s*([^#\n]+?)\s*(?:#.*)?$", _part(section))
    assert shown
    defaults = getattr(Config(), section)
    for key, value in shown:
        if isinstance(value, str) and key in NOT_DEFAULT:
            continue
        found = tomllib.loads(f"x = {value}")["x"]
        default = getattr(defaults, key)
        assert found == (list(default) if isinstance(default, tuple) else default), key


NOT_DEFAULT = {"registrar", "ca_file", "certificate", "key"}
"""shown as one would write them: their default is nothing"""


def _part(section: str) -> str:
    """The lines of one table of the example, up to the next."""
    return re.split(r"(?m)^(?:# )?\[", EXAMPLE.read_text().split(f"\n[{section}]\n")[1])[0]
