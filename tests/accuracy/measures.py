"""What `make accuracy` measures of presence, session, balance and what is learnt; the table of all measures is at the end.

A scale of 1 is the published size. Trials are shared out to `jobs` processes; results do not depend on how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from acumat_sim.corpus import HARDER, NUISANCES
from tests.accuracy import (
    calibration,
    corpora,
    fine_measures,
    helped,
    people_guess,
    real_measures,
    still,
    stranger_measures,
    tradeoff_curve,
    wear,
)
from tests.accuracy.corpora import LONG_BOX_S, LONG_LIE_S, every
from tests.accuracy.figures import Figure, nuisance_figures, people_figures
from tests.accuracy.report import Report, Row, Table, count_row
from tests.accuracy.runner import Runner
from tests.accuracy.trials import NuisanceTrial, PersonTrial, baseline_day, mat_layout

SAID = ("lying, confirmed", "lying, provisional", "contact", "empty", "blind")


def people(runner: Runner) -> Report:
    """People of the corpus, once each, at first power-up."""
    report = Report("People who lie down once, uncalibrated")
    said: Counter[tuple[str, str]] = Counter()
    for layout in runner.layouts:
        seeds = runner.seeds(200)
        trials = corpora.people(layout, seeds, runner.jobs)
        report.add(people_figures(trials), layout, runner.named(seeds))
        people_spreads(report, layout, trials)
        for trial in trials:
            said.update(trial.said)
    report.tables.append(confusion("What was said while people came, lay and left, in samples 5 s apart", said))
    return report


def people_spreads(report: Report, layout: str, trials: Sequence[PersonTrial]) -> None:
    """Distributions over people; of the balance each person's mean error counts once."""

    def known(values: Iterable[float | None]) -> list[float]:
        return [value for value in values if value is not None]

    def means(values: Iterable[Sequence[float]]) -> list[float]:
        return [sum(each) / len(each) for each in values if each]

    report.spread("contact announced", layout, "s", known(t.contact_s for t in trials))
    report.spread("lying announced", layout, "s", known(t.lying_s for t in trials))
    report.spread("confirmed", layout, "s", known(t.confirmed_s for t in trials))
    report.spread("getting up announced", layout, "s", [s for t in trials for s in t.got_up_s])
    report.spread("session length error", layout, "s", [abs(s) for s in known(t.length_error_s for t in trials)])
    report.spread("lateral error", layout, "points", means(t.lateral for t in trials))
    report.spread("head-foot error", layout, "points", means(t.head_foot for t in trials))
    report.spread("zone share error", layout, "points", means(t.shares for t in trials))
    report.spread("evenness error", layout, "", means(t.evenness for t in trials))
    report.spread("centre of pressure error", layout, "% of length", means(t.cop_pct for t in trials))


def confusion(title: str, said: Counter[tuple[str, str]]) -> Table:
    truths = [truth for truth in ("lying", "something", "nobody") if any(key[0] == truth for key in said)]
    cells = tuple((truth, *(str(said[truth, what]) for what in SAID)) for truth in truths)
    return Table(title, ("true", *(f"said {what}" for what in SAID)), cells)


def lying_hours(runner: Runner) -> Report:
    """People who lie for an hour and roll, lean and lift an arm about every minute."""
    report = Report("False ends while somebody lies for an hour and stirs")
    false, hours = 0, 0
    for layout in runner.layouts:
        seeds = runner.seeds(125, 10_000)
        trials = corpora.people(layout, seeds, runner.jobs, lies_for_s=LONG_LIE_S)
        count = sum(trial.false_ends for trial in trials)
        false, hours = false + count, hours + len(trials)
        report.rows.append(count_row("false ends", layout, count, len(trials), runner.named(seeds), unit="in n h"))
    report.rows.append(count_row("false ends", "all", false, hours, runner.named(runner.seeds(125, 10_000)), unit="in n h"))
    return report


def nuisances(runner: Runner) -> Report:
    """The eight kinds that are asked for, and three harder ones."""
    report = Report("What is no lying person")
    said: Counter[tuple[str, str]] = Counter()
    for kind in (*NUISANCES, *HARDER):
        found: list[NuisanceTrial] = []
        for layout in runner.layouts:
            seeds = runner.seeds(250, 20_000)
            trials = corpora.nuisances(kind, layout, seeds, runner.jobs)
            nuisance_rows(report, kind, layout, trials, runner.named(seeds), asked=kind in NUISANCES)
            found += trials
        nuisance_rows(report, kind, "all", found, runner.named(runner.seeds(250, 20_000)), asked=kind in NUISANCES)
        for trial in found if kind in NUISANCES else ():
            said.update(trial.said)
    report.tables.append(confusion("What was said of the eight kinds, in samples 5 s apart", said))
    return report


def nuisance_rows(report: Report, kind: str, layout: str, trials: Sequence[NuisanceTrial], seeds: str, *, asked: bool) -> None:
    """Ghost sessions, provisional lyings and the longest of them; of the harder kinds nothing is asked but reported."""
    ghosts, longest = nuisance_figures(trials)
    provisional = sum(trial.provisional > 0 for trial in trials)
    limit = 0.0 if asked else None
    report.rows.append(count_row(f"{kind}: ghost sessions", layout, ghosts.value, len(trials), seeds, asked=limit))
    report.rows.append(count_row(f"{kind}: provisional lyings", layout, provisional, len(trials), seeds, asked=None))
    longest_s = longest.limit if asked else None
    report.rows.append(Row(f"{kind}: longest provisional", layout, len(trials), seeds, longest.value, longest_s, "s"))
    report.bars.append((kind, layout, 100.0 * provisional / max(1, len(trials))))


def long_boxes(runner: Runner) -> Report:
    """Boxes that stay for two hours, read twice a second."""
    report = Report("Boxes that stay for two hours")
    found: list[NuisanceTrial] = []
    for layout in runner.layouts:
        seeds = runner.seeds(13, 40_000)
        for kind in ("box", "heavy_box"):
            trials = corpora.nuisances(kind, layout, seeds, runner.jobs, stay_s=LONG_BOX_S)
            nuisance_rows(report, f"{kind}, 2 h", layout, trials, runner.named(seeds), asked=kind == "box")
            found += trials
    report.bars.clear()
    return report


def empty_hours(runner: Runner) -> Report:
    """Empty mats that drift, at the idle rate of one frame a second."""
    report = Report("Empty mats")
    ghosts = provisional = 0
    for layout in runner.layouts:
        hours = 250.0 * runner.scale
        trials = corpora.empties(layout, runner.first_seed + 50_000, hours, runner.jobs)
        count, announced = sum(t.sessions for t in trials), sum(t.provisional for t in trials)
        ghosts, provisional = ghosts + count, provisional + announced
        seeds = f"{runner.first_seed + 50_000}-{runner.first_seed + 50_000 + len(trials) - 1}"
        report.rows.append(count_row("ghost sessions", layout, count, hours, seeds, unit="in n h"))
        report.rows.append(count_row("provisional lyings", layout, announced, hours, seeds, asked=None, unit="in n h"))
    total = 250.0 * runner.scale * len(runner.layouts)
    report.rows.append(count_row("ghost sessions", "all", ghosts, total, "as above", unit="in n h"))
    report.rows.append(count_row("provisional lyings", "all", provisional, total, "as above", asked=None, unit="in n h"))
    return report


def still_people(runner: Runner) -> Report:
    """People who only breathe, hardly; and people who lay as if dead until they breathed."""
    report = Report("People who lie dead still")
    for layout in runner.layouts:
        seeds = runner.seeds(10, 60_000)
        reported = every(still.hour, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        missed = sum(each != (1, 1, 0) for each in reported)
        report.rows.append(
            count_row("an hour of breath by 0.1 %: not one session", layout, missed, len(reported), runner.named(seeds))
        )
        seeds = runner.seeds(25, 61_000)
        late = every(still.late, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        lost = sum(each is None for each in late)
        report.rows.append(
            count_row("no breath for 2 min, then some: no session", layout, lost, len(late), runner.named(seeds))
        )
        report.spread("start of such a session, error", layout, "s", [abs(each) for each in late if each is not None])
        seeds = runner.seeds(25, 62_000)
        boxes = every(still.box_after, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        wrong = sum(error is None or abs(error) > 2.0 for error in boxes)
        name = "a box within 20 s of getting up: session not ended at the true end"
        report.rows.append(count_row(name, layout, wrong, len(boxes), runner.named(seeds)))
    return report


def calibrated(runner: Runner) -> Report:
    """People who calibrate and lie once more on another occasion; error before, after, and after a turned calibration."""
    report = Report("Balance after a calibration")
    asked = {"lateral": (3.0, 6.0), "head_foot": (3.0, 6.0), "shares": (3.0, 6.0)}
    for layout in runner.layouts:
        seeds = runner.seeds(40, 70_000)
        rows = every(calibrate_one, [(layout, seed) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        errors = calibration.Errors()
        for each in rows:
            errors.failed += each.failed
            for key, values in each.points.items():
                errors.points[key] += values
        for what, (mae, p95) in asked.items():
            for way in calibration.WAYS:
                limits = (None, None) if way == "before" else (mae, p95)
                n, name = len(rows), f"{what.replace('_', '-')} {way}"
                seed = runner.named(seeds)
                report.rows.append(Row(f"{name}, mean error", layout, n, seed, errors.mae(way, what), limits[0], "points"))
                report.rows.append(Row(f"{name}, p95 error", layout, n, seed, errors.p95(way, what), limits[1], "points"))
                report.spread(f"{name} error", layout, "points", errors.points[way, what])
        report.rows.append(count_row("calibrations that failed", layout, len(errors.failed), len(rows), runner.named(seeds)))
    return report


def calibrate_one(job: tuple[str, int]) -> calibration.Errors:
    layout, seed = job
    return calibration.measure(mat_layout(layout), range(seed, seed + 1))


def baseline(runner: Runner) -> Report:
    """A day of empty mat that drifts by up to a fifth of full scale, one frame a second."""
    report = Report("A day of drift")
    for layout in runner.layouts:
        seeds = runner.seeds(4, 80_000)
        flips = every(baseline_day, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        report.rows.append(
            count_row("false flips in 24 h", layout, sum(flips), 24 * len(flips), runner.named(seeds), unit="in n h")
        )
    return report


def same_body(runner: Runner) -> Report:
    """The same body at 50 and at 110 kg: evenness must not follow the weight."""
    report = Report("Evenness of the same body at 50 and 110 kg")
    for layout in runner.layouts:
        seeds = runner.seeds(20, 90_000)
        gaps = every(still.evenness_gap, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        figure = Figure("evenness, 50 against 110 kg, mean", sum(gaps) / len(gaps), 0.02, len(gaps), "")
        report.add([figure], layout, runner.named(seeds))
        report.spread("evenness, 50 against 110 kg", layout, "", gaps)
    return report


def worn(runner: Runner) -> Report:
    """Weeks of sessions: is a waning sensor named, and is a healthy mat left alone."""
    report = Report("A sensor that loses 15 % of its response, and weeks in which none does")
    for layout in runner.layouts:
        seeds = runner.seeds(50, 95_000)
        named = every(wear.waning, [(seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        asked = None if layout == "2x2" else 0.0
        said = runner.named(seeds)
        missed, other = named.count("missed"), named.count("other")
        report.rows.append(count_row("not named within 10 sessions", layout, missed, len(named), said, asked=asked))
        report.rows.append(count_row("something else reported", layout, other, len(named), said, asked=asked))
        false = sum(every(wear.healthy, [(seed, layout) for seed in seeds], runner.jobs))  # type: ignore[arg-type]
        report.rows.append(count_row(f"reported in {wear.HEALTHY_SESSIONS} healthy sessions", layout, false, len(named), said))
        reported = sum(every(wear.other_surface, [(seed, layout) for seed in seeds], runner.jobs))  # type: ignore[arg-type]
        share = reported / len(named)
        report.rows.append(
            Row("bed for floor or floor for bed reported", layout, len(named), said, share, None, "of 1", least=True)
        )
    report.text.append(
        "With four sensors a weaker one cannot be told from a body that lies elsewhere, and none is named. A session here is "
        "its quiet moment alone: the same body on the same sensors, at another place each time."
    )
    return report


REGRESSION: dict[str, Callable[[Runner], Report]] = {
    "people": people,
    "lying_hours": lying_hours,
    "nuisances": nuisances,
    "long_boxes": long_boxes,
    "empty_hours": empty_hours,
    "still": still_people,
    "calibration": calibrated,
    "same_body": same_body,
    "baseline": baseline,
    "worn": worn,
    **fine_measures.MEASURES,
}
SIMULATED_STRANGERS: dict[str, Callable[[Runner], Report]] = {**stranger_measures.MEASURES, "tradeoff": tradeoff_curve.measure}
ANSWERS: dict[str, Callable[[Runner], Report]] = {"helped": helped.helped}
PEOPLE: dict[str, Callable[[Runner], Report]] = {"people_guess": people_guess.people_guess}
MEASURES: dict[str, Callable[[Runner], Report]] = {
    **real_measures.MEASURES,
    **SIMULATED_STRANGERS,
    **REGRESSION,
    **ANSWERS,
    **PEOPLE,
}
"""By the name that `--only` takes. Another measure is a function from a Runner to a Report, and a line in its file's table."""
GROUPS: dict[str, tuple[str, ...]] = {
    "Strangers: recordings of real people": tuple(real_measures.MEASURES),
    "Strangers: simulated people, pets and things": tuple(SIMULATED_STRANGERS),
    "The simulator's older people and things": tuple(REGRESSION),
    "What a person's own answers say": tuple(ANSWERS),
    "Several people on one mat": tuple(PEOPLE),
}
"""Headings of the document, and the measures below each."""


def short(layout: str, people_: Sequence[PersonTrial], nuisances_: dict[str, Sequence[NuisanceTrial]], seeds: str) -> list[Row]:
    """The rows of the short form on one layout, out of trials that were run already."""
    report = Report("short")
    report.add(people_figures(people_), layout, seeds)
    for kind, trials in nuisances_.items():
        nuisance_rows(report, kind, layout, trials, seeds, asked=kind in NUISANCES)
    return report.rows
