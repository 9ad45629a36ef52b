"""What the fields of a module's dataclasses mean: the line under each, for those who cannot read the source."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType


@cache
def fields(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class -> field -> its description; fields that say it all with their name are left out."""
    classes = (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef))
    return {node.name: dict(_described(node.body)) for node in classes}


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, line in zip(body, body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
            yield field.target.id, " ".join(line.value.value.split())
