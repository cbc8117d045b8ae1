"""What is true of the fleet, whoever records it: what each mat has made, what was acknowledged, how connections fared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A broker's acknowledgement: when (monotonic seconds), after how long, and whose."""

    at_s: float
    after_s: float
    host: str


@dataclass(slots=True)
class Truth:
    """Filled by the fleet's thread; read it when the fleet stands still, or its counts at any time."""

    made: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By mat and id of the event: the document."""
    acknowledged: dict[str, dict[str, Acknowledged]] = field(default_factory=lambda: defaultdict(dict))
    """By mat and id: the first acknowledgement."""
    sent: int = 0
    """Events sent, repetitions included."""
    connects: int = 0
    refused: int = 0
    """Attempts that somebody answered and refused."""
    gaps_s: list[float] = field(default_factory=list)
    """From the loss of a connection until a broker has acknowledged something of this mat again."""
    up_s: list[float] = field(default_factory=list)
    """From the start of the fleet until a broker has acknowledged something of a mat for the first time."""

    @property
    def events_made(self) -> int:
        """How many events all mats have made."""
        return sum(len(each) for each in list(self.made.values()))

    @property
    def events_acknowledged(self) -> int:
        """How many events brokers have acknowledged."""
        return sum(len(each) for each in list(self.acknowledged.values()))


def quantile(values: list[float], share: float) -> float | None:
    """The value below which this share of them lies; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
