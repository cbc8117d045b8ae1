"""The card for Home Assistant: its words, its file, and what its functions give, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from acumat.web.assets import CARD
from acumat.words import LANGUAGES
from tests.docs.card_words import fresh, words
from tests.web.card_page import WALL_MS, CardWindow
from tests.web.window import NEEDS_BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SOURCE = CARD.read_text("utf-8")
MOST_BYTES = 45_000


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[CardWindow]:
    """For what depends on its arguments alone."""
    made = CardWindow(browser)
    yield made
    assert made.errors == []
    made.close()


def test_its_words_are_those_of_the_catalogues() -> None:
    assert fresh(SOURCE) == SOURCE, "make docs writes them anew"
    assert SOURCE.count("// generated: words") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_the_same_values(language: str) -> None:
    english, translated = words("en"), words(language)
    assert list(translated) == list(english)
    for key, text in english.items():
        assert translated[key].strip() == translated[key] != "", key
        assert sorted(re.findall(r"\{\w+\}", translated[key])) == sorted(re.findall(r"\{\w+\}", text)), key


def test_every_word_that_it_asks_for_is_there_and_none_is_there_for_nothing() -> None:
    code = SOURCE.partition("// end\n")[2]
    asked = set(re.findall(r"\"((?:card|feel|now|plan|red)\.[a-z_.0-9]+)\"", code))
    asked |= {f"feel.calm.{end}" for end in re.findall(r"\"?feel\.calm\.(\d)", code)}
    known = words("en").keys()
    assert asked == {key for key in known if not key.startswith(("advice.", "asking.", "question.", "reply.", "routine."))}


def test_it_is_one_file_that_asks_nobody_else_and_runs_nothing_that_comes_as_text() -> None:
    code = SOURCE.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|\bimport\b|\bfetch\(|url\(", code)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function", code)
    assert len(SOURCE.encode()) < MOST_BYTES


@NEEDS_BROWSER
@pytest.mark.parametrize(
    ("lies", "started_min", "ends_min", "planned", "expected"),
    [
        (False, None, None, 12, ("plan.next", 12)),
        (False, -5, 5, None, None),
        (True, -5, 4.2, 12, ("card.left", 5)),
        (True, -5, 0.01, 12, ("card.left", 1)),
        (True, -12, 0, 12, ("card.over", 1)),
        (True, -15, -2.5, 12, ("card.over", 3)),
        (True, -3.9, None, 12, ("card.lain", 3)),
        (True, 1, None, None, ("card.lain", 0)),
        (True, None, None, 12, None),
    ],
)
def test_what_it_says_of_the_time(
    sheet: CardWindow,
    lies: bool,
    started_min: float | None,
    ends_min: float | None,
    planned: int | None,
    expected: tuple[str, int] | None,
) -> None:
    found = sheet.page.evaluate(
        """([lies, started, ends, planned, now]) => {
             const at = (minutes) => (minutes === null ? NaN : now + 60e3 * minutes);
             return card.timing(lies, at(started), at(ends), planned ?? undefined, now);
           }""",
        [lies, started_min, ends_min, planned, WALL_MS],
    )
    assert (None if found is None else (found["key"], found["minutes"])) == expected


@NEEDS_BROWSER
@pytest.mark.parametrize(
    ("left", "zones", "expected"),
    [
        (None, {"neck": 50}, []),
        (25, None, [[0.25, 0.75]]),
        (25, {}, [[0.25, 0.75]]),
        (50, {"pelvis": 30, "shoulders": 10}, [[0.125, 0.125], [0.375, 0.375]]),
        (100, {"neck": 0, "pelvis": 0}, [[1, 0]]),
        (50, {"elbow": 90, "neck": 10, "lumbar": 10}, [[0.25, 0.25], [0.25, 0.25]]),
    ],
)
def test_where_the_load_lies(sheet: CardWindow, left: float | None, zones: dict[str, float] | None, expected: Any) -> None:
    found = sheet.page.evaluate("([left, zones]) => card.cellsOf(left ?? NaN, zones ?? undefined)", [left, zones])
    assert found == expected


@NEEDS_BROWSER
@pytest.mark.parametrize(
    ("hass", "expected"),
    [
        ({"locale": {"language": "de"}}, "de"),
        ({"language": "sv-SE"}, "sv"),
        ({"language": "fr"}, "en"),
        ({"language": "constructor"}, "en"),
        ({}, "en"),
    ],
)
def test_its_language_is_home_assistants(sheet: CardWindow, hass: dict[str, Any], expected: str) -> None:
    assert sheet.page.evaluate("(hass) => card.languageOf(hass)", hass) == expected


@NEEDS_BROWSER
def test_a_configured_mat_is_shown_and_no_other(sheet: CardWindow) -> None:
    mats = [{"id": "a"}, {"id": "b"}]
    of = "([mats, configured, chosen]) => card.matOf(mats, configured, chosen)"
    assert sheet.page.evaluate(of, [mats, "b", "a"]) == {"id": "b"}
    assert sheet.page.evaluate(of, [mats, "gone", "a"]) is None
    assert sheet.page.evaluate(of, [mats, None, "b"]) == {"id": "b"}
    assert sheet.page.evaluate(of, [mats, None, "gone"]) == {"id": "a"}
    assert sheet.page.evaluate(of, [[], None, None]) is None
