"""Writes the tables that CI holds the short forms against: `python -m tests.accuracy.short [people] [strangers]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from acumat_hw.layout import PRESETS
from tests.accuracy import test_figures, test_strangers
from tests.accuracy.report import Report, document
from tests.accuracy.sweep import finite


def main(which: list[str]) -> None:
    if "people" in which:
        rows = [row for layout in PRESETS for row in test_figures.rows(layout)]
        _write(test_figures.COMMITTED, document(Report("The short form", rows)))
    if "strangers" in which:
        _write(test_strangers.COMMITTED, {case: test_strangers.count(case) for case in test_strangers.CASES})


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(finite(data), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or ["people", "strangers"])
