"""The table of detection's main parameters in docs/detection.md, read from the source: value and reason."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.docs.markdown import table

FILE = Path(__file__).parents[2] / "daemon" / "acumat" / "detect" / "parameters.py"
NAMED = (
    "contact_on_pct", "contact_off_pct", "lying_on_pct", "lying_off_pct", "settled_share", "effective_share",
    "confirm_within_s", "life_swing_pct", "got_up_dwell_s", "merge_s", "blind_keep_s", "settle_window_s", "lopsided_on",
    "lopsided_on_uncalibrated", "doze_still_s", "gap_s",
)  # fmt: skip


def main_parameters() -> str:
    """Name, value and reason of each. Raises KeyError for a name that is not there any more."""
    found = fields()
    return table(("parameter", "value", "why"), ((f"`{name}`", *found[name]) for name in NAMED))


def fields() -> dict[str, tuple[str, str]]:
    """Every field of the file with its default and the text that stands under it."""
    found = {}
    for each in ast.walk(ast.parse(FILE.read_text("utf-8"))):
        if not isinstance(each, ast.ClassDef):
            continue
        for line, after in zip(each.body, [*each.body[1:], None], strict=True):
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
                found[line.target.id] = (ast.unparse(line.value), _text(after))
    return found


def _text(line: ast.stmt | None) -> str:
    if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
        return " ".join(line.value.value.split())
    return ""
