"""The parts of the page: small, whole, of this machine alone, and made of words that exist."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from acumat.web.assets import FOLDER, KINDS, load
from acumat.words import LANGUAGES, catalogue

FIRST_MOST_BYTES = 60_000
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))}


def test_every_part_is_served_under_a_path_that_changes_with_its_content() -> None:
    found = load()
    names = {path.rpartition("/")[2] for path in found.parts}
    assert names == {path.name for path in FOLDER.iterdir()} - {"index.html"} | {f"words-{each}.json" for each in LANGUAGES}
    (digest,) = {path.split("/")[2] for path in found.parts}
    assert found.page.content.decode().count(f"/static/{digest}/") == 3
    assert "{digest}" not in found.page.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_parts_with_one_language_are_small(language: str) -> None:
    parts = load().parts
    others = {f"words-{each}.json" for each in LANGUAGES if each != language}
    sizes = [len(zlib.compress(each.content)) for path, each in parts.items() if path.rpartition("/")[2] not in others]
    assert sum(sizes) < FIRST_MOST_BYTES


def test_the_page_asks_nobody_else_and_runs_nothing_that_comes_as_text() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.", text), path.name
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|style=|\bon\w+=\"", text
        ), path.name
        assert path.suffix in KINDS


def test_every_import_of_a_script_leads_to_a_part() -> None:
    for name, text in SCRIPTS.items():
        for other in re.findall(r"(?:from|import\() ?[\"`]\./([\w$.{}]+)[\"`]", text):
            assert other == "${name}.js" or other in SCRIPTS, (name, other)


def used() -> set[str]:
    """Keys in the scripts; one that ends with a value, such as `event.${...}`, is a prefix that ends with a dot."""
    found = set()
    for text in SCRIPTS.values():
        found |= set(re.findall(r"\"([a-z]+(?:\.[a-z_0-9]+)+)\"", text))
        found |= set(re.findall(r"`([a-z.]+\.)\$\{", text))
        for step in re.findall(r"\bstep\(\d, \"(\w+)\"", text):
            found |= {f"step.{step}", f"step.{step}.text"}
    return found - {"step."} | {"language"}


def test_every_word_that_a_script_asks_for_is_there_and_no_word_is_there_for_nothing() -> None:
    words = catalogue("en")
    asked = used()
    missing = {key for key in asked if not (key in words or any(word.startswith(key) for word in words if key.endswith(".")))}
    unused = {
        key for key in words if key not in asked and not any(key.startswith(each) for each in asked if each.endswith("."))
    }
    assert missing == set()
    assert unused == set()


def test_the_parts_are_beside_the_code() -> None:
    assert Path(__file__).parents[2] / "daemon" / "acumat" / "web" / "static" == FOLDER
