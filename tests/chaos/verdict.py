"""What must hold of a history and of what was listened to, given what truly happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

MERGE_S = 20.0
"""A lift of up to this length belongs to the session."""
EDGE_S = 2.0
"""How far a session's edge may be from the truth."""
SURE_S = 90.0
"""Whoever lies there watched for this long has a session: 60 s to be found alive, and the start after a restart."""
CONFIRMED_S = 50.0
BRIEF_S = 5.0


class Stretch(Protocol):
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of what must never be; `undisturbed` lyings were watched from before their start until after their end."""

    phantom: int = 0
    missing: int = 0
    doubled: int = 0
    wrong_length: int = 0
    lyings: int = 0
    undisturbed: int = 0
    sessions: int = 0

    @property
    def faults(self) -> int:
        return self.phantom + self.missing + self.doubled + self.wrong_length


def judge(
    lyings: Sequence[Stretch], sessions: Sequence[Stretch], unwatched: Sequence[Stretch], forgotten: Sequence[Stretch] = ()
) -> Verdict:
    """Sessions against true lyings. What happened while nobody watched may be told either way, but not twice or at random."""
    people = _merged(lyings, MERGE_S)
    phantom = sum(1 for each in sessions if not any(_meet(each, lying, EDGE_S) for lying in lyings))
    phantom += sum(1 for each in sessions for gap in _gaps(each, lyings) if not _explained(gap, (*unwatched, *forgotten)))
    missing = doubled = wrong = undisturbed = 0
    for before, after in pairwise(sessions):
        doubled += after.start_s < before.end_s - EDGE_S
    for person in people:
        parts = sorted((each for each in lyings if _meet(each, person, 0.0)), key=lambda span: span.start_s)
        met = [each for each in sessions if _meet(each, person, 0.0)]
        dark = [each for each in unwatched if _meet(each, person, 0.0)]
        lost = any(_meet(each, person, 0.0) for each in forgotten)
        doubled += len(met) > 1 and not dark and not lost
        brief = any(part.end_s - part.start_s < BRIEF_S for part in parts)
        # who lies down for a moment, gets up and lies down again comes like an animal that walks about, and may pass for one
        missing += not met and not lost and not brief and any(_longest_watched(part, dark) >= SURE_S for part in parts)
        near = any(_meet(each, person, MERGE_S + 15.0) for each in unwatched)
        # who gets up before they are confirmed had no session, and a moment's lying may be none
        plain = parts[0].end_s - parts[0].start_s >= CONFIRMED_S and not brief
        if plain and not near and not lost:
            undisturbed += 1
            wrong += len(met) != 1 or not _alike(met[0], person)
    return Verdict(phantom, missing, doubled, wrong, len(people), undisturbed, len(sessions))


@dataclass(frozen=True, slots=True)
class _Span:
    start_s: float
    end_s: float


def _merged(spans: Iterable[Stretch], lift_s: float) -> list[_Span]:
    found: list[_Span] = []
    for each in sorted(spans, key=lambda span: span.start_s):
        if found and each.start_s - found[-1].end_s <= lift_s:
            found[-1] = _Span(found[-1].start_s, each.end_s)
        else:
            found.append(_Span(each.start_s, each.end_s))
    return found


def _meet(a: Stretch, b: Stretch, slack_s: float) -> bool:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s) > -slack_s


def _alike(a: Stretch, b: Stretch) -> bool:
    return abs(a.start_s - b.start_s) <= EDGE_S and abs(a.end_s - b.end_s) <= EDGE_S


def _gaps(session: Stretch, lyings: Sequence[Stretch]) -> list[_Span]:
    """Stretches of a session in which nobody lay there for longer than a lift."""
    inside = sorted((each for each in lyings if _meet(each, session, 0.0)), key=lambda span: span.start_s)
    edges = [session.start_s, *(edge for each in inside for edge in (each.start_s, each.end_s)), session.end_s]
    return [_Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > MERGE_S + EDGE_S]


def _explained(gap: Stretch, unwatched: Sequence[Stretch]) -> bool:
    return any(_meet(each, gap, EDGE_S) for each in unwatched)


def _longest_watched(lying: Stretch, dark: Sequence[Stretch]) -> float:
    longest_s, at_s = 0.0, lying.start_s
    for each in sorted(dark, key=lambda span: span.start_s):
        longest_s, at_s = max(longest_s, each.start_s - at_s), max(at_s, each.end_s)
    return max(longest_s, lying.end_s - at_s)


def once(payloads: Iterable[str]) -> list[dict[str, Any]]:
    """Every event once, by its id, in the order in which each was first heard."""
    found: dict[str, dict[str, Any]] = {}
    for payload in payloads:
        document = json.loads(payload)
        found.setdefault(document["id"], document)
    return list(found.values())
