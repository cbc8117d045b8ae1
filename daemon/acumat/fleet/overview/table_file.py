"""Rows as CSV (RFC 4180), in pieces. A cell that a spreadsheet would take for a formula is made text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from acumat.formula import no_formula


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def cell(value: object) -> object:
    """A value as text: times as in the contract, truth values as in JSON, and texts that are no formula."""
    if isinstance(value, str):
        return no_formula(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value
