"""Which cue is due by the seconds of contact: the latest one, none twice, and none that a later one has overtaken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.cues import CUES, PLANNED, GuidedSession, dozes_on, due
from acumat.coach.moment import Stamp
from acumat.coach.rules import DOZE_CAP_AFTER_S, DOZE_LOUDER_AFTER_S, EARLY_S, LAST_MINUTE_S, LOUDER_AFTER_S
from acumat.contract.events import EventType as T

PLAN_S = 600.0
GUIDE = GuidedSession("m-s1", Stamp(0.0, 0.0, "b", known=False), 10)


@pytest.mark.parametrize(
    ("given_cue", "contact_s", "cue"),
    [
        (None, 0.0, T.CUE_START),
        (T.CUE_START, PLAN_S / 2 - 0.1, None),
        (T.CUE_START, PLAN_S / 2, T.CUE_HALF),
        (T.CUE_HALF, PLAN_S / 2, None),
        (T.CUE_HALF, PLAN_S - LAST_MINUTE_S, T.CUE_LAST_MINUTE),
        (T.CUE_LAST_MINUTE, PLAN_S, T.CUE_END),
        (T.CUE_END, PLAN_S + LOUDER_AFTER_S - 0.1, None),
        (T.CUE_END, PLAN_S + LOUDER_AFTER_S, T.CUE_LOUDER),
        (T.CUE_LOUDER, PLAN_S + 9999.0, None),
        (T.CUE_CAP, PLAN_S + 9999.0, None),
        (None, PLAN_S / 2, T.CUE_HALF),  # after a restart: those overtaken are left out
        (T.CUE_START, PLAN_S, T.CUE_END),
        (T.CUE_LOUDER, 0.0, None),
    ],
)
def test_the_latest_cue_that_is_due_and_was_not_given(given_cue: T | None, contact_s: float, cue: T | None) -> None:
    assert due(replace(GUIDE, cue=given_cue), contact_s) is cue


@pytest.mark.parametrize("guide", [replace(GUIDE, stopped=True), replace(GUIDE, planned_min=None)])
def test_whoever_is_not_guided_gets_none(guide: GuidedSession) -> None:
    assert due(guide, PLAN_S) is None
    assert not dozes_on(replace(guide, doze_s=10.0), 10_000.0)


@given(st.lists(st.floats(0.0, 120.0), max_size=40), st.one_of(st.none(), st.floats(0.0, 1200.0)))
def test_each_cue_comes_once_and_in_order(steps_s: list[float], doze_s: float | None) -> None:
    guide, contact_s, cues = replace(GUIDE, doze_s=doze_s), 0.0, []
    for step_s in steps_s:
        contact_s += step_s
        cue = due(guide, contact_s)
        if cue is not None:
            cues.append(CUES.index(cue))
            guide = replace(guide, cue=cue)
    assert cues == sorted(set(cues))
    assert all(CUES[each] in PLANNED for each in cues)


@pytest.mark.parametrize(
    ("doze_s", "after_s"),
    [
        (None, LOUDER_AFTER_S),
        (PLAN_S - 200.0, DOZE_LOUDER_AFTER_S),
        (PLAN_S + 0.5 * (DOZE_LOUDER_AFTER_S + LOUDER_AFTER_S), 0.5 * (DOZE_LOUDER_AFTER_S + LOUDER_AFTER_S)),
        (PLAN_S + 9999.0, LOUDER_AFTER_S),
    ],
)
def test_a_possible_doze_brings_the_louder_cue_forward_and_never_before_the_doze(doze_s: float | None, after_s: float) -> None:
    guide = replace(GUIDE, cue=T.CUE_END, doze_s=doze_s)
    assert due(guide, PLAN_S + after_s - 0.1) is None
    assert due(guide, PLAN_S + after_s) is T.CUE_LOUDER


@pytest.mark.parametrize(("doze_s", "from_s"), [(100.0, PLAN_S), (PLAN_S + 300.0, PLAN_S + 300.0)])
def test_whoever_may_be_asleep_is_woken_some_time_after_plan_and_doze(doze_s: float, from_s: float) -> None:
    guide = replace(GUIDE, doze_s=doze_s)
    assert not dozes_on(guide, from_s + DOZE_CAP_AFTER_S - 0.1)
    assert dozes_on(guide, from_s + DOZE_CAP_AFTER_S)
    assert not dozes_on(GUIDE, 10_000.0)


@pytest.mark.parametrize(("contact_s", "early"), [(PLAN_S - EARLY_S - 0.1, True), (PLAN_S - EARLY_S, False)])
def test_the_last_minute_may_be_left_out(contact_s: float, early: bool) -> None:
    assert GUIDE.early(contact_s) is early
    assert GUIDE.done(contact_s) is not early
    assert not replace(GUIDE, planned_min=None).early(contact_s)
    assert not replace(GUIDE, planned_min=None).done(contact_s)
