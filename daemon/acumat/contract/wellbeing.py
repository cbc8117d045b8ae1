"""How somebody feels over time: the questions, the values that are shown, and those that may leave the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WEEKLY_ANSWERS: Mapping[str, str] = {
    "stiffness": "How stiff you were this week, 1: not at all, 5: very.",
    "ease": "How easily you moved this week, 1: with effort, 5: easily.",
    "headaches": "How much headaches bothered you this week, 1: not at all, 5: very much.",
    "sleep": "How you slept this week, 1: badly, 5: well.",
}
"""The four taps of the weekly look, in this order."""
BODY_NOTES: Mapping[str, str] = {
    "warm": "It feels warm.",
    "heavy": "It feels heavy.",
    "tingling": "It tingles.",
    "red": "The skin is red.",
    "tight": "It feels tight.",
}
"""The notes of the body after a session."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The groups that the broker gets; none unless switched on."""

    questions: bool = False
    check_ins: bool = False
    rhythm: bool = False
    helped: bool = False
    weekly_look: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is anything to share."""
        return any(getattr(self, name) for name in GROUPS)


NOTHING_SHARED = Shared()

GROUPS: Mapping[str, tuple[str, ...]] = {
    "questions": ("question", "question_text", "slept", "alertness", "away_until"),
    "check_ins": ("calm_before", "calm_after", "discomfort_before", "discomfort_after"),
    "rhythm": ("rhythm", "rhythm_days", "rhythm_text"),
    "helped": ("helped", "helped_text", "trend", "trend_text"),
    "weekly_look": ("weekly_at", *WEEKLY_ANSWERS),
}
"""The keys of the document, by what shares them."""
WELLBEING_KEYS = tuple(key for keys in GROUPS.values() for key in keys)


def shared_document(known: Mapping[str, Any], shared: Shared) -> dict[str, Any]:
    """Every key, null where it is not shared or not known."""
    open_keys = {key for name, keys in GROUPS.items() if getattr(shared, name) for key in keys}
    return {key: known.get(key) if key in open_keys else None for key in WELLBEING_KEYS}
