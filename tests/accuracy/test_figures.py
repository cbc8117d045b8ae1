"""The short form of the sweep: every figure that the full form publishes, on fewer people, objects and hours.

Seeds are the gate's own, so that the published people stay unseen. The limits are the design's own.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from acumat.contract.events import EventType
from acumat_hw.layout import PRESETS
from acumat_sim.corpus import NUISANCES
from tests.accuracy.corpora import GATE, empties, nuisances, people
from tests.accuracy.figures import Figure, nuisance_figures, people_figures, percentile, zero_bound
from tests.accuracy.measures import short
from tests.accuracy.report import Row, from_document
from tests.accuracy.still import events_of_a_still_lie
from tests.accuracy.trials import NuisanceTrial, PersonTrial

JOBS = min(2, os.cpu_count() or 1)
PEOPLE = 16
OF_EACH_KIND = 4
COMMITTED = Path(__file__).with_name("short.json")
AGAIN = "python -m tests.accuracy.short"


@cache
def measured(layout: str) -> tuple[PersonTrial, ...]:
    return tuple(people(layout, range(GATE, GATE + PEOPLE), JOBS))


@cache
def disturbed(kind: str, layout: str) -> tuple[NuisanceTrial, ...]:
    first = GATE + 100
    return tuple(nuisances(kind, layout, range(first, first + OF_EACH_KIND), JOBS))


def rows(layout: str) -> list[Row]:
    """The short form on one layout; seeds are fixed, so that the same code gives the same figures."""
    return short(layout, measured(layout), {kind: disturbed(kind, layout) for kind in NUISANCES}, f"from {GATE}")


@pytest.mark.parametrize("layout", PRESETS)
def test_people_and_things_are_told_apart_in_time_and_weighed_up_right(layout: str) -> None:
    found = rows(layout)
    assert {figure.name for figure in people_figures([])} <= {row.name for row in found}
    assert not [row for row in found if row.reached is False]


@pytest.mark.parametrize("layout", PRESETS)
def test_no_figure_falls_back_behind_the_committed_table(layout: str) -> None:
    committed = {(row.name, row.layout): row for row in from_document(json.loads(COMMITTED.read_text("utf-8"))).rows}
    found = rows(layout)
    assert {row.name for row in found} == {name for name, of in committed if of == layout}, f"run {AGAIN}"
    worse = [(row, committed[row.name, layout]) for row in found if row.fallen_behind(committed[row.name, layout])]
    assert not worse, f"if this is meant, run {AGAIN} and commit the table"


def test_a_box_that_stays_two_hours_is_withdrawn_within_a_minute() -> None:
    first = GATE + 200
    trials = [
        trial for layout in ("2x2", "4x2") for trial in nuisances("box", layout, range(first, first + 2), JOBS, stay_s=7200.0)
    ]
    assert not [str(figure) for figure in nuisance_figures(trials) if not figure.reached]


@pytest.mark.parametrize("layout", PRESETS)
@pytest.mark.parametrize("swing_pct", [0.1, 0.3])
def test_somebody_who_only_breathes_stays_a_session(layout: str, swing_pct: float) -> None:
    reported = events_of_a_still_lie(GATE, layout, swing_pct=swing_pct, lies_for_s=180.0)
    assert reported.count(EventType.SESSION_STARTED) == reported.count(EventType.GOT_UP) == 1
    assert EventType.LYING_WITHDRAWN not in reported


def test_an_hour_dead_still_is_one_session() -> None:
    reported = events_of_a_still_lie(GATE + 1, "4x2", swing_pct=0.1, lies_for_s=3600.0)
    assert (
        reported.count(EventType.SESSION_STARTED)
        == reported.count(EventType.GOT_UP)
        == reported.count(EventType.SESSION_ENDED)
        == 1
    )


@pytest.mark.parametrize("layout", PRESETS)
def test_an_empty_mat_that_drifts_for_ten_hours_is_empty(layout: str) -> None:
    trials = empties(layout, GATE, 10.0, JOBS)
    assert sum(trial.provisional + trial.sessions for trial in trials) == 0


def test_figures_know_what_was_missed() -> None:
    late = PersonTrial(1, "4x2", 0.1, contact_s=0.7)
    missed = {figure.name for figure in people_figures([late]) if not figure.reached}
    assert {"contact announced p95", "people never seen lying", "people not one session", "lying announced p95"} <= missed
    assert not Figure("nothing measured", float("nan"), 1.0, 0, "s").reached


@pytest.mark.parametrize(("values", "p95"), [(range(1, 101), 95), ([3.0], 3.0), ([1.0, 2.0], 2.0)])
def test_a_percentile_is_a_value_that_was_measured(values: list[float], p95: float) -> None:
    assert percentile(values, 0.95) == p95


def test_a_zero_is_given_with_its_upper_bound() -> None:
    assert zero_bound(0, 100) == "< 0.03"
    assert zero_bound(2, 100) == "0.02"
