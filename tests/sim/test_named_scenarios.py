"""Each named scenario through detection, against what is true of it: as many sessions, where they really were; else none.

A session whose wait for a return does not end within the scenario is not counted.
"""

from __future__ import annotations

import pytest

from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Interval, load_scenario, scenario_names
from tests.accuracy.trials import run

MERGE_S = 20.0
EDGE_S = 2.0


def sessions_of(spans: tuple[Interval, ...]) -> list[Interval]:
    """Spans with lifts merged, as a session is defined."""
    merged: list[Interval] = []
    for span in spans:
        if merged and span.start_s - merged[-1].end_s <= MERGE_S:
            merged[-1] = Interval(merged[-1].start_s, span.end_s)
        else:
            merged.append(span)
    return merged


def test_there_are_forty_and_each_says_what_it_is() -> None:
    scenarios = [load_scenario(name) for name in scenario_names()]
    assert len(scenarios) >= 40
    assert len({scenario.description for scenario in scenarios}) == len(scenarios)
    assert all(len(scenario.description) > 10 for scenario in scenarios)


@pytest.mark.parametrize("name", scenario_names())
def test_a_named_scenario_gives_the_sessions_that_are_true_of_it(name: str) -> None:
    scenario = load_scenario(name)
    true = [span for span in sessions_of(scenario.lying()) if span.end_s + MERGE_S < scenario.duration_s]
    done = run(SimulatedMat(scenario, scenario.layout), rate_hz=2.0 if scenario.duration_s > 1000 else 10.0)
    found = [(record.start_mono_s - done.start_s, record.end_mono_s - done.start_s) for record in done.records]
    assert found == [pytest.approx((span.start_s, span.end_s), abs=EDGE_S) for span in true]
    assert not [span for span in true if span.end_s - span.start_s < 20]  # all long enough to be confirmed
