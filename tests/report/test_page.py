"""The whole report: its outline for every kind of history, self-contained, bounded, and in the words of insight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from acumat.history.forms import AwayForm
from acumat.insight.evidence import SUMMARY
from acumat.insight.helped import Pair, Rating, paired_answer, weekly_trend
from acumat.insight.rhythm import rhythm
from acumat.report.choice import chosen
from acumat.report.page import HEAD, page
from acumat.report.past import Past
from tests.report.html import Report
from tests.report.story import LAST, check_in, form, lived, nothing, person, session, step, weekly

MADE = datetime(2026, 11, 29, 20, 15, tzinfo=UTC)
MOST_BYTES = 1_000_000
SECTIONS = [
    "Minutes on the mat",
    "Did it help?",
    "Balance and evenness",
    "Settling and breath",
    "The programme",
    "What is known and what is not",
]


def written(past: Past, *, who: str | None = None, first: date | None = None, last: date = LAST, rhythm: bool = False) -> str:
    return page(chosen(past, who, first, last), MADE, "1.2.3", rhythm=rhythm)


def read(past: Past, *, who: str | None = None, first: date | None = None, last: date = LAST, rhythm: bool = False) -> Report:
    return Report(written(past, who=who, first=first, last=last, rhythm=rhythm))


MEASURED = ["Left and right", "Head and foot", "Evenness of the spread", "Minutes until still", "Breaths a minute"]
WEEKLY = [f"Weekly look: {each}" for each in ("stiffness", "ease of movement", "headaches", "sleep")]
STEPS = "Steps of the programme"


def answered(sessions: str) -> list[str]:
    return [f"{name} before and after, {sessions}" for name in ("Calm", "Discomfort")] + ["Calm after sessions, by day"]


HISTORIES = {
    "nothing": (nothing(), []),
    "one session": (lived(1, a_day=1), ["Minutes by day, 28 days", *answered("1 session"), *WEEKLY, *MEASURED]),
    "no answers": (
        lived(40, answered=0.0),
        ["Minutes by day, 28 days", "Day by day, 40 days", *WEEKLY, *MEASURED, STEPS],
    ),
    "two months": (
        lived(60),
        ["Minutes by day, 28 days", "Day by day, 60 days", *answered("30 sessions"), *WEEKLY, *MEASURED, STEPS],
    ),
    "years": (
        lived(800),
        [
            "Minutes by day, 28 days",
            "Day by day, 371 days",
            "Minutes by month, 27 months",
            *answered("30 sessions"),
            *WEEKLY,
            *MEASURED,
            STEPS,
        ],
    ),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_the_outline_of_every_history(kind: str) -> None:
    past, figures = HISTORIES[kind]
    report = read(past)
    assert report.headings == ["Acupressure mat: report", *SECTIONS]
    assert report.figures == figures
    assert len(set(report.ids)) == len(report.ids)
    assert SUMMARY in report.sentences


@pytest.mark.parametrize("kind", HISTORIES)
def test_it_asks_for_nothing_and_runs_nothing(kind: str) -> None:
    text = written(HISTORIES[kind][0], rhythm=True)
    report = Report(text)
    assert report.asks == []
    assert not report.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "use", "image"}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert text.startswith(HEAD)
    assert '<meta name="viewport" content="width=device-width,initial-scale=1">' in text
    assert '<html lang="en">' in text


def test_ten_years_twice_a_day_stay_below_a_megabyte() -> None:
    text = written(lived(3653), rhythm=True)
    assert len(text.encode()) < MOST_BYTES
    report = Report(text)
    assert "7306 sessions on 3653 days" in report.all_text
    assert max(report.rows.values()) <= 124


def test_a_mark_in_every_plot_has_its_row() -> None:
    report = read(lived(60))
    assert set(report.rows) == set(report.figures)
    assert report.rows["Minutes by day, 28 days"] == 28
    assert report.rows["Left and right"] == 120
    assert report.rows["Calm before and after, 30 sessions"] == 30


def test_sentences_about_answers_are_those_of_insight() -> None:
    past = lived(60)
    report = read(past)
    pairs: list[Pair] = []
    ratings: dict[int, int] = {}
    for before, after in zip(past.check_ins[::2], past.check_ins[1::2], strict=True):
        assert before.calm is not None
        assert after.calm is not None
        pairs.append(Pair(before.calm, after.calm))
        ratings[past.day(after.at).toordinal()] = after.calm
    assert paired_answer(pairs).text in report.sentences
    found = weekly_trend([Rating(day, calm) for day, calm in ratings.items()], LAST.toordinal())
    assert found.text in report.sentences


@pytest.mark.parametrize(("answers", "said"), [(11, False), (12, True)])
def test_a_weekly_look_is_judged_from_the_twelfth_answer_on(answers: int, said: bool) -> None:
    past = nothing()
    past.weekly = [weekly(LAST - timedelta(weeks=each), 3) for each in reversed(range(answers))]
    report = read(past, first=LAST - timedelta(weeks=20))
    assert ("No clear change yet in your answers about sleep" in report.all_text) == said
    assert report.rows["Weekly look: sleep"] == answers


def test_the_last_thirty_pairs_and_the_last_answer_of_a_day_are_shown() -> None:
    past = nothing()
    for number in range(33):
        for hour, after in ((8.0, 2), (20.0, 5)):
            lain = session(100 * number + int(hour), LAST - timedelta(days=32 - number), hour=hour)
            past.sessions.append(lain)
            past.check_ins += [check_in(lain, "before", 1), check_in(lain, "after", after)]
    text = written(past)
    assert f"{LAST}: 1 before, 5 after" in text
    assert f"{LAST - timedelta(days=14)}: 1 before, 2 after" in text
    assert f"{LAST - timedelta(days=15)}: 1 before" not in text
    days = [LAST - timedelta(days=number) for number in range(33)]
    assert all(f"<title>{day}: 5</title>" in text and f"<title>{day}: 2</title>" not in text for day in days)


def test_the_rhythm_is_nowhere_unless_it_is_wanted() -> None:
    past = lived(20)
    assert "hythm" not in written(past)
    report = read(past, rhythm=True)
    assert report.headings[-2:] == ["Rhythm", SECTIONS[-1]]
    assert rhythm({past.day(each.ended_at) for each in past.sessions}, LAST).text in report.sentences
    assert "Rhythm, week by week" in report.figures
    assert "Rhythm" not in read(nothing(), rhythm=True).headings


def test_days_away_leave_the_rhythm_as_it_was() -> None:
    past = lived(60, last=LAST - timedelta(days=10))
    before = rhythm({past.day(each.ended_at) for each in past.sessions}, LAST - timedelta(days=10)).text
    assert before not in read(past, rhythm=True).sentences
    span = {"first": f"{LAST - timedelta(days=9)}", "back": f"{LAST + timedelta(days=1)}"}
    past.away = [form(AwayForm, **span)]
    assert before in read(past, rhythm=True).sentences
    past.away = [form(AwayForm, **span, person="Ann")]
    assert before not in read(past, rhythm=True).sentences


def test_notes_of_the_body_are_counted() -> None:
    past = lived(5, a_day=1)
    past.check_ins = [replace(each, warm=True, red=None) if each.moment == "after" else each for each in past.check_ins]
    assert "Of your last 5 sessions with a note: warm after 5." in read(past).all_text


def test_a_session_too_short_to_count_is_none_of_the_rhythm() -> None:
    past = nothing()
    past.sessions = [session(1, LAST - timedelta(days=1), 20.0), session(2, LAST, 0.9)]
    assert "You lay on the mat on 1 of the last 28 days" in read(past, rhythm=True).all_text
    past.sessions.pop(0)
    assert "Rhythm" not in read(past, rhythm=True).headings


def test_a_range_has_its_own_sessions_and_the_rhythm_of_all_before() -> None:
    past = lived(60)
    report = read(past, first=LAST - timedelta(days=6), last=LAST - timedelta(days=2), rhythm=True)
    assert "10 sessions on 5 days" in report.all_text
    assert "23 Nov 2026 to 27 Nov 2026" in report.sentences
    assert "You lay on the mat on 28 of the last 28 days" in report.all_text


def test_an_empty_history_says_so_and_how_to_begin() -> None:
    report = read(nothing())
    assert "No session is stored of these days." in report.sentences
    assert (
        "There are no answers yet. acumat check-in notes how calm you are, before a session and after it." in report.sentences
    )
    assert "29 Nov 2026" in report.sentences


def test_what_is_not_known_is_counted() -> None:
    past = nothing()
    lain = [session(number, LAST - timedelta(days=number)) for number in range(1, 5)]
    past.sessions = [
        *lain,
        session(11, LAST, guest=True),
        session(12, LAST, person="Ann"),
        session(13, LAST, clock_known=False),
        session(14, LAST, source="added", lateral=None, head_foot=None, evenness=None),
    ]
    past.people = [person("Ann")]
    past.check_ins = [check_in(lain[0], "before", 2), check_in(lain[0], "after", 3), check_in(lain[1], "after", 3)]
    said = read(past).all_text
    assert "1 of 5 sessions have an answer about calm before and after" in said
    assert "Entered by hand, with nothing but the minutes: 1 session." in said
    assert "The breath is known in 0 of 5 sessions." in said
    assert "Left out: 1 session of guests." in said
    assert "Left out: 1 session of other people" in said
    assert "Left out: 1 session whose date is not sure" in said
    assert "Ann" not in said


def test_another_persons_report_is_theirs_alone() -> None:
    past = lived(10)
    past.people = [person("Ann <b>"), person("Ben")]
    past.sessions.append(session(99, LAST, 7.0, person="Ann <b>"))
    past.steps.append(step(LAST, 10, 15, "The owner's step."))
    past.weekly.append(weekly(LAST, 3, "Ben"))
    report = read(past, who="Ann <b>")
    assert report.headings[0] == "Acupressure mat: report of Ann <b>"
    assert "1 session on 1 day, 7 minutes in all." in report.all_text
    assert "The owner's step." not in report.all_text
    assert "Weekly look: sleep" not in report.figures
    assert "2 sessions of other people" in report.all_text


def test_the_newest_reasons_of_the_programme_are_in_full() -> None:
    past = lived(5)
    past.steps = [step(LAST - timedelta(days=9 - number), 10, 15, f"Reason {number}.") for number in range(10)]
    report = read(past, first=LAST - timedelta(days=30))
    reasons = [each for each in report.sentences if "Reason" in each]
    assert reasons == [f"{LAST - timedelta(days=9 - n)}, 10 to 15 minutes: Reason {n}." for n in (9, 8, 7)]
    assert report.rows["Steps of the programme"] == 10
