"""The parts of the page: small, whole, of this machine alone, and made of words that exist."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import pytest

from acumat.plots.wording import ENGLISH
from acumat.web import drawing
from acumat.web.assets import FLEET_PAGE, FOLDER, KINDS, PAGE, load
from acumat.words import LANGUAGES, catalogue

FIRST_MOST_BYTES = 60_000
FILES = (".css", ".csv", ".html", ".json")
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))}


@pytest.mark.parametrize(("page", "parts"), [(PAGE, 3), (FLEET_PAGE, 4)])
def test_every_part_is_served_under_a_path_that_changes_with_its_content(page: str, parts: int) -> None:
    found = load(page)
    names = {path.rpartition("/")[2] for path in found.parts}
    made = {f"{part}-{each}.json" for part in ("words", "more", "fleet") for each in LANGUAGES} | {"plots.css"}
    assert names == {path.name for path in FOLDER.iterdir()} - {PAGE, FLEET_PAGE} | made
    (digest,) = {path.split("/")[2] for path in found.parts}
    assert found.page.content.decode().count(f"/static/{digest}/") == parts
    assert "{digest}" not in found.page.content.decode()


def first_scripts() -> set[str]:
    """Those that the first page cannot do without: main.js, Now, and all that they import in the first place."""
    found: set[str] = set()
    waiting = {"main.js", "now.js"}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(re.findall(r"from \"\./(\w+\.js)\"", SCRIPTS[name])) - found
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_first_page_loads_is_small(language: str) -> None:
    found = load()
    names = {*first_scripts(), "style.css", "icon.svg", f"words-{language}.json"}
    sizes = [len(zlib.compress(each.content)) for path, each in found.parts.items() if path.rpartition("/")[2] in names]
    assert len(sizes) == len(names)
    assert sum(sizes) + len(found.page.content) < FIRST_MOST_BYTES
    assert not {"days.js", "how.js", "session.js", "past.js", "people.js", "replay.js"} & first_scripts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_a_language_are_all_of_it(language: str) -> None:
    parts = {path.rpartition("/")[2]: each.content for path, each in load().parts.items()}
    first, later, fleet = (json.loads(parts[f"{name}-{language}.json"]) for name in ("words", "more", "fleet"))
    assert len(first) + len(later) + len(fleet) == len(catalogue(language))
    assert {**first, **later, **fleet} == catalogue(language)


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
        found |= {key for key in re.findall(r"\"([a-z]+(?:\.[a-z_0-9]+)+)\"", text) if not key.endswith(FILES)}
        found |= set(re.findall(r"`([a-z.]+\.)\$\{", text))
        for step in re.findall(r"\bstep\(\d, \"(\w+)\"", text):
            found |= {f"step.{step}", f"step.{step}.text"}
    return (found - {"step."} | {"language"} | drawn()) - {"plot."}


def drawn() -> set[str]:
    """Keys of what is drawn beside the page."""
    text = Path(drawing.__file__).read_text("utf-8")
    named = set(re.findall(r"words\[\"([a-z.]+)\"\]", text))
    for prefix, ends in (
        (("load", "lateral", "still", "breath", "evenness"), ("title", "head")),
        (("calm", "discomfort"), ("pairs", "head")),
    ):
        named |= {f"{each}.{end}" for each in prefix for end in ends}
    return {f"plot.{key}" for key in (*ENGLISH.texts, *named)}


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
