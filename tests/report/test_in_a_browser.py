"""The report as a browser lays it out: nothing beside the page, no words over each other, by day, by night and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acumat.plots.style import DARK, LIGHT
from acumat.report.choice import chosen
from acumat.report.page import page
from tests.docs.browser import Browser, browser, chromium
from tests.report.story import LAST, lived, nothing

PROGRAM = chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not here")

PHONE, SCREEN = 390, 1280
LEAST_TEXT_PX = 8.0
PAGES_MOST = 8
HISTORIES = {"nothing": nothing(), "one session": lived(1, a_day=1), "two months": lived(60), "years": lived(1200)}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
WORDS = """[...document.querySelectorAll('svg')].map(svg => {
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].map(text => {
        const at = text.getBoundingClientRect();
        return [svg.id, text.textContent, at.left - box.left, at.top - box.top, at.right - box.left, at.bottom - box.top,
            box.width, box.height];
    });
}).flat()"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Browser]:
    assert PROGRAM is not None
    with browser(PROGRAM) as found:
        yield found


@pytest.fixture(params=HISTORIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    text = page(
        chosen(HISTORIES[request.param], None, None, LAST), datetime(2026, 11, 29, 20, tzinfo=UTC), "1.2.3", rhythm=True
    )
    path.write_text(text, "utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_nothing_lies_beside_the_page_and_no_words_over_each_other(tab: Browser, url: str, width: int) -> None:
    tab.opened(url, width, 900)
    assert tab.value(TOO_WIDE) <= 0
    found = tab.value(WORDS)
    for name, words, left, top, right, bottom, wide, high in found:
        inside = left >= -1 and top >= -1 and right <= wide + 1 and bottom <= high + 1
        assert inside, f"{words!r} of {name} is cut off"
        assert bottom - top >= LEAST_TEXT_PX, f"{words!r} of {name} is too small"
    assert overlaps(found) == []
    tab.value(OPEN_ALL)
    assert tab.value(TOO_WIDE) <= 0


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_light_by_day_and_dark_by_night(tab: Browser, url: str, dark: bool) -> None:
    tab.opened(url, PHONE, 900, dark=dark)
    colours = DARK if dark else LIGHT
    rgb = ", ".join(str(int(colours["paper"][at : at + 2], 16)) for at in (1, 3, 5))
    assert tab.value("getComputedStyle(document.body).backgroundColor") == f"rgb({rgb})"


def test_a_printer_gets_dark_words_on_white_and_whole_tables(tab: Browser, url: str) -> None:
    tab.opened(url, SCREEN, 900, dark=True, media="print")
    assert tab.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tab.value(OPEN_ALL)
    cut = "[...document.querySelectorAll('.scroll')].filter(each => each.scrollHeight > each.clientHeight + 1).length"
    assert tab.value(cut) == 0


def test_it_can_be_printed(tab: Browser, url: str) -> None:
    tab.opened(url, SCREEN, 900, dark=True)
    printed = tab.pdf()
    assert printed.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= PAGES_MOST


def overlaps(found: list[tuple[str, str, float, float, float, float, float, float]]) -> list[str]:
    """Words of one picture that share more than a pixel in both directions."""
    shared = []
    for number, (name, words, left, top, right, bottom, *_) in enumerate(found):
        for other, more, a, b, c, d, *_ in found[number + 1 :]:
            if name == other and min(right, c) - max(left, a) > 1 and min(bottom, d) - max(top, b) > 3:
                shared.append(f"{words!r} and {more!r} of {name}")
    return shared
