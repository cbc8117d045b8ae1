"""Still people lost against shaken things taken for people, by how much evidence makes a person.

Each scenario is watched with a threshold that nothing reaches, so that the evidence goes on to the end. What it came to at most
says what every threshold would have made of it: a person from this evidence on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from unittest.mock import patch

from acumat.detect.pipeline import Pipeline
from acumat.detect.presence import evidence
from acumat_hw.errors import SourceEndedError
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.source import SimSource
from tests.accuracy.corpora import every
from tests.accuracy.report import Report, Row
from tests.accuracy.runner import Runner
from tests.accuracy.stranger_trials import RATE_HZ
from tests.accuracy.strangers import layout_of, stranger

PEOPLE, THINGS = ("still", "weak_breath"), ("basket_beside_sleeper", "suitcase_shaken")
LAYOUT, FULL, OFFSET = "4x2", 50, 150_000
THRESHOLDS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Nats; those that do not change the picture are left out of it."""
EVERY_S = 1.0
AXES = ("still people lost, % (at each point: nats asked for)", "shaken things taken for people, %")
WHY = (
    "A still person's breath moves the load by 0.03 to 0.3 %. A sleeper beside a basket, footfall and a washing machine move a "
    "thing by as much, at rates that people breathe at. Asking for more evidence loses more still people; asking for less "
    "takes more shaken things for people. Both could be zero only if no reading came from either, and there are such "
    "readings: a breath that the sensors' noise hides looks like a box, and a basket that a sleeper rocks unevenly moves "
    "like a body. Time helps as long as a breath stands above the noise of some minutes. What is left then is the overlap."
)


def most_nats(job: tuple[str, int, str]) -> float:
    """The most evidence of a person that there was at any time: family, seed, layout."""
    family, seed, layout_name = job
    scenario = stranger(family, seed, layout_of(layout_name))
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(scenario, scenario.layout), clock, period_s=1 / RATE_HZ)
    pipeline = Pipeline(scenario.layout)
    source.open()
    start_s, slot, most = clock.monotonic(), 0, -math.inf
    with patch.object(evidence, "CONFIRM_NATS", math.inf):
        while True:
            clock.sleep(start_s + slot / RATE_HZ - clock.monotonic())
            try:
                pipeline.step(source.read())
            except SourceEndedError:
                return most
            if slot % round(EVERY_S * RATE_HZ) == 0:
                most = max(most, pipeline.inspect().life.nats.value or 0.0)
            slot += 1


def points(people: Sequence[float], things: Sequence[float]) -> list[tuple[float, float, str]]:
    """Percent of people lost and of things taken, each threshold that changes one of them."""
    found: list[tuple[float, float, str]] = []
    for threshold in THRESHOLDS:
        lost = 100 * sum(each < threshold for each in people) / len(people)
        taken = 100 * sum(each >= threshold for each in things) / len(things)
        if not found or (lost, taken) != found[-1][:2]:
            found.append((lost, taken, f"{threshold:g}"))
    return found


def measure(runner: Runner) -> Report:
    """The curve, and where the threshold in use lies on it."""
    report = Report("Still people lost against shaken things taken for people", text=[WHY])
    seeds = runner.seeds(FULL, OFFSET)
    people, things = (
        every(most_nats, [(family, seed, LAYOUT) for family in families for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for families in (PEOPLE, THINGS)
    )
    report.points, report.axes = points(people, things), AXES
    limit, named = evidence.CONFIRM_NATS, runner.named(seeds)
    lost = 100 * sum(each < limit for each in people) / len(people)
    taken = 100 * sum(each >= limit for each in things) / len(things)
    report.rows.append(Row(f"still people lost at {limit:.2g} nats", LAYOUT, len(people), named, lost, None, "%"))
    report.rows.append(Row(f"shaken things taken at {limit:.2g} nats", LAYOUT, len(things), named, taken, None, "%"))
    return report
