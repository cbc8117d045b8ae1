"""The card on a dashboard of a real Home Assistant, in a real Chromium: what it shows, and that a tap reaches the mat."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from acumat.words import LANGUAGES
from tests.broker import until
from tests.docs.card_words import words
from tests.ha.board import WITH_DASHBOARDS, BoardWindow, put_card, put_file
from tests.ha.house import BASE, House
from tests.system.process import DaemonProcess
from tests.web.window import ARGUMENTS, CHROMIUM, NEEDS_BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.timeout(900), NEEDS_BROWSER]

WIDTHS = {"phone": 390, "desk": 1280}
NEVER_S = 80_000.0
MIDDLE = 128
"""Between black and white."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Somebody lies there in real time, so that what is planned is minutes away."""
    made = House(tmp_path_factory.mktemp("card"), stays=[(30, NEVER_S)], speed=1.0, more=WITH_DASHBOARDS)
    put_file(made.home)
    try:
        made.start()
        asked = {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}
        assert ask(made.daemon.folder / "run" / "control.sock", asked, 10.0)["ok"]
        until(lambda: made.last("now")["advice"] == "breathe", "somebody is guided")
        put_card(made.home)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def window(browser: Browser, house: House) -> Iterator[BoardWindow]:
    made = BoardWindow(browser, house.home)
    yield made
    assert made.errors == []
    made.close()


def says_the_advice(house: House, window: BoardWindow, language: str = "en") -> None:
    """The mat's own of this moment: on a slow machine the planned time may be over."""

    def same() -> bool:
        shown = window.page.locator("acumat-card .advice").inner_text()
        return bool(shown == words(language)[f"advice.{house.last('now')['advice']}"])

    until(same, "the card says what the mat says")


def answers(house: House, base: str = BASE) -> list[Any]:
    return [each.document for each in house.listener.on(f"{base}/response")]


@pytest.mark.parametrize(("shape", "scheme"), [*itertools.product(WIDTHS, ("light", "dark"))])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_shows_the_session_in_the_language_of_home_assistant(
    house: House, browser: Browser, tmp_path: Path, language: str, shape: str, scheme: str
) -> None:
    """The pictures are for looking at."""
    viewport = {"width": WIDTHS[shape], "height": 844}
    window = BoardWindow(browser, house.home, locale=language, color_scheme=scheme, viewport=viewport)
    said = words(language)
    try:
        window.open()
        says_the_advice(house, window, language)
        window.shows("header", "Test mat")
        window.shows("button.stop", said["now.stop"])
        window.shows("button.symptom", said["now.symptom"])
        window.shows(".sides", "%")
        window.page.locator("acumat-card rect").nth(8).wait_for(state="attached")  # four zones, two sides, the mat
        window.page.screenshot(path=tmp_path / f"card-{language}-{shape}-{scheme}.png")
        paper = window.page.locator("acumat-card ha-card").evaluate("(card) => getComputedStyle(card).backgroundColor")
        assert (max(int(part) for part in re.findall(r"\d+", paper)[:3]) > MIDDLE) is (scheme == "light")
        wide = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (wide, window.errors) == (0, [])
    finally:
        window.close()


def test_how_calm_reaches_the_mat_and_its_answer_comes_back(house: House, window: BoardWindow) -> None:
    before = len(answers(house))
    window.open()
    window.tap("4")
    until(lambda: answers(house)[before:], "the mat has answered")
    (answer,) = answers(house)[before:]
    assert (answer["name"], answer["ok"]) == ("check_in", True)
    window.shows("[role=status]", answer["text"])
    window.tap("4")
    until(lambda: answers(house)[before + 1 :], "the mat has answered again")
    assert answers(house)[before + 1] == answer
    window.shows("[role=status]", answer["text"])  # though it is in all as the one before


def test_a_renamed_button_still_stops(house: House, window: BoardWindow) -> None:
    window.open()
    window.shows("button.stop", "Stop")
    house.home.ws(
        "config/entity_registry/update", entity_id=house.entity("stop"), new_entity_id="button.my_red_one", name="My red one"
    )
    house.home.ws("config/entity_registry/update", entity_id=house.entity("advice"), new_entity_id="sensor.what_now")
    card = window.page.locator("acumat-card")
    until(lambda: card.evaluate("(card) => card._ids.stop") == "button.my_red_one", "the card has heard of the new name")
    before = len(answers(house))
    says_the_advice(house, window)
    window.tap("Stop")
    until(lambda: answers(house)[before:], "the mat has answered")
    (answer,) = answers(house)[before:]
    assert (answer["name"], answer["ok"]) == ("stop", True)
    window.shows("[role=status]", answer["text"])
    window.shows(".advice", words("en")["advice.measuring"])


def test_something_that_does_not_feel_right_rests_for_a_day_after_a_second_tap(house: House, window: BoardWindow) -> None:
    window.open()
    says_the_advice(house, window)
    before = len(answers(house))
    window.tap("Something does not feel right")
    window.page.locator("acumat-card button").filter(has_text="Yes, rest", visible=True).wait_for()
    until(lambda: asked_again(house, window, before), "it is noted")
    window.shows(".advice", words("en")["advice.rise"])


def asked_again(house: House, window: BoardWindow, before: int) -> bool:
    """A tap too early is not taken: tapped until it is."""
    yes = window.page.locator("acumat-card button").filter(has_text="Yes, rest", visible=True)
    if yes.count():
        yes.click()
    return [each["name"] for each in answers(house)[before:]] == ["stop", "symptom"]


def test_whoever_is_no_administrator_can_use_it_as_well(house: House, browser: Browser) -> None:
    """As on a tablet on the wall: entities are found without the rights of an administrator."""
    window = BoardWindow(browser, house.home, token=house.home.guest())
    before = len(answers(house))
    try:
        window.open()
        window.tap("5")
        until(lambda: answers(house)[before:], "the mat has answered")
        assert answers(house)[before]["name"] == "check_in"
        assert window.errors == []
    finally:
        window.close()


def test_without_the_mat_it_says_so_and_comes_back(house: House, window: BoardWindow) -> None:
    window.open()
    window.shows(".advice", words("en")["advice.rise"])
    house.daemon.kill()
    window.shows("[role=alert]", words("en")["card.away"])
    window.tap("Stop")
    window.shows("[role=status]", words("en")["card.failed"])
    house.daemon.start()
    window.page.locator("acumat-card [role=alert]").wait_for(state="hidden")


def test_of_two_mats_one_is_chosen_and_a_name_with_markup_is_text(house: House, window: BoardWindow, tmp_path: Path) -> None:
    second = DaemonProcess(tmp_path, house.broker.port, stays=[(NEVER_S, NEVER_S + 100)])
    text = second.config.read_text()
    evil = "<img src=x onerror=window.hit=1>Guest room"
    second.config.write_text(text.replace('id = "test"', 'id = "second"').replace('name = "Test mat"', f'name = "{evil}"'))
    try:
        second.start()

        def device() -> Any:
            listed = house.home.ws("config/device_registry/list")
            return next((each["id"] for each in listed if each["serial_number"] == "second"), None)

        until(device, "the second mat is there")
        window.open()
        window.page.get_by_label("Which mat").select_option(label=evil)
        window.shows(".advice", words("en")["advice.unanswered"])
        window.shows(".time", "Next session")
        window.tap("Stop")
        until(lambda: answers(house, "acumat/second"), "the second one answers")
        assert answers(house, "acumat/second")[0]["reason"] == "nobody_there"
        put_card(house.home, device=device())
        window.open()
        window.shows("header b", evil)
        assert window.page.evaluate("window.hit ?? null") is None
    finally:
        second.kill()


def test_nothing_in_home_assistant_complains_of_it(house: House) -> None:
    house.check_quiet()
