"""The past over the page: plots, files to take along and the report, made beside the page and given to those alone who may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.history.diary import Desk, fill, people
from tests.history.stores import opened
from tests.web.fake_daemon import FakeDaemon, Line
from tests.web.fake_past import Diary
from tests.web.process import WebProcess

ADDRESSES = ("/api/plots?what=course", "/export/history.json", "/export/sessions.csv", "/report.html")


@pytest.fixture
def diary(daemon: FakeDaemon) -> Diary:
    made = Diary()
    daemon.answer = made.answer
    return made


def test_plots_come_in_the_language_that_is_asked_for(web: WebProcess, diary: Diary) -> None:
    cookie = web.sign_in()
    status, headers, body = web.ask("GET", "/api/plots?what=course&language=de", cookie=cookie)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "application/json", "no-store")
    titles = [each["title"] for each in json.loads(body)["plots"]]
    assert titles[:2] == ["Minuten nach Tagen, 28 Tage", "Ruhe davor und danach"]
    status, _, body = web.ask("GET", "/api/plots?what=session&id=test-s40&language=sv", cookie=cookie)
    assert [each["title"] for each in json.loads(body)["plots"]] == ["Last", "Vänster och höger", "Stillhet", "Andning"]


def test_the_history_comes_as_the_daemon_writes_it(web: WebProcess, daemon: FakeDaemon, diary: Diary) -> None:
    cookie = web.sign_in()
    diary.export = b"0123456789abcdef" * 100_000
    status, headers, body = web.ask("GET", "/export/history.json", cookie=cookie)
    assert (status, body == diary.export) == (200, True)
    assert headers["content-disposition"] == 'attachment; filename="history.json"'
    assert headers["content-length"] == "1600000"
    assert headers["cache-control"] == "no-store"
    for name, form in (("sessions.csv", b"sessions"), ("check-ins.csv", b"check-ins")):
        status, headers, body = web.ask("GET", f"/export/{name}", cookie=cookie)
        assert (status, body, headers["content-type"]) == (200, form, "text/csv; charset=utf-8")
    assert web.ask("GET", "/export/lines", cookie=cookie)[0] == 404


def test_the_report_is_that_of_the_export(web: WebProcess, daemon: FakeDaemon, diary: Diary, tmp_path: Path) -> None:
    store = opened(tmp_path / "diary.db")
    fill(store, 20)
    people(store, "Ann", "--rhythm")
    diary.export = Desk(store).exported()
    store.close()
    cookie = web.sign_in()
    status, headers, body = web.ask("GET", "/report.html?person=Ann", cookie=cookie)
    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="acumat-report.html"')
    assert "Acupressure mat: report of Ann" in body.decode()
    assert "report of --rhythm" in web.ask("GET", "/report.html?person=--rhythm", cookie=cookie)[2].decode()
    status, _, body = web.ask("GET", "/report.html?person=Nobody", cookie=cookie)
    assert (status, "nobody is called 'Nobody'" in json.loads(body)["text"]) == (409, True)
    diary.export = b"no export\n"
    status, _, body = web.ask("GET", "/report.html", cookie=cookie)
    assert (status, "cannot be read" in json.loads(body)["text"]) == (409, True)


@pytest.mark.parametrize("path", ADDRESSES)
def test_nobody_gets_any_of_it_without_a_session_or_by_a_post(
    web: WebProcess, daemon: FakeDaemon, diary: Diary, path: str
) -> None:
    assert web.ask("GET", path)[0] == 401
    assert web.ask("GET", path, cookie="acumat_session=9999999999.00")[0] == 401
    assert web.ask("POST", path, {}, cookie=web.sign_in())[0] == 405
    assert daemon.asked == []


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_the_daemon_refuses_is_refused_with_its_sentence(web: WebProcess, diary: Diary, path: str) -> None:
    diary.refuses = {"ok": False, "reason": "history", "text": "The disk is full. Nothing has changed."}
    status, headers, body = web.ask("GET", path, cookie=web.sign_in())
    answer: Line = json.loads(body)
    assert (status, answer["ok"], answer["text"]) == (409, False, "The disk is full. Nothing has changed.")
    assert "content-disposition" not in headers


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_a_daemon_it_says_so(web: WebProcess, daemon: FakeDaemon, path: str) -> None:
    cookie = web.sign_in()
    daemon.close()
    status, _, body = web.ask("GET", path, cookie=cookie)
    assert status in (409, 503)
    assert "systemctl start acumat" in json.loads(body)["text"]


def test_an_answer_that_cannot_be_drawn_is_no_more_than_a_sentence(web: WebProcess, daemon: FakeDaemon) -> None:
    status, _, body = web.ask("GET", "/api/plots?what=course", cookie=web.sign_in())
    assert (status, json.loads(body)["reason"]) == (409, "failed")
    assert "Traceback" not in body.decode()
