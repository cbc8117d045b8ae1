"""Keeps what the long runs of the fleet have found in docs/fleet.json: one section a run, with version, commit and machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.record import record

FILE = Path(__file__).parents[2] / "docs" / "fleet.json"


def keep(section: str, figures: Mapping[str, Any]) -> None:
    """Replace the section; others stay as they are."""
    record(section, {key: _rounded(value) for key, value in figures.items()}, FILE)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 3) if isinstance(value, float) else value
