"""Whether what comes back in an open session is the body that left: by how much it bears, where, and as a pet does or not.

A person who gets up for a moment comes back with about the same load in about the same place. A pet that takes the warm place
bears less, on fewer sensors, and walks about first.
"""

from __future__ import annotations

from collections import deque

from acumat.detect.presence.bearing import Bearing
from acumat.detect.signal.conductance import median
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import apart
from acumat.detect.signal.worth import Table, worth

SAMPLE_S = 0.5
SAMPLES = 20
"""Ten seconds: a paw or a turn decides nothing in the median of so long."""
RATIO: Table = ((0.4, -3.0), (0.6, -1.5), (0.75, 0.0), (0.85, 1.0), (1.3, 1.0), (1.6, -1.5))
"""Load over what rested before: one person's postures bring 0.7 to 1.3 of it (estimate), a dog of 20 to 35 kg 0.3 to 0.8."""
APART: Table = ((0.1, 1.5), (0.2, 0.8), (0.3, 0.0), (0.4, -1.0), (0.6, -2.5))
"""The share of the load that bears elsewhere: 0.1 to 0.25 after lying down anew (estimate), 0.25 to 0.8 of a dog."""

NO_PET_MOST = 1.0
"""What comes straight and breathes slowly is no pet, but may be somebody else: it counts for no more than this."""


class Likeness:
    """The settled loads of the person who left, and the loads since something came back. Loads in microsiemens."""

    def __init__(self, bearing: Bearing) -> None:
        self._bearing = bearing
        self._settled: tuple[float | None, ...] | None = None
        self._samples: deque[tuple[float | None, ...]] = deque(maxlen=SAMPLES)
        self._next_s = 0.0

    def leave(self, settled: tuple[float | None, ...] | None) -> None:
        """The person leaves who rested this on each sensor; None where that is not known."""
        self._settled = settled

    def begin(self, t_s: float) -> None:
        """Something comes back."""
        self._samples.clear()
        self._next_s = t_s

    def step(self, load: Load) -> None:
        """One load of what came back."""
        if load.t_mono_s >= self._next_s:
            self._next_s = load.t_mono_s + SAMPLE_S
            self._samples.append(load.us)

    @property
    def same(self) -> bool:
        """Whether it is likelier the person who left than a pet or somebody else."""
        return self.nats >= 0.0

    @property
    def nats(self) -> float:
        """For the person who left above 0, against a pet or somebody else below."""
        pet = self._bearing.pet
        nats = min(NO_PET_MOST, pet.nats) if pet.known else 0.0
        if self._settled is None or not self._samples:
            return nats
        columns = zip(self._settled, *self._samples, strict=True)
        pairs = [
            (before, median([us for us in now if us is not None]))
            for before, *now in columns
            if before is not None and any(us is not None for us in now)
        ]
        rested, bears = [before for before, _ in pairs], [now for _, now in pairs]
        if sum(rested) <= 0 or sum(bears) <= 0:
            return nats
        nats += worth(RATIO, sum(bears) / sum(rested))
        return nats + (worth(APART, apart(bears, rested)) if len(pairs) > 1 else 0.0)
