"""Rows as CSV (RFC 4180), in pieces. A cell that a spreadsheet would take for a formula is made text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

FORMULA = re.compile(r"[\t\r\n]|[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]*[=+\-@＝＋－＠]")
"""Beginnings of cells that Excel, LibreOffice or others compute (OWASP, CSV injection); some skip invisible characters."""


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def cell(value: object) -> object:
    """A value as text: times as in the contract, truth values as in JSON, and texts that are no formula."""
    if isinstance(value, str):
        return f"'{value}" if FORMULA.match(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value
