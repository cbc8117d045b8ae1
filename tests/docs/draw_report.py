"""The picture of the report in docs/history.md: two made-up months, as Chromium shows them."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from acumat import __version__
from acumat.report.choice import chosen
from acumat.report.page import page
from tests.checkout import ROOT
from tests.docs.browser import browser
from tests.report.story import LAST, lived

PICTURE = ROOT / "docs" / "pictures" / "report.png"
WIDTH, HEIGHT = 1000, 1120


def write(program: str) -> None:
    """Make the picture with this browser."""
    past = lived(60, a_day=1, answered=0.8)
    with tempfile.TemporaryDirectory() as name, browser(program) as tab:
        path = Path(name, "report.html")
        path.write_text(page(chosen(past, None, None, LAST), datetime(2026, 11, 29, 20, tzinfo=UTC), __version__, rhythm=False))
        PICTURE.write_bytes(tab.picture(path.as_uri(), WIDTH, HEIGHT, settles_s=1.0))
