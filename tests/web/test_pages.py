"""The pages as files: what they are made of is there, nothing is inline, nothing comes from elsewhere."""

import re
from pathlib import Path

import pytest

from gateway.web.access import PAGES
from tests.web.conftest import Client

HTML = ("phone.html", "earpiece.html", "token.html")


def text(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "name"), [("/", "phone.html"), ("/earpiece", "earpiece.html")])
async def test_page_is_served(client: Client, path: str, name: str) -> None:
    response = await client.get(path)
    assert (response.status, response.content_type) == (200, "text/html")
    assert await response.text() == text(name)
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("phone.js", "javascript"), ("base.css", "text/css"), ("icon.svg", "image/svg+xml"), ("fonts/jost.woff2", "font")],
)
async def test_part_of_a_page_is_served_as_what_it_is(client: Client, name: str, kind: str) -> None:
    response = await client.get(f"/static/{name}")
    assert response.status == 200
    assert kind in response.content_type


@pytest.mark.parametrize("path", ["/static/../access.py", "/static/%2e%2e/access.py", "/static/", "/static/nothing.js"])
async def test_nothing_but_the_pages_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status in (403, 404)


@pytest.mark.parametrize("name", HTML)
def test_page_has_nothing_inline(name: str) -> None:
    page = text(name)
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page)


@pytest.mark.parametrize("name", [*HTML, "app.webmanifest", *(path.name for path in PAGES.glob("*.js"))])
def test_every_part_that_is_named_is_there(name: str) -> None:
    named = re.findall(r'"/static/([^"]+)"|from "\./([^"]+)"', text(name))
    missing = [one or other for one, other in named if not (PAGES / (one or other)).is_file()]
    assert missing == []


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.[cjh]*s*")), ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    addresses = set(re.findall(r"https?://[\w-]+(?:\.[\w-]+)*", path.read_text(encoding="utf-8")))
    assert addresses <= {"http://www.w3.org", "http://localhost"}


def test_every_language_says_every_word() -> None:
    blocks = re.split(r"\n  (fr|de|es|en): \{", text("words.js"))[1:]
    words = {
        language: set(re.findall(r"(?:^|[,{]|\n)\s*(\w+): \"", block))
        for language, block in zip(blocks[::2], blocks[1::2], strict=True)
    }
    assert len(words["en"]) > 50
    assert {language: words["en"] ^ known for language, known in words.items()} == dict.fromkeys(words, set())


@pytest.mark.parametrize("name", HTML[:2])
def test_every_word_that_a_page_asks_for_is_known(name: str) -> None:
    asked = set(re.findall(r'data-word(?:-title|-label)?="(\w+)"', text(name)))
    known = set(re.findall(r"(\w+): \"", text("words.js")))
    assert asked and asked <= known
