"""The card for Home Assistant in a real Chromium: what it shows, what a tap does, and what it never does by accident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from acumat.words import LANGUAGES
from tests.broker import until
from tests.docs.card_words import words
from tests.web.card_page import PLATFORMS, WALL_MS, CardWindow, Home
from tests.web.process import WebProcess
from tests.web.window import NEEDS_BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER


@pytest.fixture
def window(browser: Browser) -> Iterator[CardWindow]:
    made = CardWindow(browser)
    yield made
    assert made.errors == []
    made.close()


def test_it_finds_its_entities_whatever_they_are_called_and_again_after_a_new_name(window: CardWindow) -> None:
    home = Home()
    window.put(home)
    window.shows(".advice", "Lie down when it suits you: 12 minutes.")
    window.shows(".time", "Next session: 12 minutes.")
    window.shows("header", "Ready")
    home.rename("stop", "button.red_one")
    window.update(home)
    window.page.wait_for_function("looked === 2")
    window.button("Stop").click()
    assert window.called(1) == [["button.press", {"entity_id": "button.red_one"}]]
    window.update(home)
    assert window.page.evaluate("looked") == 2, "the registry is read when it has changed, and not else"


def test_a_stop_is_one_tap_and_its_answer_is_shown(window: CardWindow) -> None:
    home = Home()
    started = datetime.fromtimestamp(WALL_MS / 1000, UTC) - timedelta(minutes=3)
    home.set("session", "on")
    home.set("session_started", started.isoformat())
    home.set("ends_at", (started + timedelta(minutes=12)).isoformat())
    home.set("advice", "Breathe.", advice="breathe")
    home.set("routine", "Guided", situation="guided", planned_min=12, question=None)
    window.put(home)
    window.shows(".time", f"9 min left, until {started + timedelta(minutes=12):%H:%M}")
    box = window.button("Stop").bounding_box()
    assert box is not None
    assert box["height"] >= 80
    assert box["y"] + box["height"] < 500, "in sight on a phone"
    window.button("Stop").click()
    assert window.called(1) == [["button.press", {"entity_id": home.entity("stop")}]]
    window.shows("[role=status]", "Sent to the mat.")
    home.set("answer", "Something else.", command="tare", ok=True)
    window.update(home)
    window.shows("[role=status]", "Sent to the mat.")
    home.set("answer", "The guidance has ended. Get up slowly when you like.", command="stop", ok=True)
    window.update(home)
    window.shows("[role=status]", "The guidance has ended.")


def test_what_does_not_feel_right_stops_at_once_and_rests_after_a_second_tap(window: CardWindow) -> None:
    home = Home()
    window.put(home)
    window.button("Something does not feel right").click()
    stop = ["button.press", {"entity_id": home.entity("stop")}]
    assert window.called(1) == [stop]
    window.button("Yes, rest").click()
    assert window.called(1) == [stop], "a tap that was under way when the question came"
    window.answer("No, only stop")
    window.button("Yes, rest").wait_for(state="hidden")
    window.button("Something does not feel right").click()
    window.answer("Yes, rest")
    assert window.called(3) == [stop, stop, ["button.press", {"entity_id": home.entity("symptom_stop")}]]


def test_redness_is_asked_when_the_mat_asks_and_the_day_of_rest_takes_two_taps(window: CardWindow) -> None:
    home = Home()
    window.put(home)
    window.shows(".advice", "Lie down")
    assert window.page.get_by_text("Has the redness faded?").count() == 1
    assert not window.page.get_by_text("Has the redness faded?").is_visible()
    home.set("routine", "Question: redness", situation="question", planned_min=12, question="redness")
    home.set("advice", "Has the redness faded? Please answer.", advice="redness")
    window.update(home)
    window.button("It has faded").click()
    assert window.page.evaluate("calls") == [], "it has only just appeared"
    window.answer("Still red")
    window.shows(".ask", "The skin then gets a day of rest.")
    window.answer("Back")
    window.button("It has faded").wait_for()
    window.answer("Still red")
    window.answer("Still red")
    window.update(home)
    window.answer("It has faded")
    pressed = [each[1]["entity_id"] for each in window.called(2)]
    assert pressed == [home.entity("still_red"), home.entity("redness_faded")]
    window.answer("Still red")
    window.shows(".ask", "The skin then gets a day of rest.")
    home.set("routine", "Ready", situation="ready", planned_min=12, question=None)
    window.update(home)
    window.button("Still red").wait_for(state="hidden")
    assert window.page.locator("acumat-card .ask:visible").count() == 0


def test_who_hears_no_answer_is_told_so_until_it_comes(window: CardWindow) -> None:
    home = Home()
    window.put(home)
    window.button("Stop").click()
    window.shows("[role=status]", "Sent to the mat.")
    window.page.evaluate("wallMs += 10000")
    window.update(home)
    window.shows("[role=status]", "The mat has not answered.")
    home.set("answer", "The guidance has ended.", command="stop", ok=True)
    window.update(home)
    window.shows("[role=status]", "The guidance has ended.")
    window.page.evaluate("wallMs += 10000")
    window.update(home)
    window.shows("[role=status]", "The guidance has ended.")
    window.button("Stop").click()
    home.set("connection", "off")
    window.update(home)
    window.button("Stop").click()
    window.page.evaluate("wallMs += 10000")
    window.update(home)
    window.shows("[role=status]", "This did not reach the mat.")


@pytest.mark.parametrize(("language", "shown"), [("en", "Are you pregnant?"), ("de", "Bist du schwanger?")])
def test_a_health_question_that_home_assistant_may_ask_is_asked_here(window: CardWindow, language: str, shown: str) -> None:
    home, said = Home(language=language, asks=True), words(language)
    home.set("advice", "In the language of the mat.", advice="unanswered")
    home.asks("all")
    window.put(home)
    window.shows(".advice", said["asking.unanswered"])
    window.shows(".ask", said["question.all"])
    assert window.button(said["card.again"]).count() == 0, "nothing has been answered"
    window.button(said["reply.no"]).click()
    assert window.page.evaluate("calls") == [], "it has only just appeared"
    window.answer(said["reply.yes"])
    home.asks("pregnancy")
    window.update(home)
    window.shows(".ask", shown)
    window.button(said["reply.yes"]).click()
    window.called(1)
    window.answer(said["reply.unknown"])
    window.answer(said["card.again"])
    pressed = [each[1]["entity_id"] for each in window.called(3)]
    assert pressed == [home.entity(key) for key in ("health_yes", "health_unknown", "health_again")]
    home.asks(None)
    window.update(home)
    window.button(said["reply.no"]).wait_for(state="hidden")


def test_where_home_assistant_may_not_ask_the_advice_says_where(window: CardWindow) -> None:
    home = Home()
    home.set("advice", "In the language of the mat.", advice="unanswered")
    window.put(home)
    window.shows(".advice", "on the mat's page under Set up, or with acumat screen")
    assert window.page.locator("acumat-card .ask:visible").count() == 0


def test_while_it_is_calibrated_each_step_is_the_advice(window: CardWindow) -> None:
    home = Home()
    home.set("advice", "Follow the steps under Answer.", advice="calibrating")
    window.put(home)
    window.shows(".advice", "follow the steps under Answer")
    for step in ("Keep off the mat.", "Lie down on your back."):
        home.set("answer", step, command="calibrate", ok=True)
        window.update(home)
        window.shows(".advice", step)


def test_how_calm_is_one_tap(window: CardWindow) -> None:
    home = Home()
    window.put(home)
    window.button("4").click()
    assert window.called(1) == [["select.select_option", {"entity_id": home.entity("calm"), "option": "4"}]]


@pytest.mark.parametrize("how", ["connection", "entities", "home assistant"])
def test_a_mat_out_of_reach_is_said_in_words_and_no_tap_pretends(window: CardWindow, how: str) -> None:
    home = Home()
    window.put(home)
    window.shows(".advice", "Lie down")
    if how == "home assistant":
        home.document["connected"] = False
    elif how == "connection":
        home.set("connection", "off")
    else:
        for key in PLATFORMS:
            home.set(key, "unavailable")
    window.update(home)
    window.shows("[role=alert]", "The mat cannot be reached")
    for name in ("Stop", "Something does not feel right"):
        window.button(name).click()
        window.shows("[role=status]", "This did not reach the mat.")
    assert window.page.evaluate("calls") == []
    assert window.page.locator("acumat-card .ask:visible").count() == 0
    window.update(Home())
    window.page.locator("[role=alert]").wait_for(state="hidden")


def test_a_stop_works_whatever_else_is_switched_off(window: CardWindow) -> None:
    home = Home()
    for key in ("advice", "session", "routine", "connection", "answer", "left_share"):
        home.remove(key)
    window.put(home)
    window.shows(".advice", "The mat has not said anything yet.")
    window.button("Stop").click()
    assert window.called(1) == [["button.press", {"entity_id": home.entity("stop")}]]
    home.set("stop", "unavailable")
    window.update(home)
    window.button("Stop").click()
    window.shows("[role=status]", "This did not reach the mat.")


def test_a_call_that_home_assistant_refuses_is_said(window: CardWindow) -> None:
    window.put(Home())
    window.page.evaluate("refuse = true")
    window.button("Stop").click()
    window.shows("[role=status]", "This did not reach the mat.")


def test_of_two_mats_one_is_chosen_and_a_tap_reaches_that_one_alone(window: CardWindow) -> None:
    home = Home("attic", "bedroom")
    window.put(home)
    assert window.page.get_by_label("Which mat").input_value() == "device-attic", "the first by name"
    window.button("Something does not feel right").click()
    window.button("Yes, rest").wait_for()
    window.page.get_by_label("Which mat").select_option(label="Mat bedroom")
    window.button("Yes, rest").wait_for(state="hidden")
    window.page.wait_for_function("looked === 2")
    window.button("Stop").click()
    pressed = [["button.press", {"entity_id": home.entity("stop", mat)}] for mat in ("attic", "bedroom")]
    assert window.called(2) == pressed
    window.put(home)
    window.page.wait_for_function("looked === 3")
    assert window.page.get_by_label("Which mat").input_value() == "device-bedroom", "as chosen on this screen"
    window.put(home, device="device-attic")
    window.shows("header b", "Mat attic")
    assert not window.page.get_by_label("Which mat").is_visible()
    window.button("Stop").click()
    assert window.called(3)[2] == pressed[0]
    window.put(home, device="device-cellar")
    window.shows(".advice", "The mat of this card is not here any more.")


def test_without_a_mat_or_a_stop_it_says_so(window: CardWindow) -> None:
    home = Home()
    del home.document["devices"]["device-bedroom"]
    window.put(home)
    window.shows(".advice", "There is no acupressure mat here.")
    home = Home()
    home.remove("stop")
    window.put(home)
    window.shows("p", "A stop is missing here")
    assert window.button("Stop").count() == 0
    window.button("Something does not feel right").click()
    window.answer("Yes, rest")
    assert window.called(1) == [["button.press", {"entity_id": home.entity("symptom_stop")}]]


def test_what_is_only_a_preview_sends_nothing(window: CardWindow) -> None:
    window.put(Home())
    window.page.evaluate("document.querySelector('acumat-card').preview = true")
    window.shows(".advice", "Lie down")
    window.button("Stop").click()
    assert window.page.evaluate("calls") == []


def test_a_name_with_markup_is_text(window: CardWindow) -> None:
    home = Home("a", "b")
    evil = "<img src=x onerror=window.hit=1><b>Mat</b>"
    for device in ("device-a", "device-b"):
        home.document["devices"][device]["name_by_user"] = evil
    home.set("advice", "<script>window.hit=1</script>", mat="a", advice="new_one")
    window.put(home)
    window.shows(".advice", "<script>window.hit=1</script>")
    window.put(home, device="device-a")
    window.shows("header b", evil)
    made = "document.querySelector('acumat-card').shadowRoot.querySelectorAll('img, script').length"
    assert window.page.evaluate(f"[window.hit ?? null, {made}]") == [None, 0]


class Elsewhere(BaseHTTPRequestHandler):
    """The page of another origin, which takes the card from the mat's own page."""

    card = ""

    def do_GET(self) -> None:
        text = f'<!doctype html><script type="module" src="{self.card}"></script>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """A test says what it has to."""


def test_a_dashboard_elsewhere_can_take_it_from_the_mats_page(browser: Browser, web: WebProcess) -> None:
    Elsewhere.card = f"{web.origin}/acumat-card.js"
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page()
        try:
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
            until(lambda: page.evaluate("Boolean(customElements.get('acumat-card'))"), "the card is there")
        finally:
            page.close()
            server.shutdown()
            thread.join()


def test_home_assistant_can_offer_and_set_it_up(window: CardWindow) -> None:
    stub = "(home) => customElements.get('acumat-card').getStubConfig(home)"
    assert window.page.evaluate(stub, Home().document) == {}
    assert window.page.evaluate(stub, Home("b", "a").document) == {"device": "device-a"}
    form = window.page.evaluate("customElements.get('acumat-card').getConfigForm().schema")
    assert form == [{"name": "device", "selector": {"device": {"filter": [{"integration": "mqtt", "manufacturer": "acumat"}]}}}]
    (offered,) = window.page.evaluate("customCards")
    assert (offered["type"], offered["name"]) == ("acumat-card", "Acupressure mat")
    with pytest.raises(Exception, match="a device's id"):
        window.put(Home(), device=5)


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_readable_and_large_enough_in_every_form(browser: Browser, language: str, dark: bool, width: int) -> None:
    window = CardWindow(browser, width=width, dark=dark)
    said = words(language)
    try:
        home = Home(language=language)
        home.set("session", "on")
        home.set("left_share", "62", zones={"neck": 20, "shoulders": 40, "lumbar": 10, "pelvis": 30})
        home.set("advice", "x", advice="alarm")
        home.set("routine", "x", situation="question", planned_min=12, question="redness")
        window.put(home)
        window.shows(".advice", said["advice.alarm"])
        window.button(said["now.symptom"]).click()
        window.shows(".sides", "62 %")
        assert window.overflow_px == 0
        assert window.violations() == []
        small = window.page.evaluate(
            """() => [...document.querySelector("acumat-card").shadowRoot.querySelectorAll("button")]
                 .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 48).length"""
        )
        assert small == 0
        home.set("connection", "off")
        window.update(home)
        window.shows("[role=alert]", said["card.away"])
        assert (window.overflow_px, window.violations(), window.errors) == (0, [], [])
    finally:
        window.close()
