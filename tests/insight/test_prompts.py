"""Questions over a simulated year: never more than two a session, none while away, resting, cooling down or lying."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.coach.moment import programme_day
from acumat.coach.rules import COOL_DOWN_S
from acumat.insight.prompts import MOST_A_SESSION, QUIET, LastSession, Prompt, Situation, due_prompt

DAY_STARTS = time(4, 0)
START = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
MONDAY = date(2026, 6, 1)
YEAR_DAYS = 365
LOOK = timedelta(minutes=20)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def session(ended: datetime, *asked: Prompt) -> LastSession:
    return LastSession(programme_day(ended, DAY_STARTS), ended, asked)


def situation(now: datetime, last: LastSession | None, *, weekly: date | None = MONDAY) -> Situation:
    return Situation(programme_day(now, DAY_STARTS), now, last, weekly)


TUESDAY = MONDAY + timedelta(days=1)
NIGHT, MORNING, AFTERNOON = session(at(22)), session(at(7)), session(at(15))


@pytest.mark.parametrize(
    ("now", "last", "prompt"),
    [
        (at(7, 0, TUESDAY), NIGHT, Prompt.SLEEP),
        (at(11, 59, TUESDAY), NIGHT, Prompt.SLEEP),
        (at(12, 0, TUESDAY), NIGHT, None),
        (at(3, 59, TUESDAY), NIGHT, None),
        (at(23), NIGHT, None),
        (at(7, 0, TUESDAY), session(at(1, 30, TUESDAY)), Prompt.SLEEP),
        (at(7, 0, TUESDAY), replace(NIGHT, asked=(Prompt.SLEEP,)), None),
        (at(7, 0, TUESDAY), replace(NIGHT, asked=(Prompt.REDNESS,)), Prompt.SLEEP),
        (at(7, 0, TUESDAY), replace(NIGHT, asked=(Prompt.REDNESS, Prompt.WEEKLY_LOOK)), None),
        (at(8, 1), MORNING, Prompt.ALERTNESS),
        (at(12, 0), MORNING, None),
        (at(8, 1, TUESDAY), MORNING, None),
        (at(8, 1), replace(MORNING, asked=(Prompt.ALERTNESS,)), None),
        (at(16, 5), AFTERNOON, None),
        (at(8, 0, TUESDAY), AFTERNOON, None),
        (at(8, 0), None, None),
    ],
)
def test_the_question_of_a_moment(now: datetime, last: LastSession | None, prompt: Prompt | None) -> None:
    assert due_prompt(situation(now, last)) is prompt


@pytest.mark.parametrize(
    ("weekly", "now", "prompt"),
    [
        (None, at(16, 5), Prompt.WEEKLY_LOOK),
        (MONDAY - timedelta(days=6), at(16, 5), None),
        (MONDAY - timedelta(days=7), at(16, 5), Prompt.WEEKLY_LOOK),
        (MONDAY - timedelta(days=7), at(QUIET.hour, QUIET.minute), None),
        (MONDAY - timedelta(days=7), at(9, 0, TUESDAY), Prompt.WEEKLY_LOOK),
        (MONDAY - timedelta(days=7), at(12, 0, TUESDAY), None),
        (MONDAY + timedelta(days=6), at(16, 5), None),
        (MONDAY + timedelta(days=400), at(16, 5), Prompt.WEEKLY_LOOK),
    ],
)
def test_the_weekly_look_comes_once_a_week(weekly: date | None, now: datetime, prompt: Prompt | None) -> None:
    assert due_prompt(situation(now, AFTERNOON, weekly=weekly)) is prompt


def test_the_weekly_look_takes_the_place_of_the_question_about_sleep() -> None:
    morning = at(8, 0, TUESDAY)
    assert due_prompt(situation(morning, NIGHT, weekly=None)) is Prompt.WEEKLY_LOOK
    assert due_prompt(situation(morning, replace(NIGHT, asked=(Prompt.WEEKLY_LOOK,)))) is None


@pytest.mark.parametrize("reason", ["away", "resting", "cooling_down", "lying"])
def test_nothing_is_asked_at_a_bad_time(reason: str) -> None:
    now = at(7, 0, TUESDAY)
    away, resting = reason == "away", reason == "resting"
    bad = Situation(TUESDAY, now, NIGHT, MONDAY, away, resting, reason == "cooling_down", reason == "lying")
    assert due_prompt(bad) is None


@dataclass
class House:
    """Somebody's year: sessions at any hour, absences and days of rest; the redness question comes with the cool-down's end."""

    seed: int
    asked: list[tuple[datetime, Prompt, LastSession]] = field(default_factory=list)

    def live(self) -> None:
        random, now, last, weekly = Random(self.seed), START, None, None
        away_until = rest_until = lie_until = now
        redness_due = False
        while now < START + timedelta(days=YEAR_DAYS):
            now += LOOK
            if now >= lie_until and random.random() < 1.2 * LOOK / timedelta(days=1):
                ended = now + timedelta(minutes=random.randint(5, 30))
                last, lie_until, redness_due = session(ended), ended, True
            away_until = now + timedelta(days=random.randint(1, 30)) if random.random() < 0.0005 else away_until
            rest_until = now + timedelta(days=1) if random.random() < 0.001 else rest_until
            day = programme_day(now, DAY_STARTS)
            cooling = last is not None and now - last.ended < timedelta(seconds=COOL_DOWN_S)
            seen = Situation(day, now, last, weekly, now < away_until, now < rest_until, cooling, now < lie_until)
            if last is not None and redness_due and not cooling and now >= last.ended:
                redness_due, last = False, replace(last, asked=(*last.asked, Prompt.REDNESS))
                continue
            prompt = due_prompt(seen)
            if prompt is None or last is None:
                continue
            assert not any((seen.away, seen.resting, seen.cooling_down, seen.lying))
            self.asked.append((now, prompt, replace(last, asked=())))
            last = replace(last, asked=(*last.asked, prompt))
            weekly = day if prompt is Prompt.WEEKLY_LOOK else weekly
            assert len(last.asked) <= MOST_A_SESSION


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_a_year_of_questions(seed: int) -> None:
    house = House(seed)
    house.live()
    assert max(Counter(last for _, _, last in house.asked).values()) <= MOST_A_SESSION
    weekly = [programme_day(now, DAY_STARTS) for now, prompt, _ in house.asked if prompt is Prompt.WEEKLY_LOOK]
    assert all(later - sooner >= timedelta(days=7) for sooner, later in pairwise(weekly))
    assert all(DAY_STARTS <= now.time() < QUIET for now, _, _ in house.asked)
    assert {prompt for _, prompt, _ in house.asked} == {Prompt.WEEKLY_LOOK, Prompt.SLEEP, Prompt.ALERTNESS}
