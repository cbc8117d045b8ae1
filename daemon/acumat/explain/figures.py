"""The figures of an event in words, for recordings and history alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LAST_EVENTS = 5
"""How many of the last events an explanation lists."""
BEFORE_CONTRACT_KEYS = ("id", "event_type", "at", "edge_at", "t_s", "edge_t_s", "late", "reason", "text", "kind")


def numbers_of(numbers: Mapping[str, Any]) -> str:
    """The figures of an event, such as " (load 36.2)"."""
    words = [
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in numbers.items()
        if key not in BEFORE_CONTRACT_KEYS and value is not None
    ]
    return f" ({', '.join(words)})" if words else ""
