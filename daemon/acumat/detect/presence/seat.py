"""Whether a seat is still there: somebody sat alone, and then more load came onto the mat.

Who lies back takes load off the seat: the hips come elsewhere, and what sitting bones and thighs bore alone, the back bears as
well. A second person only adds. So a seat stays while each of the sensors that bore it bears on; and since the hips may come
just there, the sum must not have grown at once by more than a neighbour adds. Creep makes it grow later, and says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acumat.detect.signal.worth import Table, worth

SAT: Table = ((2.0, 0.0), (8.0, -3.0), (12.0, -4.0))
"""Nats for a lying person by the seconds that somebody was upright before more came: who sits down to lie back does so within
some seconds. No more than -4: some people sit for minutes first, and one in ten of them lies back onto just that seat."""
SENSOR_LEAST = 0.1
"""The sensors that bore at least this part of the load are the seat."""
BEARS_ON = 0.7
"""A sensor of the seat bears on with this part of what it bore: people who sit shift by a tenth, lying back takes off more from
one of them at least."""
SUM_LEAST = 0.92
"""And all of them together with this part."""
SUM_MOST = 1.35
"""The sum grows by less than this when a neighbour comes, through foam and plate; the hips bring more."""
AT_ONCE_S = 15.0
"""For so long that is looked at: creep makes it grow as much within minutes."""
PART_LEAST = 0.3
"""A seat that is less than this part of what bears now was no more than the beginning of a body."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What somebody upright bore on which sensors (microsiemens), for how long, and when more came."""

    bore_us: tuple[tuple[int, float], ...]
    sat_s: float
    until_s: float

    @classmethod
    def of(cls, bore_us: Sequence[float], sat_s: float, until_s: float) -> Seat:
        """The seat within loads on all sensors."""
        least = SENSOR_LEAST * sum(bore_us)
        return cls(tuple([(i, us) for i, us in enumerate(bore_us) if us >= least]), sat_s, until_s)

    def stays(self, bears_us: Sequence[float], t_s: float) -> bool:
        """Whether it may still be there under the loads that bear now."""
        before, now = sum([us for _, us in self.bore_us]), sum([bears_us[i] for i, _ in self.bore_us])
        if before < PART_LEAST * sum(bears_us) or now < SUM_LEAST * before:
            return False
        grew = now > SUM_MOST * before and t_s - self.until_s <= AT_ONCE_S
        return not grew and all(bears_us[i] >= BEARS_ON * us for i, us in self.bore_us)

    @property
    def nats(self) -> float:
        """For a lying person as long as it stays."""
        return worth(SAT, self.sat_s)
