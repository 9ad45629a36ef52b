"""docs/configuration.md, as the model of the configuration has it: ``python -m tests.configuration_table`` does."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gateway.config import SECRETS
from gateway.sections import Config, LimitsSection
from gateway.sip.settings import Limits

FILE = Path(__file__).parents[1] / "docs" / "configuration.md"

HEAD = """\
# Configuration

One TOML file, for `neoretro serve`, `call --config`, `exchange` and `check`. Every key has a default; an unknown key,
a value of the wrong kind, or keys that contradict each other are refused in a sentence that names file, key, what was
found and what was expected. `neoretro check FILE` says so without running anything, and what is allowed and unwise.
Files are named as seen from the directory in which the command runs.

This page is written by `python -m tests.configuration_table` from the model; a test keeps them alike.

## Secrets

| environment | instead of |
|---|---|
"""


def page() -> str:
    """The whole text."""
    secrets = "".join(f"| `{variable}` | `{section}.{key}` |\n" for variable, (section, key) in SECRETS.items())
    return HEAD + secrets + "".join(_section(name, model) for name, model in sections(Config))


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Name in brackets and model of every table, in order, those within one behind it."""
    for key, field in model.model_fields.items():
        for candidate in (field.annotation, *get_args(field.annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                name = f"[{path}{key}]" if candidate is field.annotation else f"[[{path}{key}]]"
                yield name, candidate
                yield from sections(candidate, f"{path}{key}.")


def _section(name: str, model: type[BaseModel]) -> str:
    rows = "".join(f"| `{key}` | {default} | {meaning} |\n" for key, default, meaning in rows_of(model))
    return f"\n## {name}\n\n| key | default | meaning |\n|---|---|---|\n{rows}" if rows else ""


def rows_of(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    """Key, default and meaning, but for the keys that are tables of their own."""
    said = meanings_of(Limits) if model is LimitsSection else {}
    for key, field in model.model_fields.items():
        if any(
            isinstance(c, type) and issubclass(c, BaseModel) for c in (field.annotation, *get_args(field.annotation))
        ):
            continue
        meaning = field.description or said.get(key, "")
        yield key, shown(field.default), _plain(meaning)


def _plain(text: str) -> str:
    """On one line, with RFCs by their number."""
    text = re.sub(r":rfc:`([0-9]+)(?:#section-([0-9.]+))?`", r"RFC \1", " ".join(text.split()))
    return text.replace("``", "`").replace("|", "\\|")


def meanings_of(of: type) -> dict[str, str]:
    """What stands under each field of a dataclass."""
    body = ast.parse(dedent(inspect.getsource(of))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, under in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(under, ast.Expr) and isinstance(under.value, ast.Constant):
            found[ast.unparse(field.target)] = str(under.value.value)
    return found


def shown(default: object) -> str:
    """As it would stand in the file."""
    if default is PydanticUndefined:
        return "must be given"
    if default is None:
        return "not given"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(shown(one).strip("`") for one in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


if __name__ == "__main__":
    FILE.write_text(page())
