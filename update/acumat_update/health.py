"""Reads the health of a daemon from its answer to `status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UPDATE = "update"
"""The part about the last switch: it says nothing about the running release."""


def ailing(status: Mapping[str, Any]) -> frozenset[str]:
    """The parts of a status that are not ok, and `mat` if it is blind.

    Raises KeyError, TypeError or AttributeError if it is no status.
    """
    health = status["health"]
    parts = {name: part for name, part in health.items() if name not in ("health", "sensors", UPDATE)}
    parts |= {f"sensor {name}": part for name, part in health["sensors"].items()}
    found = {name for name, part in parts.items() if part["code"] != "ok"}
    return frozenset(found | ({"mat"} if health["health"] == "blind" else set()))
