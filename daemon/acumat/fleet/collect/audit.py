"""Decides which mats are asked for which events, and reads their answers. Pure: it is given ages, and has no clock and no
database.

Numbers within an incarnation have no gaps, so what is missing is known. A mat is asked for it with the command `events`, and it
is given up when the mat itself says that it has it no more. What nobody knows to be missing, the last events before everything
was lost, shows when the mat is asked which events it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from acumat.commands.events_table import PAGE_MOST
from acumat.contract.commands import CommandName
from acumat.contract.documents import encode
from acumat.fleet.collect.reading import Response
from acumat.fleet.record.entries import Lacking, MatAnswer
from acumat.fleet.record.numbers import Ranges, joined, within

LONGEST_WAIT_S = 3600.0
ASKER = "audit"
"""The beginning of our correlations, which marks answers to our own requests."""
LARGEST = 10**12 - 1
"""The highest number in an id."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The settings of the audit; see the section `[audit]` of the configuration."""

    settle_s: float
    every_s: float
    retry_s: float


@dataclass(frozen=True, slots=True)
class Question:
    """A request to a mat: for the events of a range, or without one for a list of its events."""

    mat_id: str
    incarnation: str | None = None
    first: int = 0
    last: int = 0

    @property
    def payload(self) -> str:
        """The command's document."""
        if self.incarnation is None:
            return encode({"correlation": ASKER})
        ends = {key: f"{self.incarnation}-{number}" for key, number in (("from", self.first), ("to", self.last))}
        return encode({**ends, "correlation": f"{ASKER}:{self.incarnation}:{self.first}:{self.last}"})


def due_ranges(lacking: Iterable[Lacking], pace: Pace) -> list[Question]:
    """For each numbering with a settled gap that is due, the request for the first page of missing events."""
    return [
        Question(each.mat_id, each.incarnation, *_page(each.missing))
        for each in lacking
        if each.missing and each.since_s >= pace.settle_s and _waited(each, pace)
    ]


def due_mats(asked_s: Mapping[str, float | None], pace: Pace) -> list[Question]:
    """The mats to ask which events they have; `asked_s` is how long ago each was asked (None: never)."""
    return [Question(mat) for mat, age_s in asked_s.items() if age_s is None or age_s >= pace.every_s]


def answers_of(response: Response) -> list[MatAnswer]:
    """The content of an answer; empty if it is a refusal, useless, or meant for somebody else."""
    document = response.document
    correlation = document.get("correlation")
    if document.get("name") != CommandName.EVENTS or not isinstance(correlation, str) or document.get("ok") is not True:
        return []
    found = list(_present(response.mat_id, document))
    if correlation == ASKER:
        return [*found, *_listed(response.mat_id, document.get("numberings"))]
    asked = re.fullmatch(ASKER + r":([0-9a-f]{8}):(\d{1,12}):(\d{1,12})", correlation)
    if asked is None:
        return []
    gone = within(joined(_pairs(document.get("missing"))), int(asked[2]), int(asked[3]))
    return [*found, MatAnswer(response.mat_id, asked[1], gone)]


def _page(missing: Ranges) -> tuple[int, int]:
    """From the first missing number to the last of those that fit into one page of the mat."""
    first = missing[0][0]
    end = first + PAGE_MOST - 1
    return first, max(min(last, end) for low, last in missing if low <= end)


def _waited(each: Lacking, pace: Pace) -> bool:
    if each.asked_s is None:
        return True
    doublings = min(max(0, each.times_asked - 1), 20)
    return each.asked_s >= min(pace.retry_s * 2.0**doublings, LONGEST_WAIT_S)


def _present(mat_id: str, document: Mapping[str, Any]) -> Iterator[MatAnswer]:
    numbering, last = document.get("numbering"), document.get("last_no")
    if _is_numbering(numbering) and _is_number(last):
        yield MatAnswer(mat_id, numbering, known_last=last)


def _listed(mat_id: str, numberings: object) -> Iterator[MatAnswer]:
    """The stored range of each numbering: events before its first one are gone."""
    for each in numberings if isinstance(numberings, list) else ():
        if isinstance(each, dict) and _is_numbering(each.get("numbering")):
            first, last = each.get("first_no"), each.get("last_no")
            if _is_number(first) and _is_number(last):
                yield MatAnswer(mat_id, each["numbering"], joined([(1, first - 1)]), last)


def _pairs(value: object) -> Iterator[tuple[int, int]]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Sequence) and len(each) == 2 and all(map(_is_number, each)):
            yield each[0], each[1]


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= LARGEST


def _is_numbering(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}", value) is not None
