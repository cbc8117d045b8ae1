"""The page in a real Chromium: what a person sees, does and hears of it, on a small phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from acumat.words import LANGUAGES, catalogue
from acumat_hw.layout import grid
from tests.broker import until
from tests.web.fake_daemon import LYING_US, NOTHING, STATE, FakeDaemon, Line, event_line, frame_line, status_document
from tests.web.process import WebProcess
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = NEEDS_BROWSER

PAGES = ("now", "days", "how", "mat", "setup", "replay")
FIRST_MOST_BYTES = 60_000
HEAD_BYTES = 600
"""What the headers of one answer take at most."""

BRIGHTNESS = """([x, y]) => {
  const map = document.querySelector("canvas");
  const [red, green, blue] = map.getContext("2d").getImageData(x * map.width, y * map.height, 1, 1).data;
  return red + green + blue;
}"""
"""Of the map at a place, each axis from 0 to 1."""
EMPTY = 44 + 52 + 64
"""The same of a mat without any load."""
SMALL_TARGETS = """[...document.querySelectorAll("button, select, nav a, .choices label")]
  .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 44).length"""


@pytest.fixture
def window(browser: Browser, web: WebProcess) -> Iterator[Window]:
    made = Window(browser, web, locale="en-GB")
    yield made
    made.close()


def watched(daemon: FakeDaemon) -> None:
    until(lambda: daemon.watching, "the page watches the daemon")


def test_the_page_that_was_asked_for_last_is_the_one_that_opens(window: Window) -> None:
    """Each is fetched when it is first opened, and on a slow line the one before may arrive later."""
    window.open()
    held: list[Route] = []
    for part in ("now", "setup"):
        window.page.route(f"**/{part}.js", lambda route: held.append(route))  # noqa: PLW0108  a method takes no mark
    window.page.reload(wait_until="commit")
    until(lambda: window.page.evaluate("1") and len(held) == 1, "the first page is being fetched")
    window.turn_to("mat")
    window.page.evaluate("location.hash = '#setup'")
    until(lambda: window.page.evaluate("1") and len(held) == 2, "another one is being fetched")
    window.turn_to("mat")
    for each in held:
        each.continue_()
        window.page.evaluate(
            "async (part) => { await import(part); await new Promise((done) => setTimeout(done)); }", each.request.url
        )
    assert window.page.locator("nav a[aria-current]").get_attribute("href") == "#mat"


def test_the_first_page_is_small_and_asks_nobody_but_its_own_host(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    daemon.show(frame_line(LYING_US))
    shown(window, "h2", "You lie there")
    assert {each.url.split("/")[2] for each in window.fetched} == {f"127.0.0.1:{web.port}"}
    size = sum(int(each.headers.get("content-length", 0)) + HEAD_BYTES for each in window.fetched)
    assert 0 < size < FIRST_MOST_BYTES
    assert window.errors == []


def test_an_address_with_the_code_signs_in_and_does_not_stay(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.page.goto(f"{web.origin}/#code={web.code}")
    window.page.wait_for_selector("nav a")
    assert web.code not in window.page.url
    assert all(web.code not in each.url for each in window.fetched)


def test_an_address_with_a_wrong_code_leads_to_the_sign_in(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.page.goto(f"{web.origin}/#code=AAAAA-AAAAA")
    window.page.wait_for_selector("#code")
    assert window.errors == []


def test_the_person_sees_their_own_left_and_right_and_the_time_that_is_left(window: Window, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    daemon.show(frame_line(LYING_US))
    shown(window, "h2", "You lie there")
    # lateral 12: 56 % on the mat's right, which is the left of who lies on the back
    assert window.page.inner_text(".sides") == "Your left\n56 %\nYour right\n44 %"
    assert window.page.inner_text("[role=timer]").split() == ["16:55", "left"]
    daemon.show(frame_line([0.0, 0.0, 0.0, 90.0, 0.0, 0.0, 0.0, 0.0]))
    until(
        lambda: window.page.evaluate(BRIGHTNESS, [0.3, 0.3]) > window.page.evaluate(BRIGHTNESS, [0.7, 0.3]),
        "the mat's right is left",
    )


def test_stop_is_one_touch_and_a_symptom_two(window: Window, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    daemon.show(frame_line(LYING_US))
    window.page.get_by_role("button", name="Stop").click()
    until(lambda: daemon.asked == [{"command": "stop"}], "the stop arrives")
    window.page.click("text=Something does not feel right")
    window.page.get_by_role("button", name="Back").click()
    window.page.click("text=Something does not feel right")
    assert daemon.asked == [{"command": "stop"}]
    window.page.click("text=Yes, stop")
    until(lambda: daemon.asked[1:] == [{"command": "symptom"}], "the symptom arrives")


def test_afterwards_the_page_asks_how_it_was_and_whether_the_skin_is_well(window: Window, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    window.page.clock.set_fixed_time("2026-11-29T17:40:00Z")
    daemon.status |= {"last_session": {"session_id": "test-s7", "ended_at": "2026-11-29T17:30:00.000Z"}}
    daemon.status["routine"] |= {"question": "redness", "situation": "question"}
    daemon.show(
        frame_line([0.0] * 8, {**STATE, "presence": "empty", "confirmed": None}),
        event_line("session_ended", "The session is over."),
    )
    shown(window, "h2", "After the session")
    window.page.get_by_label("4", exact=True).check(force=True)
    window.page.select_option("#discomfort", "2")
    window.page.get_by_role("button", name="Send").click()
    shown(window, "p", "Thank you")
    window.page.click("text=Still red")
    wanted = [
        {"command": "check_in", "when": "after", "calm": 4, "discomfort": 2},
        {"command": "redness", "answer": "still_red"},
    ]
    until(lambda: daemon.asked == wanted, "both answers arrive")


def test_the_page_says_when_the_daemon_is_gone_and_goes_on_when_it_is_back(window: Window, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    daemon.show(frame_line(LYING_US))
    shown(window, "h2", "You lie there")
    daemon.close()
    shown(window, "#banner", "does not answer now")
    shown(window, "h2", "Not known yet")
    daemon.start()
    watched(daemon)
    daemon.show(frame_line(LYING_US))
    shown(window, "h2", "You lie there")


def test_a_new_code_leads_back_to_the_sign_in(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    web.make_code()
    daemon.show(event_line("settled", "Lying quietly for 30 s."))
    window.page.wait_for_selector("#code")


def test_a_touch_after_a_new_code_leads_back_to_the_sign_in(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.open()
    watched(daemon)
    window.page.click("text=Something does not feel right")
    web.make_code()
    window.page.click("text=Yes, stop")
    window.page.wait_for_selector("#code")
    assert (window.errors, daemon.asked) == ([], [])


def test_a_daemon_that_comes_back_with_other_sensors_is_shown_anew(window: Window, daemon: FakeDaemon) -> None:
    window.open("setup")
    watched(daemon)
    daemon.show(frame_line([0.0] * 8))
    window.page.get_by_role("button", name="Start").click()
    for _ in range(5):
        window.page.click("text=Nothing answers")
    made = grid(2, 2, rm_ohm=3300.0)
    for first, page in (("north", "setup"), ("south", "now"), ("east", "now")):
        daemon.close()
        sensors = (replace(made.sensors[0], name=first), *made.sensors[1:])
        daemon.layout = made = replace(made, sensors=sensors, length_mm=1.1 * made.length_mm)
        daemon.start()
        watched(daemon)
        window.turn_to(page)
        daemon.show(frame_line([0.0] * 4))
        if page == "setup":
            shown(window, "#step-press .soft", "open")
            until(lambda: window.page.locator("#step-press li").count() == 0, "what is known of others goes")
        else:
            window.page.click("summary") if first == "south" else None
            shown(window, "tr:first-child th", first)
        width, height = window.page.evaluate("(({ width, height }) => [width, height])(document.querySelector('canvas'))")
        assert abs(height - width * made.length_mm / made.width_mm) <= 1
    assert window.errors == []


def test_a_code_in_the_address_of_an_open_window_signs_in(window: Window, web: WebProcess, daemon: FakeDaemon) -> None:
    window.page.goto(f"{web.origin}/#now")
    window.page.wait_for_selector("#code")
    window.page.evaluate("(code) => { location.hash = code; }", f"#code={web.code}")
    window.page.wait_for_selector("nav a")
    assert web.code not in window.page.url


def test_a_browser_with_a_language_that_is_none_shows_every_page(window: Window, daemon: FakeDaemon) -> None:
    names = '["en-US@posix", "constructor"]'
    window.page.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ value: {names} }});")
    window.page.add_init_script("localStorage.setItem('acumat language', 'constructor');")
    window.open()
    for page in PAGES:
        window.turn_to(page)
        assert window.page.inner_text("main").strip()
    assert window.page.get_attribute("html", "lang") == "en"
    assert window.errors == []


@pytest.mark.parametrize("part", ["days.js", "more-en.json"])
def test_a_part_that_was_away_for_a_moment_is_fetched_again(window: Window, daemon: FakeDaemon, part: str) -> None:
    """As those of the release before are, once an update has started the page of the next one."""
    window.open()
    window.page.route(f"**/{part}", lambda route: route.fulfill(status=404, json={"ok": False}), times=1)
    window.turn_to("days")
    shown(window, ".tab", catalogue("en")["days.year"])
    assert window.errors == []


def test_the_press_test_finds_a_dead_sensor_and_two_that_are_exchanged_and_survives_a_closed_window(
    window: Window, daemon: FakeDaemon
) -> None:
    window.open("setup")
    watched(daemon)
    names = [each.name for each in daemon.layout.sensors]

    lines = window.page.locator("#step-press li")

    def press(name: str) -> None:
        """Until the page has felt it; then let go."""
        loads: list[float | None] = [200.0 if each == name else 0.4 for each in names]
        before = lines.count()

        def felt() -> bool:
            daemon.show(frame_line(loads, {**STATE, "presence": "contact"}))
            return lines.count() > before

        until(felt, f"{name} is felt")
        daemon.show(frame_line([0.0] * 8))
        until(lambda: window.page.evaluate(BRIGHTNESS, [0.5, 0.5]) == EMPTY, "the page has seen that it was let go")

    daemon.show(frame_line([0.0] * 8))
    window.page.get_by_role("button", name="Start").click()
    answers = ["r1c1", "r2c1", "r1c2", None]
    for number, answered in enumerate(answers, 1):
        shown(window, "p", f"{number} of 8")
        if answered is None:
            window.page.click("text=Nothing answers")
        else:
            press(answered)
    window.page.reload()
    watched(daemon)
    shown(window, "p", "5 of 8")
    for name in names[4:]:
        press(name)
    shown(window, "p", "5 of 8 sensors have answered.")
    said = [each.partition(": ")[2].partition(" instead")[0] for each in lines.all_inner_texts()]
    assert said == ["answered", "r2c1 answered", "r1c2 answered", "did not answer", *["answered"] * 4]


def test_the_health_questions_want_every_answer_and_the_page_keeps_none(window: Window, daemon: FakeDaemon) -> None:
    daemon.status["routine"]["guidance_reason"] = "unanswered"
    window.open("setup")
    window.page.click("summary:has-text('health')")
    window.page.click("text=Send the answers")
    shown(window, "p", "Please answer every question.")
    for group in window.page.locator("form fieldset").all():
        group.get_by_label("No", exact=True).check(force=True)
    window.page.click("text=Send the answers")
    until(lambda: daemon.asked, "the answers arrive")
    assert daemon.asked[0]["command"] == "screen"
    assert set(daemon.asked[0].values()) == {"screen", "no"}
    shown(window, "p", "It is done.")
    assert window.page.locator("form :checked").count() == 0
    assert "wounds" not in window.page.evaluate("JSON.stringify(localStorage) + document.cookie")


def test_a_calibration_is_followed_and_its_end_is_shown_also_by_a_new_window(window: Window, daemon: FakeDaemon) -> None:
    window.open("setup")
    watched(daemon)
    daemon.show(frame_line([0.0] * 8))
    window.page.get_by_role("button", name="Calibrate").click()
    until(lambda: daemon.asked == [{"command": "calibrate"}], "the request arrives")
    stage = {"stage": "lie_down", "text": "Lie down.", "seconds_left": 42.0}
    daemon.show(frame_line([0.0] * 8, calibration=stage))
    shown(window, "p", "Lie down on your back")
    window.page.reload()
    watched(daemon)
    daemon.show(frame_line([0.0] * 8, calibration=stage))
    shown(window, "p", "42 s at most")
    daemon.status["calibration_outcome"] = {"ok": True, "text": "Calibrated: your load stands 24 times above the empty mat."}
    daemon.show(frame_line([0.0] * 8))
    shown(window, "p", "24 times above")


def emptied(document: Any) -> Any:
    """The same keys, and nothing known."""
    if isinstance(document, dict):
        return {key: emptied(each) for key, each in document.items()}
    return [] if isinstance(document, list) else None


WITHOUT: dict[str, tuple[Line, Line]] = {
    "all that may be null is": (NOTHING, {**status_document(), "last_session": None, "routine": None}),
    "everything is null": (dict.fromkeys(STATE), emptied(status_document())),
    "keys are missing": ({}, {}),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_a_page_without_values_is_a_page_without_errors(window: Window, daemon: FakeDaemon, name: str) -> None:
    state, daemon.status = WITHOUT[name]
    window.open()
    watched(daemon)
    hollow = frame_line([None] * 8, state, session_plan_min=None, session_left_s=None, problems=None)
    for page in PAGES:
        window.turn_to(page)
        daemon.show(
            hollow,
            frame_line([], state),
            event_line("unheard_of", ""),
            {"kind": "frame"},
            {"kind": "event"},
            {"kind": "answer"},
        )
        window.page.wait_for_timeout(400)
        assert window.page.inner_text("main").strip()
    assert window.errors == []
    assert "undefined" not in window.page.inner_text("body")
    assert "NaN" not in window.page.inner_text("body")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_small_phone_and_is_accessible(
    browser: Browser, web: WebProcess, daemon: FakeDaemon, language: str, scheme: str
) -> None:
    window = Window(browser, web, width=360, height=740, locale=language, color_scheme=scheme)
    try:
        window.page.goto(web.origin)
        window.page.wait_for_selector("#code")
        assert window.violations() == []
        window.open()
        watched(daemon)
        for page in PAGES:
            window.turn_to(page)
            daemon.show(frame_line(LYING_US, alarm=page == "now"), event_line("cue_half", "Half of the planned time is over."))
            window.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            window.page.wait_for_timeout(500)
            assert window.overflow_px <= 0, page
            assert window.violations() == [], page
        assert window.page.evaluate("document.documentElement.lang") == language
        shown(window, "nav", catalogue(language)["nav.setup"])
        assert window.page.evaluate(SMALL_TARGETS) == 0
        assert window.errors == []
    finally:
        window.close()


def test_three_windows_see_every_frame_and_a_hidden_one_lets_go(browser: Browser, web: WebProcess, daemon: FakeDaemon) -> None:
    windows = [Window(browser, web, locale="en") for _ in range(3)]
    try:
        for each in windows:
            each.open()
        watched(daemon)
        for left_s in range(60, 0, -1):
            daemon.show(frame_line(LYING_US, session_left_s=float(left_s)))
            for each in windows:
                shown(each, "[role=timer]", f"{left_s // 60}:{left_s % 60:02}")
        assert daemon.watches == 1
        hide = (
            "Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange'))"
        )
        for each in windows:
            each.page.evaluate(hide)

        def let_go() -> bool:
            daemon.show(frame_line(LYING_US))
            return daemon.watching == 0

        until(let_go, "the feed is let go")
    finally:
        for each in windows:
            each.close()
