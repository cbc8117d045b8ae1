"""The simulated corpora over many seeds, spread over processes: people, nuisances, boxes that stay for hours, empty mats.

Seeds from DEVELOPING on are for developing. The tests that every commit passes take theirs from GATE on: whoever mends what
fails there has looked at those people. Published figures take theirs from PUBLISHED on, which nobody looks at before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tests.accuracy.trials import NuisanceTrial, PersonTrial, empty, nuisance, person

DEVELOPING = 1
GATE = 300_000
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
