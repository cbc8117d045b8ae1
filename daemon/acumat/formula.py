"""Texts that a spreadsheet would compute, for the tables that people open in one."""

from __future__ import annotations

import re

FORMULA = re.compile(r"[\t\r\n]|[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]*[=+\-@＝＋－＠]")
"""A cell that begins so is computed by Excel, LibreOffice or others (OWASP, CSV injection); some skip what cannot be seen."""


def no_formula(text: str) -> str:
    """The text, with an apostrophe before it where it would be a formula."""
    return f"'{text}" if FORMULA.match(text) else text
