"""What is drawn of the daemon's answers: the right values, in every language, and nothing of what is not known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from acumat.web.drawing import drawn
from acumat.words import LANGUAGES
from acumat_hw.errors import AcumatError
from tests.web.fake_past import TODAY, Diary, session


def plots(diary: Diary, **wish: Any) -> dict[str, dict[str, Any]]:
    """By their titles in English."""
    return {each["title"]: each for each in drawn({"language": "en", **wish}, diary.answer)}


def test_the_minutes_of_28_days_are_those_of_the_sums() -> None:
    rows = plots(Diary(), what="course")["Minutes by day, 28 days"]["table"]["rows"]
    assert len(rows) == 28
    assert rows[-1] == (TODAY.isoformat(), "10")
    assert rows[-2] == ((TODAY - timedelta(days=1)).isoformat(), "0")


def test_pairs_are_of_sessions_with_both_answers_and_of_no_guest() -> None:
    diary = Diary()
    diary.sessions = [
        session(1, TODAY, calm_before=1, calm_after=5, discomfort_after=None),
        session(2, TODAY, calm_before=None, discomfort_before=None),
        session(3, TODAY, guest=True),
        session(4, TODAY, clock_known=False),
    ]
    found = plots(diary, what="course")
    assert found["Calm before and after"]["table"]["rows"] == ((TODAY.isoformat(), "1", "5"),)
    assert "Discomfort before and after" not in found


def test_a_day_has_the_last_answer_of_it_and_a_line_only_where_there_are_enough() -> None:
    diary = Diary()
    diary.sessions = [session(1, TODAY, calm_after=2), session(2, TODAY, calm_after=4), session(3, TODAY, calm_after=None)]
    found = plots(diary, what="course")["Calm after sessions, by day"]
    assert (found["table"]["rows"], found["note"]) == (((TODAY.isoformat(), "4"),), "")
    assert "Sen's line" in plots(Diary(), what="course")["Calm after sessions, by day"]["note"]


def test_a_year_has_every_day_of_it() -> None:
    (found,) = plots(Diary(), what="year").values()
    assert found["title"] == "Day by day, 366 days"
    assert sum(each not in ("", "0") for row in found["table"]["rows"] for each in row[1:]) == 20


def test_the_minutes_of_a_session_leave_out_what_was_not_known() -> None:
    found = plots(Diary(), what="session", id="test-s40")
    assert [row[0] for row in found["Breath"]["table"]["rows"]] == [str(each) for each in range(3, 11)]
    assert found["Stillness"]["table"]["rows"][0] == ("0", "90")
    assert len(found["Load"]["table"]["rows"]) == 11


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["course", "year", "session"])
def test_every_language_has_all_words_of_it(language: str, what: str) -> None:
    found = drawn({"what": what, "language": language, "id": "test-s40"}, Diary().answer)
    assert len(found) == {"course": 6, "year": 1, "session": 4}[what]
    assert all("plot." not in each["svg"] and "{" not in each["svg"] for each in found)


def test_a_language_that_there_is_not_is_english() -> None:
    assert plots(Diary(), what="year", language="../../etc/passwd").keys() == plots(Diary(), what="year").keys()


def test_without_a_session_nothing_is_drawn_but_empty_days() -> None:
    diary = Diary()
    diary.sessions = []
    assert list(plots(diary, what="course")) == ["Minutes by day, 28 days"]


def test_the_person_who_is_meant_is_asked_for() -> None:
    asked = []
    diary = Diary("Ann", "Bob")

    def answered(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request.get("person"))
        return diary.answer(request)

    drawn({"what": "course", "person": "Bob"}, answered)
    assert asked == ["Bob", "Bob"]


def test_a_refusal_is_passed_on() -> None:
    diary = Diary()
    diary.refuses = {"ok": False, "text": "The disk is full."}
    with pytest.raises(AcumatError, match=r"The disk is full\."):
        plots(diary, what="session", id="x")
