"""The trade-off as `make accuracy` measures and draws it: still people lost against shaken things taken for people."""

from __future__ import annotations

from acumat.detect.presence import evidence
from tests.accuracy.corpora import every
from tests.accuracy.report import Report, Row
from tests.accuracy.runner import Runner
from tests.accuracy.tradeoff import PEOPLE, THINGS, curve, peak

LAYOUT, FULL, OFFSET = "4x2", 50, 150_000
RECORDED = "real_breath"
"""Left out: it needs recordings that not everybody has, and the curve is to be the same everywhere."""
AXES = ("still people lost, % (at each point: nats asked for)", "shaken things taken for people, %")
WHY = (
    "A still person's breath moves the load by 0.03 to 0.3 %. A sleeper beside a basket, footfall and a washing machine move a "
    "thing by as much, at rates that people breathe at. Asking for more evidence loses more still people; asking for less "
    "takes more shaken things for people. Both could be zero only if no reading came from either, and there are such "
    "readings: a breath that the sensors' noise hides looks like a box, and a basket that a sleeper rocks unevenly moves "
    "like a body. Time helps as long as a breath stands above the noise of some minutes. What is left then is the overlap."
)


def measure(runner: Runner) -> Report:
    """The curve, and where the limit in use lies on it."""
    report = Report("Still people lost against shaken things taken for people", text=[WHY], axes=AXES)
    seeds = runner.seeds(FULL, OFFSET)
    people, things = (
        every(_peak, [(family, LAYOUT, seed) for family in families if family != RECORDED for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for families in (PEOPLE, THINGS)
    )
    for point in curve(people, things):
        lost, taken = 100 * point.people_lost, 100 * point.things_taken
        if not report.points or (lost, taken) != report.points[-1][:2]:
            report.points.append((lost, taken, f"{point.limit_nats:.2g}"))
        if point.limit_nats == evidence.CONFIRM_NATS:
            used, named = f"at the {point.limit_nats:.2g} nats in use", runner.named(seeds)
            report.rows.append(Row(f"still people lost {used}", LAYOUT, len(people), named, lost, None, "%"))
            report.rows.append(Row(f"shaken things taken {used}", LAYOUT, len(things), named, taken, None, "%"))
    return report


def _peak(job: tuple[str, str, int]) -> float:
    return peak(*job)
