"""What `make accuracy` measures of who lies there: breath, posture, loading, doze, shoulders, mode; and of bad sensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.accuracy import bad_sensors, breath, manner
from tests.accuracy.corpora import every
from tests.accuracy.figures import Figure
from tests.accuracy.report import Report, count_row
from tests.accuracy.runner import Runner
from tests.accuracy.trials import mat_layout

FEW_SENSORS = ("2x2", "4x2")
"""Layouts with too few sensors at the shoulders to tell of them."""


def breathing(runner: Runner) -> Report:
    """People of the breathing corpus, each way to breathe as often as the others, and all that does not breathe on the mat."""
    report = Report("Breathing")
    for layout in runner.layouts:
        seeds = runner.seeds(60, 110_000)
        trials = every(breathe, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        report.add(breath.breath_figures(trials), layout, runner.named(seeds))
        report.spread("breathing error", layout, "/min", [error for trial in trials for error in trial.errors])
        report.spread("first value after stillness", layout, "s", [t.first_s for t in trials if t.first_s is not None])
        seeds = runner.seeds(20, 111_000)
        silent = every(keep_silent, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        values, scenarios = sum(each.value for each in silent), sum(each.n for each in silent)
        name = "values reported of boxes, standing, sitting on the edge, drift or turning"
        report.rows.append(count_row(name, layout, values, scenarios, runner.named(seeds)))
    report.text.append(
        "People breathe evenly, unevenly, slowly (5 to 8/min), fast (to 25/min), shallowly, or talk. A still minute is one in "
        "which nothing moves; while somebody talks and for a minute after it no value is asked for."
    )
    return report


def breathe(job: tuple[int, str]) -> breath.BreathTrial:
    """One person: seed, layout."""
    seed, layout = job
    return breath.breath_trial(seed, mat_layout(layout))


def keep_silent(job: tuple[int, str]) -> Figure:
    """Five things that are no still person: seed, layout."""
    seed, layout = job
    return breath.silence_figures(layout, [seed])[0]


def of_manner(
    title: str, figures: Callable[[str, range], list[Figure]], full: int, offset: int, *, not_asked: tuple[str, ...] = ()
) -> Callable[[Runner], Report]:
    """A measure out of one of `manner`; nothing is asked of the layouts in `not_asked`."""

    def measure(runner: Runner) -> Report:
        report = Report(title)
        for layout in runner.layouts:
            seeds = runner.seeds(full, offset)
            for each in figures(layout, seeds):
                report.add([each], layout, runner.named(seeds))
            if layout in not_asked:
                report.rows = [replace(row, asked=None) if row.layout == layout else row for row in report.rows]
        return report

    return measure


def dozes(runner: Runner) -> Report:
    """People who fall asleep on the mat, and people who do not."""
    report = Report("A possible doze, reported and not reported")
    for layout in runner.layouts:
        seeds = runner.seeds(40, 97_000)
        report.add(manner.doze_figures(layout, seeds, runner.jobs), layout, runner.named(seeds))
    return report


def sensors(runner: Runner) -> Report:
    """Sensors that fail under a person, one at a time; and people on a mat of which a quarter has been dead from the start."""
    report = Report("Bad sensors, through converters, bus and driver")
    for layout in runner.layouts:
        seeds = runner.seeds(20, 120_000)
        named, blamed, lost = runner.named(seeds), 0, 0
        for kind in bad_sensors.KINDS:
            found = every(bad_sensors.one, [(kind, seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
            late = sum(not each.reported for each in found)
            report.rows.append(count_row(f"{kind}: not reported in time", layout, late, len(found), named))
            blamed += sum(each.blamed for each in found)
            lost += sum(not each.session_seen for each in found)
        n = len(bad_sensors.KINDS) * len(seeds)
        report.rows.append(count_row("another sensor blamed", layout, blamed, n, named))
        report.rows.append(count_row("session not kept from its start to its end", layout, lost, n, named))
        seen = every(bad_sensors.dead, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        name = "session lost with a quarter of the sensors dead, two at most"
        report.rows.append(count_row(name, layout, seen.count(False), len(seen), named))
    report.text.append(
        "In time is 11 s of load for short and saturated, 11 s for an open wire with bleed resistors, 70 s for a stuck sensor "
        "under somebody who stirs six times a minute."
    )
    return report


MEASURES: dict[str, Callable[[Runner], Report]] = {
    "breathing": breathing,
    "posture": of_manner("Posture shifts", manner.shift_figures, 20, 98_000),
    "loading": of_manner("How the load comes on", manner.loading_figures, 60, 98_200),
    "shoulders": of_manner("Shoulders that relax", manner.shoulder_figures, 20, 98_400, not_asked=FEW_SENSORS),
    "mode": of_manner("Mode of use", manner.mode_figures, 60, 98_600),
    "dozes": dozes,
    "sensors": sensors,
}
