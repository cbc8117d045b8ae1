"""The page of many mats in a real Chromium: what comes first, what is chosen, and what is said when the record is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acumat.fleet.overview.refusals import refusal
from acumat.words import LANGUAGES, catalogue
from tests.broker import until
from tests.web.fake_record import FleetProcess, overview, thousand, three
from tests.web.window import NEEDS_BROWSER, Window, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

VIEWS = ("mats", "mats?show=look", "mat/mat0001", "take")
SMALL_TARGETS = """[...document.querySelectorAll("button, select, input, nav a, .mats a, .tab")]
  .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)"""
FASTER = "const later = window.setTimeout; window.setTimeout = (act, ms) => later(act, ms / 50)"
"""The page asks again after 10 s; here it does after 0.2 s."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetProcess]:
    made = FleetProcess(tmp_path_factory.mktemp("fleet"))
    made.make_code()
    made.start()
    yield made
    assert made.stop() in (0, -15)


@pytest.fixture
def window(browser: Browser, fleet: FleetProcess) -> Iterator[Window]:
    made = Window(browser, fleet, locale="en-GB", timezone_id="Europe/Berlin")
    made.page.add_init_script(FASTER)
    yield made
    made.close()


def names(window: Window) -> list[str]:
    return [each.split("\n")[0] for each in window.page.locator(".mats > li").all_inner_texts()]


def test_problems_come_first_and_each_says_what_it_is(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    window.open("mats")
    shown(window, "h2", "Need a look: 2")
    assert names(window)[::2] == ["Room 2", "Room 1"]
    card = window.page.locator(".mats > li").first.inner_text()
    assert "Not heard of" in card
    assert "heard 2 days ago" in card
    assert {each.url.split("/")[2] for each in window.fetched} == {fleet.origin.partition("//")[2]}
    assert window.errors == []


def test_a_mat_that_comes_back_moves_by_itself_and_the_focus_stays(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    window.open("mats")
    link = window.page.locator("a[href='#mat/mat0002']")
    link.focus()
    first, second, third = three()
    fleet.show(overview([first, replace(second, seen_at=first.seen_at), third]))
    shown(window, "h2", "Need a look: 1")
    assert link.inner_text() == "Room 2"
    assert names(window)[0].startswith("Behandlungsraum")


def test_a_thousand_are_counted_chosen_and_found(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(thousand()))
    window.open("mats")
    shown(window, ".count", "997")
    assert window.page.locator(".mats > li").count() == 997
    window.page.locator(".count", has_text="cannot see").click()
    shown(window, "p", "4 of 1,000 mats.")
    assert window.page.locator(".mats > li").count() == 4
    window.page.reload()
    shown(window, "p", "4 of 1,000 mats.")
    window.page.locator(".count", has_text="in service").click()
    window.page.select_option("#site", "Studio 7")
    shown(window, "p", "25 of 1,000 mats.")
    window.page.fill("#text", "MAT0046")
    shown(window, "p", "1 of 1,000 mats.")
    window.page.click(".mats a")
    window.page.wait_for_selector("dl")
    window.page.go_back()
    shown(window, "p", "1 of 1,000 mats.")
    assert window.page.input_value("#text") == "MAT0046"
    window.page.fill("#text", "no such mat")
    shown(window, "p", "0 of 1,000 mats.")
    assert window.errors == []


def test_nothing_is_made_anew_while_nothing_changes(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(thousand()))
    window.open("mats")
    shown(window, ".count", "997")
    window.page.evaluate("""() => { window.changes = 0; new MutationObserver((found) => { window.changes += found.length; })
        .observe(document.querySelector(".tiles"), { childList: true, subtree: true, characterData: true }); }""")
    with window.page.expect_response("**/api/fleet"):
        pass
    with window.page.expect_response("**/api/fleet"):
        pass
    assert window.page.evaluate("window.changes") == 0


@pytest.mark.parametrize("reason", ["record_away", "record_starting", "record_slow", "record_empty", "record_denied", "busy"])
def test_a_record_that_does_not_answer_is_a_sentence_and_the_page_goes_on(
    window: Window, fleet: FleetProcess, reason: str
) -> None:
    fleet.show(refusal(reason))
    window.open("mats")
    shown(window, "#banner", catalogue("en")[f"refused.{reason}"])
    fleet.show(overview(three()))
    shown(window, "h2", "Need a look: 2")
    assert window.page.inner_text("#banner") == ""
    fleet.show(refusal(reason))
    shown(window, "#banner", catalogue("en")[f"refused.{reason}"])
    assert len(names(window)) == 3  # what was known last stays, below the sentence
    assert window.errors == []


@pytest.mark.parametrize(
    ("server", "key"),
    [({"mats": 0}, "fleet.none"), ({"committed_at": None}, "fleet.collector_late"), ({"copy": True}, "fleet.copy")],
)
def test_what_the_server_says_of_itself_is_a_sentence(
    window: Window, fleet: FleetProcess, server: dict[str, object], key: str
) -> None:
    fleet.show(overview([] if "mats" in server else three(), **server))
    window.open("mats")
    shown(window, "#banner", catalogue("en")[key])


def test_one_mat_shows_its_days_gaps_events_and_sessions_by_its_own_clock(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    window.open("mat/mat0001")
    shown(window, "h2", "Missing events")
    text = window.page.inner_text("main")
    assert "Numbers 14 to 25 (12) have not come." in text
    assert "Numbers 3 to 9 (7) are lost" in text
    assert "Sensor r1c1 reads nothing; check its wire." in text
    assert "29 Nov, 16:00" in text  # 15:00 UTC
    assert window.page.locator("figure svg").count() == 1
    window.page.goto(f"{fleet.origin}/#mat/nobody")
    shown(window, "p", "The record has no such mat.")
    assert window.errors == []


def test_tables_are_saved_by_the_browser_and_a_wrong_day_is_said(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    window.open("take")
    window.page.select_option("#site", "Nord")
    with window.page.expect_download() as saved:
        window.page.click("text=Sessions, as CSV")
    assert saved.value.suggested_filename == "acumat-sessions.csv"
    assert Path(saved.value.path()).read_text() == "mat_id,site\nmat0001,Nord\n"
    window.page.fill("#from", "2026-12-31")
    window.page.fill("#to", "2026-01-01")
    window.page.click("text=Days, as CSV")
    shown(window, "p", catalogue("en")["refused.bad_days"])


def test_signing_out_and_a_new_code_lead_to_the_sign_in(window: Window, fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    window.open("take")
    window.page.click("text=Sign out")
    window.page.wait_for_selector("#code")
    window.open("mats")
    fleet.make_code()
    window.page.wait_for_selector("#code")
    assert window.page.locator(".mats").count() == 0


def test_hostile_names_are_text(window: Window, fleet: FleetProcess) -> None:
    name = "<img src=x onerror=alert(1)>"
    fleet.show(overview([replace(each, label=name, site='"><script>alert(1)</script>', version="<b>") for each in three()]))
    window.open("mats")
    shown(window, ".mats a", name)
    assert window.page.locator(".mats img, .mats script, .mats .soft b").count() == 0
    assert window.errors == []


@pytest.mark.parametrize(
    "address", ["toString", "constructor/x", "mats?show=%22]", "mats?show=constructor&site=%22", "mat/%E0%A4%A"]
)
def test_no_address_ends_the_page(window: Window, fleet: FleetProcess, address: str) -> None:
    fleet.show(overview(three()))
    window.open()
    window.page.goto(f"{window.origin}/#{address}")
    for each in window.page.locator(".count[aria-pressed=true]").all():
        each.click()
    window.page.goto(f"{window.origin}/#mats")
    fleet.show(overview(three()[:1]))
    until(lambda: len(names(window)) == 1, "the page goes on")
    assert window.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_of_a_fleet_fits_a_small_phone_and_is_accessible(
    browser: Browser, fleet: FleetProcess, language: str, scheme: str
) -> None:
    window = Window(browser, fleet, width=360, height=740, locale=language, color_scheme=scheme)
    try:
        fleet.show(overview([]))
        window.open("mats")
        shown(window, "#banner", catalogue(language)["fleet.none"])
        assert (window.overflow_px, window.violations()) == (0, [])
        fleet.show(overview([*three(), *thousand()[:60]]))
        for view in VIEWS:
            window.page.goto(f"{fleet.origin}/#{view}")
            window.page.reload()
            window.page.wait_for_selector("main .card >> visible=true")
            window.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert window.overflow_px <= 0, view
            assert window.violations() == [], view
            assert window.page.evaluate(SMALL_TARGETS) == [], view
        assert window.page.evaluate("document.documentElement.lang") == language
        assert window.errors == []
    finally:
        window.close()
