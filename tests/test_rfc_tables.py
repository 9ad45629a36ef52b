"""docs/rfc: every test that is named there is one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "rfc").glob("*.md"))


def named_in(page: Path) -> list[tuple[Path, str]]:
    """File and name, empty for all in it; the page says in its first lines in which folder they are."""
    text = page.read_text()
    folder = re.search(r"Tests\s+are in `(tests/[\w/]*)`", text)
    assert folder is not None, f"{page.name} does not say where its tests are"
    found = []
    for where, name in re.findall(r"`([\w./]+?)(?:::(test_\w+))?`", text):
        if not name and not re.search(r"(^|/)test_\w+\.py$", where):
            continue  # a module named without its test, or something else in this type
        if where.startswith("e2e/"):
            path = ROOT / "tests" / "end_to_end" / where.removeprefix("e2e/")
        else:
            path = below(ROOT / folder[1], where if where.endswith(".py") else f"test_{where}.py")
        found.append((path.resolve(), name))
    return found


def below(folder: Path, file: str) -> Path:
    """A file as the page names it: by its path from there, or by its name alone in whatever folder under it."""
    return next(folder.rglob(file), folder / file) if "/" not in file else folder / file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = named_in(page)
    assert named
    missing = [f"{p.name}::{n}" for p, n in named if not p.is_file() or (n and f"def {n}(" not in p.read_text())]
    assert missing == []
