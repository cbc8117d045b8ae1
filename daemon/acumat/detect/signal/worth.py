"""What a measured value is worth as evidence: a table of values and nats, with straight lines in between."""

from __future__ import annotations

from itertools import pairwise

Table = tuple[tuple[float, float], ...]
"""Values in rising order, each with its log-likelihood ratio in nats. Beyond the ends it is the end's."""


def worth(table: Table, value: float) -> float:
    """The nats of a value."""
    if value <= table[0][0]:
        return table[0][1]
    for (low, nats), (high, next_nats) in pairwise(table):
        if value < high:
            return nats + (next_nats - nats) * (value - low) / (high - low)
    return table[-1][1]
