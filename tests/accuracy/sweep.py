"""Measures detection over the simulated corpus and prints a table a layout.

    python -m tests.accuracy.sweep --people 300 --nuisances 250 --empty-hours 100 --jobs 2 --out figures.txt

Seeds from 1 on are for developing; published figures take theirs from PUBLISHED on, which nobody looks at while tuning.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from acumat_hw.layout import PRESETS
from acumat_sim.corpus import NUISANCES
from tests.accuracy.figures import Figure, nuisance_figures, people_figures, zero_bound
from tests.accuracy.trials import NuisanceTrial, PersonTrial, empty, nuisance, person

DEVELOPING = 1
PUBLISHED = 500_000
LONG_LIE_S = 3600.0
LONG_BOX_S = 7200.0
LONG_BOX_RATE_HZ = 2.0
EMPTY_STRETCH_H = 5.0
Job = tuple[object, ...]
Result = TypeVar("Result")


def lie(job: tuple[int, str, float | None]) -> PersonTrial:
    """One person: seed, layout, and how long they lie (None: as the corpus has it)."""
    seed, layout, lies_for_s = job
    return person(seed, layout, lies_for_s=lies_for_s)


def disturb(job: tuple[str, int, str, float | None]) -> NuisanceTrial:
    """One nuisance: kind, seed, layout, and how long it stays (None: as the corpus has it; else read slowly)."""
    kind, seed, layout, stay_s = job
    if stay_s is None:
        return nuisance(kind, seed, layout)
    return nuisance(kind, seed, layout, stay_s=stay_s, rate_hz=LONG_BOX_RATE_HZ)


def rest(job: tuple[int, str, float]) -> NuisanceTrial:
    """One stretch of empty mat: seed, layout, hours."""
    seed, layout, hours = job
    return empty(seed, layout, hours=hours)


def every(work: Callable[[Job], Result], jobs: Iterable[Job], processes: int) -> list[Result]:
    """All results in the order of the jobs, which does not depend on the number of processes."""
    if processes <= 1:
        return [work(job) for job in jobs]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, jobs, chunksize=4))


def people(layout: str, seeds: range, processes: int, *, lies_for_s: float | None = None) -> list[PersonTrial]:
    return every(lie, [(seed, layout, lies_for_s) for seed in seeds], processes)  # type: ignore[arg-type]


def nuisances(kind: str, layout: str, seeds: range, processes: int, *, stay_s: float | None = None) -> list[NuisanceTrial]:
    return every(disturb, [(kind, seed, layout, stay_s) for seed in seeds], processes)  # type: ignore[arg-type]


def empties(layout: str, first_seed: int, hours: float, processes: int) -> list[NuisanceTrial]:
    stretches = max(1, round(hours / EMPTY_STRETCH_H))
    jobs = [(first_seed + index, layout, hours / stretches) for index in range(stretches)]
    return every(rest, jobs, processes)  # type: ignore[arg-type]


def table(title: str, figures: Sequence[Figure]) -> list[str]:
    return [title, *(f"  {figure}" for figure in figures), ""]


def sweep(options: argparse.Namespace, tell: Callable[[str], None]) -> bool:
    """Measure everything that was asked for; whether all limits are kept."""
    first = DEVELOPING if options.developing else PUBLISHED
    kept = True
    tell(f"acumat {version('acumat')}, uncalibrated at first power-up, 10 Hz, seeds from {first}\n")

    def show(title: str, figures: Sequence[Figure]) -> None:
        nonlocal kept
        kept = kept and all(figure.reached for figure in figures)
        tell("\n".join(table(title, figures)))

    for layout in options.layouts:
        if options.people:
            trials = people(layout, range(first, first + options.people), options.jobs)
            show(f"{layout}: {options.people} people, {sum(trial.hours for trial in trials):.1f} h", people_figures(trials))
        if options.lying_hours:
            hours = max(1, round(options.lying_hours))
            trials = people(layout, range(first, first + hours), options.jobs, lies_for_s=LONG_LIE_S)
            false = sum(trial.false_ends for trial in trials)
            figures = [Figure("false ends", float(false), 0.0, len(trials), "of n")]
            show(f"{layout}: people who lie for an hour; false ends an hour {zero_bound(false, float(hours))}", figures)
        for kind in NUISANCES if options.nuisances else ():
            found = nuisances(kind, layout, range(first, first + options.nuisances), options.jobs)
            provisional = sum(trial.provisional > 0 for trial in found)
            show(f"{layout}: {len(found)} x {kind}, provisionally lying {provisional}", nuisance_figures(found))
        if options.long_boxes:
            seeds = range(first + 100_000, first + 100_000 + options.long_boxes)
            found = nuisances("box", layout, seeds, options.jobs, stay_s=LONG_BOX_S)
            provisional = sum(trial.provisional > 0 for trial in found)
            show(f"{layout}: {len(found)} boxes that stay 2 h, provisionally lying {provisional}", nuisance_figures(found))
        if options.empty_hours:
            found = empties(layout, first, options.empty_hours, options.jobs)
            ghosts = sum(trial.sessions for trial in found)
            provisional = sum(trial.provisional for trial in found)
            title = f"{layout}: {options.empty_hours:g} h empty and drifting at 1 Hz, provisionally lying {provisional}"
            show(f"{title}, ghost sessions an hour {zero_bound(ghosts, options.empty_hours)}", nuisance_figures(found))
    tell("all limits kept" if kept else "NOT all limits kept")
    return kept


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 1 when a limit was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy.sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=0, help="people a layout, 3 to 6 minutes each")
    parser.add_argument("--lying-hours", type=float, default=0, help="hours a layout of people who lie for an hour and stir")
    parser.add_argument("--nuisances", type=int, default=0, help="of each kind a layout")
    parser.add_argument("--long-boxes", type=int, default=0, help="boxes a layout that stay 2 h, read at 2 Hz")
    parser.add_argument("--empty-hours", type=float, default=0, help="empty hours a layout, read at 1 Hz")
    parser.add_argument("--layouts", nargs="+", choices=sorted(PRESETS), default=list(PRESETS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--developing", action="store_true", help="the seeds for developing")
    parser.add_argument("--out", type=Path, help="a file for the tables as well")
    options = parser.parse_args(argv)
    lines: list[str] = []

    def tell(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    kept = sweep(options, tell)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
