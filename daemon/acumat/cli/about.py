"""The command that shows what is known about spike mats: about."""

from __future__ import annotations

from acumat.cli import exit_codes
from acumat.insight import evidence


def about(*, whole: bool) -> int:
    """The short form, or all of docs/evidence.md."""
    print(evidence.document() if whole else evidence.summary())
    return exit_codes.OK
