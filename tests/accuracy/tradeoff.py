"""Still people lost against shaken things taken for people, by the limit of the evidence from which a person is confirmed.

Both cannot be zero. A sleeper's breath moves a basket beside them by as much as a faint breath moves a body, at the same rates.
What is left to tell them apart is which way the sensors go, how the load came on, and small movements that stay. Of some bodies
all sensors go along, and some things are laid down slowly: these two lie on the same side of any limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unittest.mock import patch

from acumat.detect.pipeline import Pipeline
from acumat.detect.presence import evidence
from tests.accuracy.dump import frames
from tests.accuracy.strangers import layout_of, stranger

PEOPLE = ("still", "weak_breath", "real_breath")
THINGS = ("basket_beside_sleeper", "suitcase_shaken")
WITHIN_S = 300.0
"""The evidence is followed for so long from the first moment on in which something lies there."""
EVERY = 10
"""Frames from one look at the evidence to the next: a second."""
LIMITS = (1.0, 2.0, 3.0, 4.0, evidence.CONFIRM_NATS, 5.0, 6.0, 7.0, 8.0)


@dataclass(frozen=True, slots=True)
class Point:
    """At a limit in nats: the shares (0 to 1) of people lost and of things taken for people."""

    limit_nats: float
    people_lost: float
    things_taken: float


def peak(family: str, layout: str, seed: int, *, within_s: float = WITHIN_S) -> float:
    """The most that the evidence for a person came to, in nats; minus infinity where nothing ever lay there as a body does."""
    scenario = stranger(family, seed, layout_of(layout))
    pipeline = Pipeline(scenario.layout)
    most, since_s = -math.inf, None
    with patch.object(evidence, "CONFIRM_NATS", math.inf):
        for frame in frames(scenario):
            pipeline.step(frame)
            if frame.seq % EVERY:
                continue
            life = pipeline.inspect().life
            if life.evidence:
                since_s = frame.t_mono_s if since_s is None else since_s
                most = max(most, life.nats.value or 0.0)
            if since_s is not None and frame.t_mono_s - since_s > within_s:
                break
    return most


def curve(people: Sequence[float], things: Sequence[float], limits: Iterable[float] = LIMITS) -> list[Point]:
    """The points of the trade-off from the peaks of both."""
    return [
        Point(
            limit,
            sum(each < limit for each in people) / len(people),
            sum(each >= limit for each in things) / len(things),
        )
        for limit in limits
    ]


def tradeoff(layout: str, seeds: Sequence[int]) -> list[Point]:
    """Simulates both kinds and gives the curve of a layout: half a minute of computing for each seed."""
    people = [peak(family, layout, seed) for family in PEOPLE for seed in seeds]
    things = [peak(family, layout, seed) for family in THINGS for seed in seeds]
    return curve(people, things)
