"""Words for notes of the body after a session, and the sentences about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from enum import StrEnum

SESSIONS_LEAST = 5
"""Below this a count is less informative than the single notes."""
SESSIONS_MOST = 20


class Tag(StrEnum):
    """The notes after a session; any number may be given."""

    WARM = "warm"
    HEAVY = "heavy"
    TINGLING = "tingling"
    RED = "red"
    TIGHT = "tight"


ADVICE: dict[Tag, str] = {
    Tag.RED: "Redness should fade within about an hour; if it does not, the skin wants a day of rest.",
    Tag.TINGLING: "Tingling that stays after you got up, or numbness, is a symptom: stop, and ask if it does not pass.",
}
"""The sentence for each of these notes."""


def tags_text(sessions: Sequence[Collection[Tag]]) -> str | None:
    """How often each was noted in the last sessions that had any note, newest last; None for too few."""
    recent = sessions[-SESSIONS_MOST:]
    if len(recent) < SESSIONS_LEAST:
        return None
    counts = Counter(tag for noted in recent for tag in set(noted))
    parts = [f"{tag.value} after {counts[tag]}" for tag in sorted(counts, key=lambda tag: (-counts[tag], tag.value))]
    return f"Of your last {len(recent)} sessions with a note: {', '.join(parts)}." if parts else None
