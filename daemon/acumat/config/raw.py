"""Reads values of a file before it is checked: a value of a wrong type counts as missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A section; empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def items(data: Mapping[str, Any], key: str) -> list[Any]:
    """An array; empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, list) else []


def number(section: Mapping[str, Any], key: str, default: float | None) -> float | None:
    """A finite number; the default where the key is missing, None where it is something else."""
    value = section.get(key, default)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if good else None
