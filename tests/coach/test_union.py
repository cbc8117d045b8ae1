"""A backup that comes back never makes what protects somebody looser than it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.moment import Moment, Stamp
from acumat.coach.rules import HOLD_S
from acumat.coach.safety import Exposure, PersonSafety, Safety
from acumat.coach.screening import QUESTIONS, Answer, Screening
from acumat.coach.union import union

NOW = Moment(50_000.0, 1_790_000_000.0, "this boot", UTC)
DAY_S = 86_400.0


def ago(seconds: float, boot: str = "an earlier boot") -> Stamp:
    return Stamp(NOW.wall_s - seconds, NOW.mono_s - seconds if boot == NOW.boot else 1.0, boot, known=True)


def answers(seconds_ago: float, **given_: str) -> Screening:
    answers = {name: Answer(given_.get(name, "no")) for name in QUESTIONS}
    return Screening(answers, ago(seconds_ago, f"boot {seconds_ago}"))


def united(stored: Safety, present: Safety, *, latest: int = 40, written: int | None = None) -> Safety:
    return union(stored, present, NOW, latest_cap_min=latest, cap_min=written)


def test_a_symptom_reported_since_the_backup_still_holds() -> None:
    after = united(Safety(revision=9), Safety(revision=2, stops=(ago(3600),)))
    assert not after.stops[0].over(HOLD_S, NOW)
    assert after.revision == 10


def test_two_symptoms_within_a_fortnight_count_together_one_from_each_side() -> None:
    after = united(Safety(stops=(ago(3 * DAY_S, "a"),)), Safety(stops=(ago(3600, "b"),)))
    assert after.professional
    assert len(after.stops) == 2


def test_the_same_symptom_on_both_sides_is_one() -> None:
    stop = ago(3600)
    after = united(Safety(stops=(stop,)), Safety(stops=(stop,)))
    assert after.stops == (stop,)
    assert not after.professional


@pytest.mark.parametrize(
    ("stored", "present", "latest", "written", "after"),
    [
        (None, None, 40, None, None),
        (None, 25, 40, None, 25),
        (30, 25, 40, None, 25),
        (25, None, 40, None, 25),
        (None, None, 60, 35, 35),  # the backup's configuration has a later cap than the one that somebody wrote here
        (None, None, 60, None, None),  # nobody has chosen one here
        (None, 45, 40, 60, None),  # what is configured comes first anyhow
    ],
)
def test_the_alarm_comes_no_later_than_it_did(
    stored: int | None, present: int | None, latest: int, written: int | None, after: int | None
) -> None:
    assert united(Safety(cap_min=stored), Safety(cap_min=present), latest=latest, written=written).cap_min == after


def test_answers_given_last_count_and_where_that_is_unknown_those_that_hold_back() -> None:
    older, newer = answers(9 * DAY_S), answers(DAY_S, heart="yes")
    assert united(Safety(screening=older), Safety(screening=newer)).screening == newer
    assert united(Safety(screening=newer), Safety(screening=older)).screening == newer
    undated = replace(answers(0, spine="yes"), answered=Stamp(0.0, 5.0, "x", known=False))
    assert united(Safety(screening=older), Safety(screening=undated)).screening == undated
    assert united(Safety(screening=undated), Safety(screening=older)).screening == undated
    assert united(Safety(screening=older), Safety()).screening == older


def test_who_lies_there_is_known_here() -> None:
    here, there = Exposure(ago(600, NOW.boot)), Exposure(ago(1500))
    assert united(Safety(exposure=there), Safety()).exposure is None
    assert united(Safety(), Safety(exposure=here)).exposure == here
    longer = united(Safety(exposure=there), Safety(exposure=here)).exposure
    assert longer is not None
    assert longer.seconds(NOW) == 1500
    last_week = Exposure(ago(7 * DAY_S))
    assert united(Safety(exposure=last_week), Safety(exposure=here)).exposure == here


def test_rest_days_and_people() -> None:
    stop = ago(3600)
    ann = PersonSafety(rest_day=date(2026, 11, 29), screening=answers(5))
    present = Safety(person=1, stops=(stop,), others={2: ann, 7: PersonSafety(professional=True, screening=answers(1))})
    stored = Safety(person=2, rest_day=date(2026, 11, 20), others={1: PersonSafety()})
    after = united(stored, present)
    assert after.person == 2
    assert after.rest_day == date(2026, 11, 29)
    assert after.screening == ann.screening
    assert after.others[1].stops == (stop,)
    assert set(after.others) == {1}, "who is not in the backup is not in it afterwards"
    assert after.professional, "what somebody unknown has to wait for holds for who is there"
    alone = united(Safety(), Safety(person=1, screening=answers(3, heart="yes"), others={2: PersonSafety(stops=(stop,))}))
    assert (alone.person, alone.stops) == (None, (stop,))
    assert alone.screening.answers["heart"] is Answer.YES


STOPS = st.lists(st.floats(0, 30 * DAY_S), max_size=4).map(
    lambda seconds: tuple(ago(each, f"boot {each}") for each in sorted(seconds, reverse=True))
)
SAFETIES = st.builds(
    Safety,
    revision=st.integers(0, 99),
    stops=STOPS,
    professional=st.booleans(),
    cap_min=st.none() | st.integers(20, 60),
    person=st.none() | st.integers(0, 2),
    others=st.dictionaries(st.integers(3, 5), st.builds(PersonSafety, stops=STOPS, professional=st.booleans()), max_size=2),
)


@given(SAFETIES, SAFETIES)
def test_neither_side_gets_looser(stored: Safety, present: Safety) -> None:
    after = united(stored, present)
    held = [stop for each in (stored, present) for stop in each.all_stops if not stop.over(HOLD_S, NOW)]
    latest = max(held, key=lambda stop: stop.wall_s, default=None)
    assert latest is None or latest in after.all_stops
    caps = [each.cap_min for each in (stored, present) if each.cap_min is not None]
    assert min([40, after.cap_min or 40]) <= min([40, *caps])
    assert after.professional or not (stored.professional or (present.professional and present.person is None))
    assert after.revision > max(stored.revision, present.revision)
