"""Replay in a real Chromium: a recording is chosen or dropped, played, moved, and explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acumat.cli.main import main
from acumat.explain.playback import SHIPPED, SHIPPED_FOLDER
from acumat.words import LANGUAGES, catalogue
from tests.broker import until
from tests.web.fake_daemon import FakeDaemon
from tests.web.process import WebProcess
from tests.web.recordings import TOML, endless
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

WORDS = catalogue("en")
NAME = "popu_4x2"
FILES = [SHIPPED_FOLDER / f"{NAME}.csv.gz", SHIPPED_FOLDER / f"{NAME}.toml"]
PATIENCE_MS = 60_000
"""The machine plays it at a low priority."""


@pytest.fixture
def window(browser: Browser, web: WebProcess) -> Iterator[Window]:
    made = Window(browser, web, locale="en-GB")
    made.page.set_default_timeout(PATIENCE_MS)
    yield made
    assert made.errors == []
    made.close()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the command says of the recording."""
    target = tmp_path_factory.mktemp("replay") / "out.jsonl"
    assert main(["replay", str(FILES[0]), "--json", str(target)]) == 0
    return [json.loads(line) for line in target.read_text().splitlines()]


def play(window: Window, name: str = NAME) -> None:
    """Choose a shipped one and hold it, once the machine has played it to its end."""
    window.page.get_by_role("button", name=name).click()
    shown(window, "button", "Pause")
    window.page.get_by_role("button", name="Pause").click()
    shown(window, ".big", "of 4:09")


def move_to(window: Window, t_s: float) -> None:
    window.page.locator("input[type=range]").fill(str(t_s))


def test_the_list_has_the_events_of_the_command_each_with_its_reasons(window: Window, lines: list[dict[str, Any]]) -> None:
    window.open("replay")
    play(window)
    events = [each for each in lines if each["kind"] == "event"]
    shown(window, ".story li >> nth=-1", events[-1]["text"])
    items = window.page.locator(".story > li")
    said = [(each.locator("b").inner_text(), each.locator("> span").inner_text()) for each in items.all()]
    assert said == [(WORDS[f"event.{each['event_type']}"], each["text"]) for each in events]
    items.nth(2).locator("summary").click()
    shown(window, ".story details[open] p", "Last events:")
    shown(window, ".story details[open] p", "The load was 259.2 % of the reference")


def test_the_slider_leads_to_what_the_mat_said_then(window: Window, lines: list[dict[str, Any]]) -> None:
    window.open("replay")
    play(window)
    for t_s in (200, 20, 114):
        move_to(window, t_s)
        state = [each for each in lines if each["kind"] == "state" and each["t_s"] <= t_s][-1]
        assert window.page.inner_text(".first p.soft") == state["reason_text"]
        assert window.page.inner_text(".first .big").startswith(f"{t_s // 60}:{t_s % 60:02} ")
    window.page.locator(".story .time").nth(2).click()
    assert window.page.inner_text(".story li[data-now] b").startswith("Lying")


def test_it_plays_as_fast_as_is_chosen_to_its_end_and_then_again(window: Window) -> None:
    window.open("replay")
    play(window)
    window.page.get_by_label("32×").check(force=True)
    window.page.locator(".first button.go").click()
    until(lambda: window.page.inner_text(".first .big") == "4:09 of 4:09", "it comes to its end")
    shown(window, ".first button.go", "Play")
    window.page.locator(".first button.go").click()
    until(lambda: window.page.inner_text(".first .big") != "4:09 of 4:09", "it begins anew")
    window.turn_to("mat")


def test_files_of_ones_own_are_played_and_what_is_none_gets_a_sentence(window: Window, tmp_path: Path) -> None:
    window.open("replay")
    chooser = window.page.locator("#recording")
    chooser.set_input_files(FILES[0])
    shown(window, "p", WORDS["replay.both"])
    wrong = tmp_path / "night.csv"
    wrong.write_text("time,a\n0,1\n")
    chooser.set_input_files([wrong, FILES[1]])
    shown(window, "p", "night.csv:1: the header must be t_s,<sensor>,...")
    assert not window.page.is_visible("input[type=range]")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(FILES[0].read_bytes()[:15_000])
    chooser.set_input_files([cut, FILES[1]])
    shown(window, "li", "the file breaks off here")
    chooser.set_input_files(FILES)
    shown(window, ".big", "of 4:09")
    huge = tmp_path / "huge.csv"
    huge.write_bytes(b"x" * (8 << 20))
    chooser.set_input_files([huge, FILES[1]])
    shown(window, "p", WORDS["replay.too_long"])


def test_a_long_one_ends_with_the_page_that_plays_it(window: Window, tmp_path: Path) -> None:
    window.open("replay")
    (tmp_path / "long.csv.gz").write_bytes(endless())
    (tmp_path / "long.toml").write_bytes(TOML)
    window.page.locator("#recording").set_input_files([tmp_path / "long.csv.gz", tmp_path / "long.toml"])
    shown(window, "button", "Pause")
    with window.page.expect_event("requestfailed") as ended:
        window.turn_to("mat")
    assert ended.value.url.endswith("/api/replay")


def test_a_page_whose_session_is_over_leads_to_the_sign_in(window: Window, web: WebProcess) -> None:
    window.open("replay")
    web.make_code()
    window.page.get_by_role("button", name=SHIPPED[0]).click()
    window.page.wait_for_selector("#code")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_recording_on_a_small_phone_is_accessible(
    browser: Browser, web: WebProcess, daemon: FakeDaemon, language: str, scheme: str
) -> None:
    window = Window(browser, web, width=360, height=740, locale=language, color_scheme=scheme)
    window.page.set_default_timeout(PATIENCE_MS)
    try:
        window.open("replay")
        window.page.get_by_role("button", name=NAME).click()
        window.page.wait_for_selector(".story li >> nth=8")
        window.page.locator(".first button.go").click()
        move_to(window, 120)
        window.page.locator(".story details").nth(2).evaluate("(each) => { each.open = true; }")
        assert (window.overflow_px, window.violations(), window.errors) == (0, [], [])
    finally:
        window.close()
