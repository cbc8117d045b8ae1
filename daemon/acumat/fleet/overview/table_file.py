"""Rows as CSV (RFC 4180), in pieces. A cell that a spreadsheet would take for a formula is made text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

FORMULA = re.compile(r"[\t\r\n]|[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]*[=+\-@＝＋－＠]")
"""A cell that begins so is computed by Excel, LibreOffice or others (OWASP, CSV injection); some skip what cannot be seen."""


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def cell(value: object) -> object:
    """What is written for a value: times as the contract has them, truth as in JSON, and texts that are no formula."""
    if isinstance(value, str):
        return f"'{value}" if FORMULA.match(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value
