"""Writes the table that CI holds the short form against: `python -m tests.accuracy.short`, and commit it."""

from __future__ import annotations

import json

from acumat_hw.layout import PRESETS
from tests.accuracy.report import Report, document
from tests.accuracy.sweep import finite
from tests.accuracy.test_figures import COMMITTED, rows

if __name__ == "__main__":
    report = Report("The short form", [row for layout in PRESETS for row in rows(layout)])
    COMMITTED.write_text(json.dumps(finite(document(report)), indent=0) + "\n", encoding="utf-8")
