"""Associations: comfort with the kind of mat, calm with the settling minute. They are never causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acumat.insight.day_correlation import USUAL, inflation
from acumat.insight.measures import CALM
from acumat.insight.rank_statistics import kendall, median

PROFILE_FIELDS = ("size", "spikes", "foam", "cover", "pillow")
GROUP_LEAST = 10
"""So many sessions with each kind, and with a settling minute twice as many: one odd week must not make a sentence."""
Z = 2.64
"""Six questions are put to the same answers. At this strictness one person in twenty without any association reads a sentence
about one (Bonferroni)."""
ELSE = "Other things may have differed, too."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session: the mat's profile, discomfort (0 to 10) and calm (1 to 5) afterwards, the minute in which it settled."""

    profile: Mapping[str, str | None]
    discomfort: float | None = None
    calm: float | None = None
    settling_min: float | None = None


def comfort_by(field: str, outcomes: Sequence[Outcome]) -> str | None:
    """Discomfort with one kind of mat against the other most used kind; None if no statement is possible.

    Kinds are used in blocks of days that resemble each other, so the variance is inflated as a trend's is.
    """
    known = [(each.profile.get(field), each.discomfort) for each in outcomes]
    answered = [(kind, discomfort) for kind, discomfort in known if kind is not None and discomfort is not None]
    common = Counter(kind for kind, _ in answered).most_common(2)
    if len(common) < 2 or common[1][1] < GROUP_LEAST:
        return None
    one, other = ([discomfort for kind, discomfort in answered if kind == name] for name, _ in common)
    z = kendall([0] * len(one) + [1] * len(other), [*one, *other]).z(inflation(USUAL, 1.0))
    if abs(z) < Z:
        return None
    names = [name for name, _ in common]
    (less, more), (low, high) = (names, (one, other)) if z > 0 else (names[::-1], (other, one))
    return (
        f'With {field} "{less}" you mostly answered less discomfort than with "{more}" (median {median(low):g} in {len(low)} '
        f"sessions, {median(high):g} in {len(high)}). {ELSE}"
    )


def settling_and_calm(outcomes: Sequence[Outcome]) -> str | None:
    """Whether calm is higher after sessions that settled sooner; None if no statement is possible."""
    both = [
        (each.settling_min, CALM.signed(each.calm))
        for each in outcomes
        if each.settling_min is not None and each.calm is not None
    ]
    if len(both) < 2 * GROUP_LEAST:
        return None
    z = kendall([minute for minute, _ in both], [calm for _, calm in both]).z()
    if abs(z) < Z:
        return None
    word = CALM.better if z < 0 else CALM.worse
    return f"After sessions in which you settled sooner you were mostly {word} ({len(both)} sessions). {ELSE}"
