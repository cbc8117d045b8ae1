"""What `make accuracy` measures on real recordings; those that are not in the repository are read from $ACUMAT_DATA."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.accuracy import pmd, real_breath
from tests.accuracy.corpora import every
from tests.accuracy.recordings import real_recordings
from tests.accuracy.report import Report, Table
from tests.accuracy.runner import Runner

SHIFT_SEED = 1_000
"""Seeds of the pads' parts for posture changes, apart from those of the balance."""


def maps(runner: Runner) -> Report:
    """Real pressure maps through emulated pads; nothing where they are not at hand."""
    seeds, names = range(1, runner.times(10) + 1), pmd.subjects()
    if not names:
        return Report("Balance against real pressure maps", text=["Not measured: ACUMAT_DATA names no folder with `pmd`."])
    layouts = [layout for layout in runner.layouts if layout in pmd.LIMITS]
    found = {
        layout: every(pmd.balance, [(name, layout, seed) for name in names for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for layout in layouts
    }
    report = pmd.balance_rows(found, runner.named(seeds))
    seeds = range(SHIFT_SEED, SHIFT_SEED + runner.times(10))
    changed = {
        layout: every(pmd.changes, [(name, layout, seed) for name in names for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for layout in layouts
    }
    pmd.change_rows(report, changed, runner.named(seeds))
    return report


def belts(_runner: Runner) -> Report:
    """Breath on a real strip and of real belts over emulated pads; nothing where they are not at hand."""
    root = Path(os.environ.get("ACUMAT_DATA", "/nonexistent"))
    report = Report("Breathing on real recordings")
    if not (root / "fsr408_bed").is_dir() or not (root / "li2024_resp_belt").is_dir():
        report.text.append("Not measured: ACUMAT_DATA names no folder with `fsr408_bed` and `li2024_resp_belt`.")
        return report
    strips = real_breath.strips(root / "fsr408_bed")
    belted = real_breath.belts(root / "li2024_resp_belt")
    report.add(real_breath.figures(strips, what="strip", answered_pct=40.0, error_per_min=None), "strip", "real")
    report.add(real_breath.figures(belted, what="belts", answered_pct=60.0, error_per_min=0.6), "4x2", "real")
    cells = tuple(
        (each.name, str(each.with_reference), f"{100 * each.answered:.0f} %", f"{sum(each.errors) / len(each.errors):.2f}")
        for each in (*strips, *belted)
        if each.errors
    )
    report.tables.append(Table("Recording by recording", ("recording", "windows", "answered", "mean error, /min"), cells))
    return report


def recordings(_runner: Runner) -> Report:
    """Real recordings, beside what people with them have labelled."""
    return real_recordings()


MEASURES: dict[str, Callable[[Runner], Report]] = {"maps": maps, "belts": belts, "recordings": recordings}
