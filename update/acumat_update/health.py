"""What a daemon's own answer to `status` says of how it fares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UPDATE = "update"
"""The part that tells of the last switch: it is no sign of the release that runs."""


def ailing(status: Mapping[str, Any]) -> frozenset[str]:
    """The parts of a status that are not well, `mat` if it is blind. Raises KeyError, TypeError or AttributeError for none."""
    health = status["health"]
    parts = {name: part for name, part in health.items() if name not in ("health", "sensors", UPDATE)}
    parts |= {f"sensor {name}": part for name, part in health["sensors"].items()}
    found = {name for name, part in parts.items() if part["code"] != "ok"}
    return frozenset(found | ({"mat"} if health["health"] == "blind" else set()))
