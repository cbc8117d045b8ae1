"""From discovery to the first guided session in a browser on a phone: every tap is counted, in each language.

Chromium shows the real frontend, and a finger taps where things are to be seen. With `ACUMAT_HA_SCREENS=FOLDER` each screen is
written there, and all of one language side by side.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acumat.coach.screening import ALL
from acumat.words import LANGUAGES, catalogue, mat_words
from tests.broker import until
from tests.ha.house import BASE, House
from tests.system.process import scenario
from tests.web.window import ARGUMENTS, CHROMIUM, NEEDS_BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

pytestmark = [pytest.mark.timeout(900), NEEDS_BROWSER]

WIDTH, HEIGHT = 390, 844
MOST_TAPS = 6
NAME, SESSION = "Acupressure mat", "binary_sensor.acupressure_mat_session"
LOCALES = {"en": "en-GB", "de": "de-DE", "sv": "sv-SE"}
DEVICES = {"en": "Devices", "de": "Geräte", "sv": "Enheter"}
"""Home Assistant's own word, on its first page."""
COMES_S, STAYS_S, AGAIN_S = 60.0, 45.0, 140.0
"""The person lies down for the calibration, gets up, and lies down again. Calibrate may be tapped until shortly before."""
NOBODY: list[tuple[float, float]] = [(80_000, 80_100)]
SCREENS = os.environ.get("ACUMAT_HA_SCREENS")
YEAR_S = 31_536_000


@dataclass
class Finger:
    """What it has tapped, and a picture of what was to be seen before each tap."""

    page: Page
    taps: list[str] = field(default_factory=list)
    screens: list[bytes] = field(default_factory=list)

    def tap(self, target: Locator, name: str) -> None:
        """Where it is on the screen, once it stays there; scrolling is no tap."""
        box = until(lambda: self._settled(target), f"{name} is to be seen")
        self.screens.append(self.page.screenshot())
        self.taps.append(name)
        self.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def look(self, target: Locator) -> None:
        until(lambda: self._settled(target), "nothing moves any more")
        self.screens.append(self.page.screenshot())

    def _settled(self, target: Locator) -> FloatRect | None:
        """Where it is, if it was there a second ago as well."""
        target.scroll_into_view_if_needed()
        before = target.bounding_box()
        self.page.wait_for_timeout(1000)
        return before if before == target.bounding_box() else None

    def row(self, name: str) -> Locator:
        """The line of an entity."""
        found = self.page.locator("hui-button-entity-row, hui-sensor-entity-row, hui-simple-entity-row")
        return found.filter(has=self.page.get_by_text(name, exact=True)).first

    def press(self, name: str) -> None:
        self.tap(self.row(name).locator("ha-button, mwc-button").first, name)

    def reads(self, name: str, text: str) -> None:
        self.row(name).filter(has_text=text).wait_for()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(
        tmp_path_factory.mktemp("first"),
        stays=NOBODY,
        speed=1.0,
        more={"frontend": {}, "lovelace": {}, "logbook": {}},
        extra="[routine]\nscreen_over_mqtt = true",
    )
    config = made.daemon.config
    config.write_text(config.read_text().replace('name = "Test mat"', f'name = "{NAME}"'))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, house: House) -> str:
    """The mat as on its first day, in one of the languages."""
    spoken = str(request.param)
    house.stop_daemon()
    config, story = house.daemon.config, house.daemon.folder / "story.toml"
    text = re.sub(r'language = "\w+"\n', "", config.read_text())
    config.write_text(text.replace("[mqtt]\n", f'[mqtt]\nlanguage = "{spoken}"\n'))
    story.write_text(scenario(NOBODY))
    shutil.rmtree(house.daemon.folder / "state")
    house.daemon.start()
    until(lambda: house.last("now")["advice"] == "unanswered", "it is the first day")
    return spoken


@pytest.fixture
def finger(language: str, house: House) -> Iterator[Finger]:
    from playwright.sync_api import sync_playwright

    url = f"http://127.0.0.1:{house.home.port}"
    tokens: dict[str, Any] = {"hassUrl": url, "clientId": f"{url}/", "access_token": house.home.token, "refresh_token": ""}
    tokens |= {"token_type": "Bearer", "expires_in": YEAR_S, "expires": 1000 * (int(time.time()) + YEAR_S)}
    signed_in = f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
    speaks = f"localStorage.setItem('selectedLanguage', {json.dumps(json.dumps(language))});"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, is_mobile=True, locale=LOCALES[language]
        )
        context.add_init_script(signed_in + speaks)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(url)
        yield Finger(page)
        browser.close()


def person_comes(house: House) -> None:
    """The mat's story begins anew: from now on somebody is there who does what is asked of them."""
    house.stop_daemon()
    until(lambda: house.home.state(SESSION) == "unavailable", "the mat is away")
    stays = [(COMES_S, COMES_S + STAYS_S), (AGAIN_S, AGAIN_S + 900.0)]
    (house.daemon.folder / "story.toml").write_text(scenario(stays))
    house.daemon.start()
    until(lambda: house.home.state(SESSION) == "off", "the mat is looked at")


def calibrations(house: House) -> int:
    return [each["event_type"] for each in house.listener.events(f"{BASE}/event")].count("calibration_done")


def write_screens(finger: Finger, language: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, screen in enumerate(finger.screens):
        (folder / f"{language}-{number}.png").write_bytes(screen)
    images = [f"<img src='data:image/png;base64,{base64.b64encode(each).decode()}'>" for each in finger.screens]
    style = "<style>body{margin:0;display:flex;gap:8px;background:#888}img{width:200px}</style>"
    page = finger.page.context.new_page()
    page.set_viewport_size({"width": 208 * len(images) - 8, "height": round(200 * HEIGHT / WIDTH)})
    page.set_content(style + "".join(images))
    (folder / f"{language}.png").write_bytes(page.screenshot())
    page.close()


def test_who_knows_nothing_is_guided_after_at_most_six_taps(
    house: House, finger: Finger, language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names, states = mat_words(language, "name"), mat_words(language, "state")
    advice = {**mat_words(language, "advice"), **mat_words(language, "advice_with_questions")}
    page, before = finger.page, calibrations(house)
    finger.tap(page.get_by_text(DEVICES[language], exact=True).first, DEVICES[language])
    finger.reads(names["advice"], advice["unanswered"])
    finger.look(finger.row(names["advice"]))
    finger.reads(names["health_question"], states[f"health_question.{ALL}"])
    finger.look(finger.row(names["health_question"]))
    finger.press(names["health_no"])
    finger.reads(names["advice"], advice["calibrate"])
    person_comes(house)
    finger.reads(names["advice"], advice["calibrate"])
    finger.tap(page.get_by_text(NAME, exact=True).first, NAME)  # above the list
    page.wait_for_url("**/config/devices/device/*")
    finger.press(names["calibrate"])
    until(lambda: house.last("now")["advice"] == "calibrating", "it is being calibrated")
    finger.reads(names["answer"], catalogue(language)["stage.lie_down"])
    finger.look(finger.row(names["answer"]))
    until(lambda: calibrations(house) > before, "it is calibrated", COMES_S + STAYS_S + 60)
    until(lambda: house.last("routine")["situation"] == "guided", "they are guided", AGAIN_S)
    finger.reads(names["routine"], states["routine.guided"])
    finger.reads(names["advice"], advice["breathe"])
    finger.look(finger.row(names["advice"]))
    write_screens(finger, language, Path(SCREENS) if SCREENS else tmp_path / "screens")
    with capsys.disabled():
        print(f"\n  {language}: {len(finger.taps)} taps: {', '.join(finger.taps)}")
    assert len(finger.taps) <= MOST_TAPS
    house.check_quiet()
