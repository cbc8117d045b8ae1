"""Days and How it went in a real Chromium: what a person finds there, changes, and takes along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from acumat.words import LANGUAGES, catalogue
from tests.broker import PATIENCE_S, until
from tests.web.fake_daemon import FakeDaemon, Line
from tests.web.fake_past import TODAY, Diary
from tests.web.process import WebProcess
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

SESSION = "days/s/test-s40"
VIEWS = ("days", "days/year", f"days/{TODAY}", SESSION, "how")
OPEN_ALL = """() => {
  const press = (found) => found.forEach((each) => each.click());
  const opens = (each) => each.classList.contains("small") || each.textContent.includes("…");
  press([...document.querySelectorAll("button")].filter(opens));
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  press(document.querySelectorAll(".asking > button"));
}"""
"""In one go: a view that draws itself anew in between would take a button away from under the pointer."""
SMALL_TARGETS = """[...document.querySelectorAll("button, select, summary, input, .tab, .day, .go-on, .choices label")]
  .filter((each) => each.offsetParent && !["radio", "checkbox"].includes(each.type) && each.getBoundingClientRect().height < 38)
  .map((each) => each.outerHTML)"""


@pytest.fixture
def diary(daemon: FakeDaemon) -> Diary:
    made = Diary()
    daemon.answer = made.answer
    return made


@pytest.fixture
def window(browser: Browser, web: WebProcess, diary: Diary) -> Iterator[Window]:
    made = Window(browser, web, locale="en-GB", timezone_id="America/New_York")
    made.open()
    yield made
    assert made.errors == []
    made.close()


def changes(daemon: FakeDaemon) -> list[Line]:
    """What was asked for besides reading."""
    reads = ("people_list", "history_list", "history_show", "history_helped", "history_explain")
    return [each for each in daemon.asked if each["command"] not in reads]


def button(window: Window, name: str, *, within: str = "main") -> Any:
    return window.page.locator(within).get_by_role("button", name=name, exact=True)


@contextmanager
def drawn_anew(window: Window) -> Iterator[None]:
    """Waits until the view is made of new elements: once the answer to a change has come it is drawn again."""
    window.page.evaluate("document.querySelectorAll('main .card').forEach((each) => { each.dataset.before = ''; })")
    yield
    window.page.locator("main [data-before]").first.wait_for(state="detached")
    window.page.locator("main .card").first.wait_for()


def test_the_calendar_leads_to_a_day_and_to_its_session(window: Window, daemon: FakeDaemon) -> None:
    window.turn_to("days")
    shown(window, "h2", "The last 28 days")
    assert window.page.locator(".calendar a").count() == 28
    assert window.page.locator(".calendar tbody tr").count() == 4, "28 days that end on a Sunday"
    shown(window, "p", "Days with a session: 14, minutes: 144.")
    window.page.get_by_role("link", name="Sunday 29 November: 10 minutes").click()
    shown(window, "h2", "29 November 2026")
    shown(window, "li", "calm 2 before, 4 after")
    window.page.get_by_role("link", name="21:30").click()
    shown(window, "h2", "Sunday 29 November, 21:30–21:40")
    shown(window, "dd", "48 % on your left, 52 % on your right")
    shown(window, "figcaption", "Stillness")
    assert window.page.locator("figure svg").count() == 4
    window.page.go_back()
    shown(window, "h2", "29 November 2026")
    assert changes(daemon) == []


def test_the_sides_of_a_session_make_a_hundred(window: Window) -> None:
    window.page.goto(f"{window.origin}/#days/s/test-s30")
    shown(window, "dd", "49 % on your left, 51 % on your right")


def test_every_event_says_why(window: Window, daemon: FakeDaemon) -> None:
    window.turn_to("days")
    window.page.goto(f"{window.origin}/#{SESSION}")
    shown(window, "li", "21:40:00 The planned time is over")
    why = button(window, "Why? Session started")
    assert why.get_attribute("aria-expanded") == "false"
    why.click()
    shown(window, ".why p", "the mat said lying, confirmed.")
    shown(window, ".why li", "12:31: moved")
    assert why.get_attribute("aria-expanded") == "true"
    asked = [each for each in daemon.asked if each["command"] == "history_explain"]
    assert asked == [{"command": "history_explain", "at": "2026-11-29T12:30:00.124Z"}], (
        "the event itself is among what came before"
    )
    why.click()
    window.page.locator(".why").first.wait_for(state="hidden")


def test_a_session_is_corrected_and_deleted_only_after_a_second_touch(window: Window, daemon: FakeDaemon) -> None:
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.click("summary:has-text('Correct or delete')")
    window.page.fill("#edit-at", "2026-11-29T20:15")
    window.page.fill("#edit-minutes", "18")
    button(window, "Save", within="details:has(#edit-at)").click()
    shown(window, ".sure p", "Save the correction?")
    button(window, "Back", within="details:has(#edit-at)").click()
    assert changes(daemon) == []
    with drawn_anew(window):
        button(window, "Save", within="details:has(#edit-at)").click()
        button(window, "Save", within="details:has(#edit-at)").click()
    wanted = [{"command": "history_edit", "id": "test-s40", "at": "2026-11-29T11:15:00.000Z", "minutes": 18}]
    assert changes(daemon) == wanted, "with its time by the mat's zone"
    button(window, "Delete the session").click()
    shown(window, ".sure p", "It cannot be brought back.")
    button(window, "Delete the session").click()
    until(lambda: changes(daemon)[1:] == [{"command": "history_delete", "id": "test-s40"}], "it is deleted")
    shown(window, "h2", "The last 28 days")


def test_a_session_stays_on_the_screen_until_its_correction_is_there(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.click("summary:has-text('Correct or delete')")
    window.page.fill("#edit-minutes", "18")
    reading = Event()

    def slow(request: Line) -> Line:
        if request["command"] == "history_show":
            reading.wait(PATIENCE_S)
        return diary.answer(request)

    daemon.answer = slow
    button(window, "Save", within="details:has(#edit-at)").click()
    with drawn_anew(window):
        button(window, "Save", within="details:has(#edit-at)").click()
        shown(window, "details.card[open] p", "It is done.")
        assert window.page.is_visible("h2:has-text('29 November, 21:30')")
        reading.set()
    assert window.page.is_visible("details.card[open] #edit-minutes"), "the card is open as it was"
    assert window.page.input_value("#edit-minutes") == "10", "as this daemon stores it"


def test_answers_are_corrected_added_and_taken_out(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    diary.check_ins = diary.check_ins[:1]
    window.page.goto(f"{window.origin}/#{SESSION}")
    before, after = "fieldset:has(#calm-before)", "fieldset:has(#calm-after)"
    window.page.select_option("#calm-before", "3")
    with drawn_anew(window):
        button(window, "Save", within=before).click()
        button(window, "Save", within=before).click()
    window.page.select_option("#calm-after", "5")
    with drawn_anew(window):
        button(window, "Save", within=after).click()
        button(window, "Save", within=after).click()
    with drawn_anew(window):
        button(window, "Delete the answers", within=before).click()
        button(window, "Delete the answers", within=before).click()
    assert changes(daemon) == [
        {"command": "history_edit", "id": "c7", "calm": 3, "discomfort": 4},
        {"command": "history_add", "id": "test-s40", "at": "2026-11-29T12:40:30.000Z", "moment": "after", "calm": 5},
        {"command": "history_delete", "id": "c7"},
    ]


def test_an_answer_that_is_not_yet_saved_outlives_the_saving_of_another(window: Window, diary: Diary) -> None:
    diary.check_ins = []
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.select_option("#calm-before", "3")
    window.page.select_option("#calm-after", "5")
    after = "fieldset:has(#calm-after)"
    with drawn_anew(window):
        button(window, "Save", within=after).click()
        button(window, "Save", within=after).click()
    assert window.page.input_value("#calm-before") == "3"


def test_a_correction_that_is_not_yet_saved_outlives_the_saving_of_an_answer(window: Window) -> None:
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.click("summary:has-text('Correct or delete')")
    window.page.fill("#edit-at", "2026-11-29T20:15")
    window.page.fill("#edit-minutes", "18")
    window.page.check("#edit-guest")
    before = "fieldset:has(#calm-before)"
    with drawn_anew(window):
        button(window, "Save", within=before).click()
        button(window, "Save", within=before).click()
    assert [window.page.input_value(each) for each in ("#edit-at", "#edit-minutes")] == ["2026-11-29T20:15", "18"]
    assert window.page.is_checked("#edit-guest")


def test_of_a_deleted_answer_nothing_stays_chosen(window: Window, diary: Diary) -> None:
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.select_option("#calm-before", "3")
    before = "fieldset:has(#calm-before)"
    with drawn_anew(window):
        button(window, "Delete the answers", within=before).click()
        diary.check_ins = diary.check_ins[1:]
        button(window, "Delete the answers", within=before).click()
    assert [window.page.input_value(each) for each in ("#calm-before", "#discomfort-before")] == ["", ""]


def test_a_guest_is_not_asked_how_it_felt(window: Window, diary: Diary) -> None:
    diary.sessions = [{**each, "guest": True} for each in diary.sessions]
    window.page.goto(f"{window.origin}/#{SESSION}")
    shown(window, "dd", "a guest")
    assert window.page.locator("#calm-after").count() == 1, "there are answers, from before the session became a guest's"
    diary.check_ins = diary.check_ins[:1]
    window.page.reload()
    shown(window, "dd", "a guest")
    assert [window.page.locator(each).count() for each in ("#calm-before", "#calm-after")] == [1, 0]
    diary.check_ins = []
    window.page.reload()
    shown(window, "dd", "a guest")
    assert [window.page.locator(each).count() for each in ("#calm-before", "#calm-after")] == [0, 0]
    assert "null" not in window.page.locator("main").inner_text()


def test_a_session_is_added_by_the_clock_of_the_mat(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.page.clock.set_fixed_time("2026-11-29T08:00:00Z")
    window.page.goto(f"{window.origin}/#days/{TODAY}")
    window.page.wait_for_selector("#add-at", state="attached")
    assert window.page.input_value("#add-at") == f"{TODAY}T17:00", "the evening is still to come"
    window.page.goto(f"{window.origin}/#days/2026-11-20")
    window.page.wait_for_selector("h2:has-text('20 November')")
    window.page.click("summary:has-text('Add a session')")
    assert window.page.input_value("#add-at") == "2026-11-20T20:00"
    window.page.fill("#add-minutes", "25")
    button(window, "Add").click()
    shown(window, ".sure p", "Add 25 minutes on Friday 20 November?")
    button(window, "Add").click()
    wanted = [{"command": "history_add", "at": "2026-11-20T11:00:00.000Z", "minutes": 25}]
    until(lambda: changes(daemon) == wanted, "it arrives")


def test_a_year_of_two_figures_is_asked_for_and_refused_by_the_daemon(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.page.goto(f"{window.origin}/#days/2026-11-20")
    window.page.click("summary:has-text('Add a session')")
    window.page.fill("#add-at", "0026-11-20T20:00")
    diary.refuses = {"ok": False, "reason": "bad_value", "text": "at is too long ago."}
    button(window, "Add").click()
    button(window, "Add").click()
    shown(window, "p", "at is too long ago.")
    assert changes(daemon)[0]["at"].startswith("0026-11-20T1")


@pytest.mark.parametrize("day", ["2026-13-45", "0000-00-00", "2026-11-20x"])
def test_a_day_that_is_none_leads_to_the_calendar(window: Window, day: str) -> None:
    window.page.goto(f"{window.origin}/#days/{day}")
    window.page.wait_for_selector("main .calendar")


def test_what_is_refused_is_said_and_nothing_else_happens(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.click("summary:has-text('Correct or delete')")
    diary.refuses = {"ok": False, "reason": "under_way", "text": "This session is still under way."}
    button(window, "Delete the session").click()
    button(window, "Delete the session").click()
    shown(window, "p", "This session is still under way.")
    assert window.page.url.endswith(SESSION)
    window.page.goto(f"{window.origin}/#days/2026-11-20")
    shown(window, "p", "This session is still under way.")


def test_nothing_is_seen_of_people_where_there_is_one(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    for view in (*VIEWS, "now"):
        window.page.goto(f"{window.origin}/#{view}")
        window.page.wait_for_timeout(500)
        assert window.page.locator("#whose, #who, #assign").count() == 0


def test_several_people_choose_whose_days_and_who_lies_there(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    diary.people = Diary("Ann", "Bob <b>").people
    daemon.status["routine"] |= {"who": "person 2"}
    window.page.reload()
    window.turn_to("days")
    window.page.select_option("#whose", "Bob <b>")
    until(
        lambda: any(each.get("person") == "Bob <b>" and each["command"] == "history_list" for each in daemon.asked), "his days"
    )
    window.turn_to("how")
    assert window.page.input_value("#whose") == "Bob <b>"
    until(
        lambda: any(each.get("person") == "Bob <b>" and each["command"] == "history_helped" for each in daemon.asked),
        "his answers",
    )
    window.page.goto(f"{window.origin}/#{SESSION}")
    window.page.click("summary:has-text('Correct or delete')")
    window.page.select_option("#assign", "Ann")
    button(window, "Whose session it was").click()
    shown(window, ".sure p", "Give this session to: Ann?")
    button(window, "Whose session it was").click()
    until(lambda: changes(daemon) == [{"command": "history_assign", "id": "test-s40", "person": "Ann"}], "it is hers")
    window.turn_to("now")
    shown(window, "b", "Bob <b>")
    window.page.select_option("#who", "guest")
    button(window, "Say so").click()
    until(lambda: changes(daemon)[1:] == [{"command": "who", "who": "guest"}], "a guest lies there")


def test_how_it_went_is_said_and_drawn(window: Window, diary: Diary) -> None:
    window.turn_to("how")
    shown(window, "p", "in 12 of your last 19 sessions you were calmer")
    shown(window, "p", "You lay on the mat on 14 of the last 28 days")
    shown(window, "p[lang=en]", "Of your last 9 sessions with a note")
    shown(window, "figcaption", "Evenness of the spread")
    assert window.page.locator("figure svg[role=img] title").count() > 6
    window.page.locator("figure summary").first.click()
    shown(window, "figure th", TODAY.isoformat())


def test_what_was_before_a_day_is_forgotten_by_the_clock_of_the_mat(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.turn_to("mat")
    window.page.click("summary:has-text('Delete what is stored')")
    window.page.fill("#forget-day", "2026-11-01")
    window.page.click("text=Show what would go")
    window.page.click("text=Yes, forget it")
    until(lambda: changes(daemon), "it is asked for")
    assert changes(daemon) == [{"command": "history_forget", "before": "2026-10-31T15:00:00.000Z"}]


def test_a_page_that_is_left_gives_its_plots_up(window: Window, diary: Diary) -> None:
    window.page.route("**/api/plots?*", lambda _route: None)
    for page in (SESSION, "how"):
        with window.page.expect_request("**/api/plots?*"):
            window.page.goto(f"{window.origin}/#{page}")
        with window.page.expect_event("requestfailed", lambda request: "/api/plots" in request.url):
            window.page.goto(f"{window.origin}/#days")
        window.page.wait_for_selector("main .calendar")


def test_a_rhythm_that_is_off_is_nowhere(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    daemon.answer = lambda request: {**diary.answer(request), "rhythm": [], "rhythm_of": None}
    window.turn_to("how")
    shown(window, "figcaption", "Evenness of the spread")
    assert "Rhythm" not in window.page.inner_text("main")


def test_the_weekly_look_is_four_taps_which_may_be_left_out_or_skipped(
    window: Window, daemon: FakeDaemon, diary: Diary
) -> None:
    daemon.status["wellbeing"] = {"question": "weekly_look"}
    window.page.reload()
    shown(window, "h2", "There is a question for you")
    window.page.click("main a:has-text('How it went')")
    shown(window, "summary", "How was your week?")
    form = "details:has(input[name=stiffness]) form"
    button(window, "Send", within=form).click()
    shown(window, "p", "Please choose at least one.")
    window.page.locator("[name=stiffness][value='2']").check(force=True)
    window.page.locator("[name=sleep][value='5']").check(force=True)
    button(window, "Send", within=form).click()
    shown(window, "p", "Thank you")
    window.page.click("summary:has-text('How was your week?')")
    button(window, "Not this week").click()
    wanted = [{"command": "weekly_look", "stiffness": 2, "sleep": 5}, {"command": "skip"}]
    until(lambda: changes(daemon) == wanted, "both arrive")


def test_notes_of_the_body_are_any_number_of_taps(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.turn_to("how")
    window.page.click("summary:has-text('A note on the last session')")
    for name in ("warm", "tight"):
        window.page.locator(f"[name={name}]").check(force=True)
    window.page.locator("[name=alertness][value='4']").check(force=True)
    button(window, "Send", within="details:has(input[name=warm])").click()
    until(lambda: changes(daemon) == [{"command": "note", "warm": True, "tight": True, "alertness": 4}], "the note arrives")


def test_files_are_saved_and_what_cannot_be_made_is_said(window: Window, daemon: FakeDaemon, diary: Diary) -> None:
    window.turn_to("how")
    with window.page.expect_download() as found:
        button(window, "Everything, as JSON").click()
    assert found.value.suggested_filename == "history.json"
    assert found.value.path().read_bytes() == diary.export
    shown(window, "p", "history.json is saved by the browser.")
    diary.refuses = {"ok": False, "reason": "history", "text": "The disk is full."}
    button(window, "Report, to read and print").click()
    shown(window, "p", "The disk is full.")


def hollow(document: Any) -> Any:
    """The same keys and lists, and nothing known."""
    if isinstance(document, dict):
        return {key: hollow(each) for key, each in document.items()}
    return [hollow(each) for each in document] if isinstance(document, list) else None


@pytest.mark.parametrize("empties", [hollow, lambda document: {}], ids=["all is null", "nothing is there"])
def test_a_past_without_values_is_a_page_without_errors(window: Window, daemon: FakeDaemon, diary: Diary, empties: Any) -> None:
    daemon.answer = lambda request: {**empties(diary.answer(request)), "ok": True}
    for view in VIEWS:
        window.page.goto(f"{window.origin}/#{view}")
        window.page.wait_for_timeout(700)
        text = window.page.inner_text("main")
        assert text.strip()
        assert not {"undefined", "NaN", "null", "Invalid Date"} & set(text.replace("\n", " ").split(" ")), (view, text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_fits_a_small_phone_and_is_accessible(
    browser: Browser, web: WebProcess, daemon: FakeDaemon, language: str, scheme: str
) -> None:
    daemon.answer = Diary("Ann", "Bob").answer
    daemon.status["routine"] |= {"who": "person 2"}
    daemon.status["wellbeing"] = {"question": "weekly_look"}
    window = Window(browser, web, width=360, height=740, locale=language, color_scheme=scheme)
    try:
        window.open()
        window.page.wait_for_selector("#who")
        assert (window.overflow_px, window.violations()) == (0, [])
        for view in VIEWS:
            window.page.goto("about:blank")  # what is found below is of this view, and not of the one before
            window.page.goto(f"{web.origin}/#{view}")
            window.page.wait_for_selector("#whose, figure svg" if view == f"days/{TODAY}" else ".calendar, figure svg")
            window.page.evaluate(OPEN_ALL)
            window.page.wait_for_timeout(500)
            assert window.overflow_px <= 0, view
            assert window.violations() == [], view
            assert window.page.evaluate(SMALL_TARGETS) == [], view
        shown(window, "nav", catalogue(language)["nav.how"])
        assert window.errors == []
    finally:
        window.close()
