"""Gathers the evidence of life in one load: windows searched for swings, and looks at which way the sensors' loads move."""

from __future__ import annotations

import math
from collections import deque

from acumat.detect.parameters import Parameters
from acumat.detect.presence.evidence import Evidence, Sign
from acumat.detect.presence.life import LifeDetector, SwingWatch
from acumat.detect.presence.pattern import Look, look_at
from acumat.detect.signal.load import Load
from acumat.detect.signal.worth import Table, worth

SAMPLE_S = 0.25
SPAN_S = 40.0
"""Longest look: four breaths at the slowest, and noise is averaged over."""
FIRST_S = 10.0
"""Shortest look: two or three breaths at rest."""
SETTLE_S = 4.0
"""The first seconds after a movement are foam that gives way, each pad in its own time."""
LOOK_PART = 0.5
"""Looks overlap; a window is judged but once, and counts in full."""
EVERY_S = 4.0
"""A look that comes sooner after the last one says nothing new."""
LARGE_SWING_PCT = 0.6
"""More than what a neighbour's breath or a floor does to a thing: 0.5 % of its load at most (estimate, see the simulator)."""
LARGE_OVER_NOISE = 5.0
"""It is large beside a converter's or a film's noise in any case; heartbeats on a strip need not be held against it."""
OPPOSED, OPPOSED_LEAST = 0.1, 0.04
"""So much of the load goes against the rest: mostly 0.1 to 1 in people; a floor that bends under a heavy thing makes 0.04 to
0.1 for some seconds. Less than the first counts in proportion, less than the second not at all."""
PASSING = 0.55
"""A movement of which a quarter of the time has more than this part passes by: steady breath has a quarter to a half there."""
CLEAR = 4.0
"""A movement of so many times the strength of chance is clear: sensors that went against it would be seen."""
DISTINCT = 2.0
"""A movement that is not clear must be so much stronger than the next one: noise has several that are alike."""
SECOND_SHARE = 0.05
"""A second movement is one of its own if it has this part of the first one's power: sensors that lag show less."""
FAINT_PCT = 0.05
FAINT_ALONE_PCT = 0.25
"""The faintest swing (peak to peak) of a person's load: of a mat; of one sensor, whose own wander no other averages out."""
SURE = 3.0
"""It is surely seen where it would be so many times as strong as chance."""
SLOW_S = 0.32
"""Where samples are further apart than this, fourth differences hold breath as well as noise."""
PEAKS = 2.0
"""Peak to peak of a breath over the deviation of its changes within a second: root of 8 over 2 sin(pi f), at 15 a minute."""
AT_ONCE_S, STAGES_S = 0.3, 0.45
"""From 10 to 60 % of the load: what is put down takes up to 0.2 s, lying down 0.5 to 8 s. (The last third comes late in any
case, by creep and foam.)"""
STAGES_PART: Table = ((STAGES_S, 0.77), (1.0, 1.0))
"""How much of it counts: half a second is one thing's in ten (2.3 nats); after a second one thing in thirty and two people in
three (estimates) are still on their way, which is 3 nats."""
WHOLE_PCT = 70.0
"""Sensors that bear so much (percent of the reference) while another one has no reading bear a body by themselves; what one
corner of a heavy thing leaves to the others is less."""
GRADED = 1 / 3
"""Of what the row of the chest does, the row at the foot end does less than this: hips 0 to 0.3."""


class LifeSearch:
    """Fed with every load that may be a person's. Times are monotonic seconds."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self.evidence = Evidence()
        self.swings = LifeDetector(parameters)
        self._large = SwingWatch(
            parameters, least_pct=LARGE_SWING_PCT, most_pct=parameters.life_most_pct, over_noise=LARGE_OVER_NOISE
        )
        self._samples: deque[tuple[float, ...]] = deque(maxlen=round(SPAN_S / SAMPLE_S))
        self.begin()

    def begin(self) -> None:
        """Another load."""
        self._came_s: float | None = None
        """How long it took to come on; None: not known."""
        self.sat_part = 0.0
        """How surely somebody sat there and lay back, 0 to 1."""
        self.reset()

    def reset(self) -> None:
        """It does not lie as a body does: nothing that was seen of it counts but how it came on."""
        self.evidence.reset()
        self.swings.reset()
        self._large.reset()
        self._stepped_s = -math.inf
        self._absent_s: dict[int, float] = {}
        """When each sensor had no reading, or was at its end, last."""
        self.look: Look | None = None
        """The last look."""
        self._begin_anew()

    def _begin_anew(self) -> None:
        """The load moved: a look begins after that."""
        self._samples.clear()
        self._times_s: deque[float] = deque(maxlen=self._samples.maxlen)
        self._sums: list[float] = []
        self._count = 0
        self._sample_s = -math.inf
        self._looked_s = -math.inf
        self._began_s: float | None = None

    def step(self, load: Load, step_us: tuple[float, ...], *, breathes: bool) -> None:
        """One load, what a step of each sensor's converter is worth there, and whether a breath keeps its rate."""
        t_s, evidence = load.t_mono_s, self.evidence
        evidence.fade(t_s)
        evidence.hold(Sign.RHYTHM, breathes)
        if self._came_s is not None:
            evidence.hold(Sign.STAGES, self._came_s >= STAGES_S, worth(STAGES_PART, self._came_s))
            evidence.hold(Sign.AT_ONCE, self._came_s < AT_ONCE_S)
        evidence.hold(Sign.SAT, self.sat_part > 0.0, self.sat_part)
        evidence.hold(Sign.SHORT, load.concentrated)
        if not load.all_known:
            absent = [i for i, (us, high) in enumerate(zip(load.us, load.saturated, strict=True)) if us is None or high]
            self._absent_s.update(dict.fromkeys(absent, t_s))
        least_us = [step / math.sqrt(12.0) for step in step_us]
        self._search(load, math.sqrt(sum([us * us for us in least_us])))
        self._sample(load)
        if len(self._samples) > 1 and t_s - self._looked_s >= EVERY_S and self._times_s[-1] - self._times_s[0] >= FIRST_S:
            self._looked_s = t_s
            self._look(load, least_us)

    def landed(self, came_s: float) -> None:
        """How long the load took to come on, from 10 to 60 %."""
        self._came_s = came_s

    def _search(self, load: Load, rounding_us: float) -> None:
        """Windows of the total and of its division."""
        swings, t_s = self.swings, load.t_mono_s
        swayed_s, found, large = swings.swayed_s, swings.found, self._large.found
        total_us, head_us, side_us = load.total_us, load.head_us, load.side_us
        absent = [i for i, at_s in self._absent_s.items() if t_s - at_s < SPAN_S]
        if absent:  # a sensor that comes and goes is no swing
            total_us = sum([us or 0.0 for i, us in enumerate(load.us) if i not in absent])
            head_us = side_us = 0.0
        swings.step(t_s, total_us, head_us, side=side_us, rounding=rounding_us)
        self._large.step(t_s, total_us, rounding=rounding_us)
        if swings.swayed_s > swayed_s:
            self._large.interrupt()
            self._begin_anew()
        if self._large.found > large:
            self.evidence.add(Sign.LARGE_SWING)
        elif swings.found > found:
            self.evidence.add(Sign.SWING)

    def _sample(self, load: Load) -> None:
        """Averages over `SAMPLE_S`. Of a sensor without a reading, or at its end, nothing is known."""
        t_s = load.t_mono_s
        if self._began_s is None:
            self._began_s = t_s
        if t_s - self._began_s < SETTLE_S:
            return
        if self._count and t_s - self._sample_s >= SAMPLE_S - 1e-6:
            if self._times_s and self._sample_s - self._times_s[-1] >= self._p.gap_s:
                self._begin_anew()
                return
            self._samples.append(tuple([each / self._count for each in self._sums]))
            self._times_s.append(self._sample_s)
            self._count = 0
        if not self._count:
            self._sample_s = t_s
            self._sums = [0.0] * len(load.us)
        self._sums = [a + (b or 0.0) for a, b in zip(self._sums, load.us, strict=True)]
        self._count += 1

    def _look(self, load: Load, least_us: list[float]) -> None:
        pace_s = (self._times_s[-1] - self._times_s[0]) / (len(self._times_s) - 1)
        most_share = self._p.life_slow_noise if pace_s > SLOW_S else math.inf
        rested_s = self._times_s[0] - (self._began_s or 0.0)
        look = self.look = look_at(self._known(), pace_s, rested_s, least_us, most_share)
        if look is not None:
            self._judge(look, load)

    def _known(self) -> list[tuple[float, ...]]:
        """The samples of the sensors that had a reading all the time; the others bear nothing in them."""
        absent = [i for i, at_s in self._absent_s.items() if at_s >= self._times_s[0]]
        if not absent:
            return list(self._samples)
        return [tuple([0.0 if i in absent else us for i, us in enumerate(sample)]) for sample in self._samples]

    def _judge(self, look: Look, load: Load) -> None:
        evidence, t_s = self.evidence, load.t_mono_s
        if look.stepped_s is not None and t_s - look.stepped_s > self._stepped_s + EVERY_S:
            self._stepped_s = t_s - look.stepped_s
            evidence.add(Sign.STEP)
        if look.strength < look.chance:
            evidence.add(Sign.SILENCE, self._sure_to_see(look))
            return
        evidence.add(Sign.SILENCE, -1.0)
        if look.passing > PASSING:
            return
        large = 100.0 * look.swing * PEAKS >= LARGE_SWING_PCT
        evidence.add(Sign.SWING, LOOK_PART)
        if large:
            evidence.add(Sign.LARGE_SWING, LOOK_PART)
        if len(look.moved) < 2 or (None in load.us and load.pct < WHOLE_PCT):
            return  # a thing may bear on the sensor without a reading, and next to nothing on the others
        if _graded(look, load.shape.zones):
            evidence.add(Sign.GRADED)
        several = look.second > max(CLEAR * look.chance, SECOND_SHARE * look.strength)
        clear = look.strength > CLEAR * look.chance
        if look.opposed >= OPPOSED_LEAST and (clear or look.strength > DISTINCT * look.second):
            evidence.add(Sign.INSIDE, min(1.0, look.strength / (CLEAR * look.chance)) * min(1.0, look.opposed / OPPOSED))
            evidence.add(Sign.OUTSIDE, -1.0)
        elif clear and not several and not large:
            evidence.add(Sign.OUTSIDE)
        if several:
            evidence.add(Sign.SEVERAL)

    def _sure_to_see(self, look: Look) -> float:
        """How surely the faintest breath would have been seen, 0 to 1."""
        faint_pct = FAINT_PCT if len(look.moved) > 1 else FAINT_ALONE_PCT
        rms = faint_pct / PEAKS / 1e-2  # in units of 1e-4
        return min(1.0, max(0.0, look.limit * rms * rms / look.chance - 1.0) / (SURE - 1.0))


def _graded(look: Look, zones: tuple[tuple[int, ...], ...]) -> bool:
    """Whether the row at the foot end goes along with much less than the row that moves most; `zones` go from head to foot."""
    rows = [
        abs(sum([look.moved[i] for i in zone])) / sum([look.borne[i] for i in zone])
        for zone in ([i for i in zone if i in look.moved] for zone in zones)
        if zone
    ]
    return len(rows) > 1 and rows[-1] < GRADED * max(rows)
