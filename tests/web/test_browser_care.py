"""The first days and the last resort in a real Chromium: the card of the first steps, and forgetting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from acumat.words import LANGUAGES
from tests.broker import until
from tests.web.fake_daemon import STATE, FakeDaemon, frame_line
from tests.web.process import WebProcess
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

CARD = "section:has(h2:text-is('Your first steps'))"
EMPTY = {**STATE, "presence": "empty", "confirmed": None}


@pytest.fixture
def window(browser: Browser, web: WebProcess) -> Iterator[Window]:
    made = Window(browser, web, locale="en-GB")
    yield made
    assert made.errors == []
    made.close()


def fresh(daemon: FakeDaemon) -> None:
    """As after an installation: the broker answers, and nothing else has been done."""
    daemon.status["health"] |= {
        "broker": {"code": "ok", "text": ""},
        "calibration": {"code": "never", "text": "Not calibrated."},
    }
    daemon.status["routine"]["guidance_reason"] = "unanswered"


def changed(daemon: FakeDaemon, window: Window) -> None:
    """The page asks anew after an answer."""
    until(lambda: daemon.watching, "the page watches the daemon")
    daemon.show(frame_line([0.0] * 8, EMPTY), {"kind": "answer"})


def test_the_card_says_what_is_done_and_next_leads_there_and_goes_once_all_is_done(window: Window, daemon: FakeDaemon) -> None:
    fresh(daemon)
    window.open()
    changed(daemon, window)
    shown(window, CARD, "1 of 4 steps are done.")
    assert window.page.locator(f"{CARD} li").all_inner_texts() == [
        "Broker (done)",
        "Press test (next)",
        "Calibration (open)",
        "Questions about your health (open)",
    ]
    daemon.status["health"]["calibration"] = {"code": "ok", "text": ""}
    changed(daemon, window)
    shown(window, CARD, "3 of 4 steps are done.")
    window.page.reload()
    changed(daemon, window)
    window.page.get_by_role("button", name="Go on: Questions about your health").click()
    until(lambda: window.page.evaluate("document.activeElement.id") == "step-questions", "the step is in sight")
    assert window.page.url.endswith("#setup")
    shown(window, CARD, "3 of 4 steps are done.")
    daemon.status["routine"]["guidance_reason"] = None
    changed(daemon, window)
    window.page.locator(CARD).wait_for(state="hidden")
    shown(window, "h2", "3. Calibration (done)")
    assert window.page.get_by_role("button", name="Calibrate").is_enabled()


def test_whoever_lies_there_sees_no_card(window: Window, daemon: FakeDaemon) -> None:
    fresh(daemon)
    window.open()
    changed(daemon, window)
    shown(window, CARD, "1 of 4")
    daemon.show(frame_line([20.0] * 8, STATE))
    window.page.locator(CARD).wait_for(state="hidden")


def test_without_a_broker_its_step_is_done(window: Window, daemon: FakeDaemon) -> None:
    fresh(daemon)
    daemon.status["health"]["broker"] = {"code": "off", "text": "MQTT is switched off."}
    window.open()
    changed(daemon, window)
    shown(window, CARD, "1 of 4")


def test_forgetting_names_what_goes_before_anything_does(window: Window, daemon: FakeDaemon) -> None:
    window.open("mat")
    page = window.page
    shown(window, "dd", "Sessions: 41")
    page.click("summary:has-text('Delete what is stored')")
    page.click("text=Show what would go")
    shown(window, "p", "Please choose a day.")
    page.fill("#forget-day", "2026-11-01")
    page.click("text=Show what would go")
    shown(window, "p", "all sessions that began before 11/1/2026")
    page.get_by_label("Everything").check(force=True)
    assert not page.is_visible("text=Yes, forget it")
    page.click("text=Show what would go")
    shown(window, "p", "all sessions (41, with 512 minutes)")
    shown(window, "p", "the rest after a symptom")
    page.get_by_role("button", name="Back").click()
    assert daemon.asked == []
    page.click("text=Show what would go")
    page.click("text=Yes, forget it")
    until(lambda: daemon.asked == [{"command": "history_forget", "everything": True}], "it is asked for")
    page.get_by_label("What was before a day").check(force=True)
    page.click("text=Show what would go")
    page.click("text=Yes, forget it")
    until(lambda: daemon.asked[2:], "it is asked for")
    assert [each["command"] for each in daemon.asked[1:]] == ["history_list", "history_forget"]
    assert daemon.asked[2]["before"].startswith(("2026-10-31T", "2026-11-01T"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_card_and_confirmation_are_accessible_on_a_small_phone(
    browser: Browser, web: WebProcess, daemon: FakeDaemon, language: str, scheme: str
) -> None:
    fresh(daemon)
    window = Window(browser, web, width=360, height=740, locale=language, color_scheme=scheme)
    try:
        window.open()
        changed(daemon, window)
        for page in ("now", "setup"):
            window.turn_to(page)
            window.page.wait_for_selector("section:not([hidden]) > ol + .go")
            assert (window.overflow_px, window.violations()) == (0, []), page
        window.turn_to("mat")
        window.page.locator("details").evaluate("(each) => { each.open = true; }")
        window.page.locator("[value=everything]").check(force=True)
        window.page.locator("details > button").click()
        window.page.wait_for_selector(".warn")
        assert (window.overflow_px, window.violations(), window.errors) == (0, [], [])
    finally:
        window.close()
