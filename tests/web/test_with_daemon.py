"""The page and a real daemon on a simulated mat: what somebody does from the page alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acumat.words import catalogue
from tests.broker import until
from tests.system.process import DaemonProcess
from tests.web.process import WebProcess
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

PATIENCE_MS = 400_000
PLANNED_MIN = 10
"""Of a first session."""


class House:
    """A daemon whose person lies there from ... to ... (seconds of the mat), its page, and a phone."""

    def __init__(self, folder: Path, browser: Browser, stay: tuple[float, float], speed: float) -> None:
        self.daemon = DaemonProcess(folder, 1, stays=[stay], speed=speed, mqtt="enabled = false", unhurried=True)
        (folder / "web").mkdir()
        self.web = WebProcess(folder / "web", folder / "run")
        self.web.make_code()
        self.web.start()
        self.phone = Window(browser, self.web, locale="en")
        self.phone.page.set_default_timeout(PATIENCE_MS)
        self.phone.open("setup")  # before the story begins, which does not wait for a browser
        self.daemon.start()

    def close(self) -> None:
        self.phone.close()
        self.web.stop()
        self.daemon.kill()


@pytest.fixture
def houses() -> Iterator[list[House]]:
    made: list[House] = []
    yield made
    for each in made:
        each.close()


def test_the_mat_is_calibrated_from_the_page_with_the_window_closed_meanwhile(
    tmp_path: Path, browser: Browser, houses: list[House]
) -> None:
    house = House(tmp_path, browser, (50.0, 95.0), speed=3.0)
    houses.append(house)
    until(lambda: house.daemon.status()["state"]["presence"] == "empty", "the mat is seen")
    parts = {*house.daemon.status()["health"], "panel", "update"} - {"health", "sensors"}
    assert {f"part.{name}" for name in parts} <= catalogue("en").keys()
    house.phone.page.get_by_role("button", name="Calibrate").click()
    shown(house.phone, "p", "Lie down on your back")
    house.phone.turn_to("now")
    house.phone.page.goto("about:blank")
    until(lambda: (house.daemon.status()["calibration"] or {}).get("stage") == "get_up", "the person has lain still")
    house.phone.page.goto(f"{house.web.origin}/#setup")
    shown(house.phone, "p", "Get up and keep off the mat.")
    shown(house.phone, "p", "Calibrated: your load stands")
    assert house.daemon.status()["health"]["calibration"]["code"] == "ok"
    assert house.phone.errors == []


def test_a_whole_guided_session_is_had_from_a_phone(tmp_path: Path, browser: Browser, houses: list[House]) -> None:
    house = House(tmp_path, browser, (100.0, 100.0 + 60 * PLANNED_MIN + 30), speed=10.0)
    houses.append(house)
    page = house.phone.page
    page.click("summary:has-text('health')")
    for group in page.locator("form fieldset").all():
        group.get_by_label("No", exact=True).check(force=True)
    page.get_by_role("button", name="Send the answers").click()
    shown(house.phone, "p", "Nothing here speaks against guidance.")
    house.phone.turn_to("now")
    shown(house.phone, "h2", "Before a session")
    page.get_by_label("2", exact=True).check(force=True)
    page.get_by_role("button", name="Send").click()
    shown(house.phone, "p", "Thank you")
    shown(house.phone, "h2", "You lie there")
    shown(house.phone, "[role=timer]", "left")
    shown(house.phone, "li", "Half of it")
    shown(house.phone, "li", "The planned time is over")
    shown(house.phone, "h2", "After the session")
    page.get_by_label("4", exact=True).check(force=True)
    page.get_by_role("button", name="Send").click()
    shown(house.phone, "li", "Noted how you feel")
    it_is_seen_afterwards(house)
    assert house.phone.errors == []


def it_is_seen_afterwards(house: House) -> None:
    """In Days with its minutes, its answers and the reasons of its events, and in How it went."""
    page = house.phone.page
    house.phone.turn_to("days")
    page.click(".day:not(.none)")  # the only one
    shown(house.phone, "li", "calm 2 before, 4 after")
    page.click(".go-on")
    shown(house.phone, "figcaption", "Stillness")
    assert page.locator("figure").first.locator("tbody tr").count() > 0
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    shown(house.phone, "li", "Half of it")
    page.get_by_role("button", name="Why? Half of it", exact=True).click()
    shown(house.phone, ".why p", "It lies inside")
    assert (page.input_value("#calm-before"), page.input_value("#calm-after")) == ("2", "4")
    house.phone.turn_to("how")
    shown(house.phone, "p", "After 9 more sessions with an answer before and after, a pattern can show.")
    shown(house.phone, "figcaption", "Calm before and after")
