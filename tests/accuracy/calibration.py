"""How far balance is from the true shares of force: uncalibrated, calibrated, and calibrated with a turned lie-down.

For each seed a random person calibrates a random mat, and on another occasion lies on the same mat: the body's own leaning
stays the same up to a little, the place on the mat is another one.

`python -m tests.accuracy.calibration 40 [SPREAD]` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from acumat.contract.learned import Learned
from acumat.detect.pipeline import Pipeline
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat, Truth
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import SimSource
from acumat_sim.streams import stream

RATE_HZ = 10.0
WAYS = ("before", "plain", "turned")
MEASURES = ("lateral", "head_foot", "shares")


@dataclass(frozen=True, slots=True)
class Case:
    """A mat and a person; parts differ by up to `spread`, or by something from 0 to 0.25 where it is None."""

    layout: Layout
    seed: int
    spread: float | None = None

    def mat(self) -> dict[str, object]:
        random = stream(self.seed, "mat")
        surface, spread = random.choice(("bed", "carpet", "floor")), random.uniform(0.0, 0.25)
        return {"surface": surface, "spread": spread if self.spread is None else self.spread}


@dataclass(slots=True)
class Errors:
    """Absolute errors in points, by way of calibrating and measure; and which seeds could not be calibrated."""

    points: dict[tuple[str, str], list[float]] = field(default_factory=lambda: {(w, m): [] for w in WAYS for m in MEASURES})
    failed: list[str] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)

    def mae(self, way: str, measure: str) -> float:
        values = self.points[way, measure]
        return sum(values) / len(values)

    def p95(self, way: str, measure: str) -> float:
        values = sorted(self.points[way, measure])
        return values[int(0.95 * len(values))]


def measure(layout: Layout, seeds: range, spread: float | None = None) -> Errors:
    """Errors of all sessions, one value each 10 s of lying (and zone)."""
    errors = Errors()
    for seed in seeds:
        case = Case(layout, seed, spread)
        learned = calibrate(case, errors)
        if learned is not None:
            compare(case, learned, errors)
    return errors


def calibrate(case: Case, errors: Errors) -> dict[str, Learned] | None:
    """What was learnt each way; the plain one from the first of the two lie-downs. None if it failed."""
    place, again = _place(stream(case.seed, "calibrating")), _place(stream(case.seed, "calibrating turned"))
    steps: list[dict[str, object]] = [
        {"at_s": 15, "do": "lie_down", "over_s": 3},
        {"at_s": 45, "do": "get_up", "over_s": 2},
        {"at_s": 55, "do": "turn", "x_mm": again["x_mm"], "y_mm": again["y_mm"]},
        {"at_s": 60, "do": "lie_down", "over_s": 3},
        {"at_s": 90, "do": "get_up", "over_s": 2},
    ]
    ways = {"plain": Pipeline(case.layout), "turned": Pipeline(case.layout)}
    for t_s, _ in _frames(case, 115, place, steps, tuple(ways.values())):
        if t_s == 6:
            for way, pipeline in ways.items():
                assert pipeline.start_calibration(turned=way == "turned") is None
    learned = {"before": Learned.nothing(len(case.layout.sensors))}
    for way, pipeline in ways.items():
        result = pipeline.take_calibration()
        if result is None:
            errors.failed.append(f"seed {case.seed} {way}")
            return None
        errors.margins.append(result.margin)
        learned[way] = result.after
    return learned


def compare(case: Case, learned: Mapping[str, Learned], errors: Errors) -> None:
    """A session of 90 s on the same mat, seen by one pipeline for each way."""
    steps: list[dict[str, object]] = [{"at_s": 10, "do": "lie_down", "over_s": 3}, {"at_s": 108, "do": "get_up", "over_s": 2}]
    pipelines = {way: Pipeline(case.layout, learned=each) for way, each in learned.items()}
    place = _place(stream(case.seed, "session"))
    for t_s, truth in _frames(case, 110, place, steps, tuple(pipelines.values())):
        if t_s < 30 or t_s > 105 or t_s % 10:
            continue
        for way, pipeline in pipelines.items():
            state = pipeline.state
            assert state.lateral is not None
            assert state.head_foot is not None
            assert state.shares is not None
            assert truth.lateral_pct is not None
            assert truth.head_foot_pct is not None
            errors.points[way, "lateral"].append(abs(state.lateral - truth.lateral_pct))
            errors.points[way, "head_foot"].append(abs(state.head_foot - truth.head_foot_pct))
            for zone in case.layout.zones:
                true = 100 * sum(share for share, s in zip(truth.shares, case.layout.sensors, strict=True) if s.zone == zone)
                errors.points[way, "shares"].append(abs(state.shares[zone] - true))


def _frames(
    case: Case,
    duration_s: int,
    place: Mapping[str, float],
    steps: list[dict[str, object]],
    pipelines: tuple[Pipeline, ...],
) -> Iterator[tuple[float, Truth]]:
    """Run a scenario into the pipelines; each whole second with its truth."""
    data = {"seed": case.seed, "duration_s": duration_s, "person": _person(case.seed, place), "step": steps, **case.mat()}
    mat = SimulatedMat(parse_scenario(f"accuracy-{case.seed}", data, case.layout), case.layout)
    clock = SimClock(0.0)
    source = SimSource(mat, clock)
    source.open()
    zero_s = clock.monotonic()
    for slot in range(round(duration_s * RATE_HZ) - 1):
        frame = source.read()
        for pipeline in pipelines:
            pipeline.step(frame)
        if slot % round(RATE_HZ) == 0:
            yield slot / RATE_HZ, mat.truth(clock.monotonic() - zero_s)
        clock.sleep(zero_s + (slot + 1) / RATE_HZ - clock.monotonic())


def _person(seed: int, place: Mapping[str, float]) -> dict[str, float]:
    """The person is the same each time but for the place and some of the leaning."""
    random = stream(seed, "person")
    return {
        "mass_kg": random.uniform(45, 130),
        "height_m": random.uniform(1.52, 1.95),
        "build": random.uniform(0.85, 1.2),
        "breaths_per_min": random.uniform(5, 25),
        "depth": random.uniform(0.006, 0.04),
        "moves_per_min": random.uniform(0, 1),
        "x_mm": place["x_mm"],
        "y_mm": place["y_mm"],
        "bias": random.gauss(0, 0.05) + place["bias"],
    }


def _place(random: Random) -> dict[str, float]:
    """How somebody happens to lie: 12 mm across, 20 mm along and 3 % to one side, standard deviations."""
    return {"x_mm": random.gauss(0, 12), "y_mm": random.gauss(0, 20), "bias": random.gauss(0, 0.03)}


def main(people: int, spread: float | None) -> None:
    """Print the table for all layouts."""
    print(f"{'layout':7} {'measure':10} " + " ".join(f"{way:>15}" for way in WAYS) + f"   MAE / p95 in points, {people} people")
    for name, (rows, columns) in PRESETS.items():
        errors = measure(grid(rows, columns, rm_ohm=3300.0), range(1, people + 1), spread)
        for what in MEASURES:
            figures = (f"{errors.mae(way, what):6.1f} / {errors.p95(way, what):5.1f}" for way in WAYS)
            print(f"{name:7} {what:10} " + " ".join(f"{each:>15}" for each in figures))
        print(f"{name:7} margins from {min(errors.margins):.0f}; failed: {errors.failed or 'none'}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, float(sys.argv[2]) if len(sys.argv) > 2 else None)
