"""What `make accuracy` measures on real recordings; those that are not in the repository are read from $ACUMAT_DATA."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.accuracy import bidmc, cuts, pmd, real_breath
from tests.accuracy.corpora import every
from tests.accuracy.recordings import real_recordings
from tests.accuracy.report import Report, Table
from tests.accuracy.runner import Runner

SHIFT_OFFSET = 1_000
"""Seeds of the pads' parts for posture changes, apart from those of the balance."""


def data(*names: str) -> tuple[Path, str]:
    """The folder that $ACUMAT_DATA names, and what is missing in it (nothing: empty)."""
    root = os.environ.get("ACUMAT_DATA")
    if not root:
        return Path("/nonexistent"), "ACUMAT_DATA names no folder with real recordings."
    gone = [name for name in names if not (Path(root) / name).is_dir()]
    return Path(root), f"The folder of ACUMAT_DATA has no `{'`, no `'.join(gone)}`." if gone else ""


def strips(runner: Runner) -> Report:
    """Still people on a real strip."""
    root, gone = data("fsr408_bed")
    if gone:
        return Report("Still people on a real strip", not_measured=gone)
    return cuts.rows(cuts.measure(root / "fsr408_bed", runner.scale))


def maps(runner: Runner) -> Report:
    """Real pressure maps through emulated pads."""
    _, gone = data("pmd")
    if gone:
        return Report("Real pressure maps of people", not_measured=gone)
    names, seeds = pmd.subjects(), runner.seeds(10)
    layouts = [layout for layout in runner.layouts if layout in pmd.LIMITS]
    found = {
        layout: every(pmd.balance, [(name, layout, seed) for name in names for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for layout in layouts
    }
    report = pmd.balance_rows(found, runner.named(seeds))
    seeds = runner.seeds(10, SHIFT_OFFSET)
    changed = {
        layout: every(pmd.changes, [(name, layout, seed) for name in names for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        for layout in layouts
    }
    pmd.change_rows(report, changed, runner.named(seeds))
    return report


def breaths(runner: Runner) -> Report:
    """Real breath through emulated bodies and a stranger's mat."""
    _, gone = data("bidmc")
    return Report("Real breath as the breath of emulated bodies", not_measured=gone) if gone else bidmc.measure(runner)


def belts(_runner: Runner) -> Report:
    """Breath on a real strip and of real belts over emulated pads."""
    root, gone = data("fsr408_bed", "li2024_resp_belt")
    report = Report("Breathing on a real strip and of real belts", not_measured=gone)
    if gone:
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


MEASURES: dict[str, Callable[[Runner], Report]] = {
    "strips": strips,
    "maps": maps,
    "breaths": breaths,
    "belts": belts,
    "recordings": recordings,
}
