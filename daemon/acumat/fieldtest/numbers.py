"""Numbers of the mat itself from a recorded field test: noise, breath, creep, sway, and how the load comes and goes.

Loads are conductances above those of the empty mat, in microsiemens, unfiltered. Shares are percent of a position's mean load.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from statistics import fmean, median

from acumat.fieldtest.marks import Mark
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout
from acumat_hw.recording import Recording

SETTLED_S = 20.0
"""A position is measured from here on: settling into it is over."""
BORNE = 0.05
"""A sensor counts as loaded from this share of the whole load on."""
SLOW_S = 10.0
"""Movement slower than this is drift, not breath or sway: its running mean is subtracted."""
LOADED_SINCE = {"lie_still": "lie_down", "bag": "bag"}
"""The position in which the load of a position came on."""
LEAST_FRAMES = 50
NEAR_SUPPLY = 0.999
"""At this share of its supply a divider has no measurable conductance."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of one position; None if the recording does not show it."""

    what: str
    position: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Course:
    """Times in seconds of the recording, and each sensor's load then."""

    times_s: tuple[float, ...]
    loads_us: tuple[tuple[float, ...], ...]

    @property
    def total_us(self) -> list[float]:
        return [sum(each) for each in self.loads_us]

    def after(self, t_s: float) -> Course:
        first = next((index for index, at_s in enumerate(self.times_s) if at_s >= t_s), len(self.times_s))
        return Course(self.times_s[first:], self.loads_us[first:])


def numbers(recording: Recording, marks: Sequence[Mark]) -> list[Number]:
    """All numbers; those of positions that were not reached are None."""
    courses = _courses(recording, marks)
    lying = courses.get("lie_still")
    usual_us = fmean(lying.total_us) if lying is not None else math.nan

    def of(position: str, measure: Callable[[Course], float | None]) -> float | None:
        course = courses.get(position)
        return None if course is None or len(course.times_s) < LEAST_FRAMES else measure(course)

    def settled(measure: Callable[[Course], float | None]) -> Callable[[Course], float | None]:
        return lambda course: measure(course.after(course.times_s[0] + SETTLED_S))

    found = [Number("noise of a loaded sensor, rms", name, of(name, settled(noise_pct)), "%") for name in ("lie_still", "bag")]
    found += [
        Number("breath or sway of the load, rms", name, of(name, settled(sway_pct)), "%")
        for name in ("lie_still", "breathe", "sit_on_edge", "stand", "bag")
    ]
    began_s = {name: courses[since].times_s[0] for name, since in LOADED_SINCE.items() if since in courses}
    found += [
        Number("creep a decade of time", name, of(name, partial(creep_pct, began_s=began_s.get(name, math.nan))), "%")
        for name in LOADED_SINCE
    ]
    found.append(Number("the load comes on, from 10 to 90 %", "lie_down", of("lie_down", rise_s), "s"))
    found += [
        Number("load against lying still", name, of(name, lambda course: _share(course, usual_us)), "%")
        for name in ("off", "step_off", "take_away", "sit_on_edge", "stand", "bag")
    ]
    return found


def noise_pct(course: Course) -> float | None:
    """From reading to reading: second differences of white noise have six times its variance."""
    shares = []
    for sensor in _borne(course):
        load = [each[sensor] for each in course.loads_us]
        bends = [c - 2 * b + a for a, b, c in zip(load, load[1:], load[2:], strict=False)]
        if bends:
            shares.append(100 * math.sqrt(fmean(bend * bend for bend in bends) / 6) / fmean(load))
    return median(shares) if shares else None


def sway_pct(course: Course) -> float | None:
    """The part that is faster than SLOW_S."""
    total, mean_us = course.total_us, fmean(course.total_us) if course.times_s else 0.0
    if len(total) < LEAST_FRAMES or mean_us <= 0:
        return None
    width = max(1, round(SLOW_S / (course.times_s[-1] - course.times_s[0]) * len(total) / 2))
    sums = [0.0, *accumulate(total)]
    rest = [
        total[index] - (sums[index + width] - sums[index - width]) / (2 * width) for index in range(width, len(total) - width)
    ]
    return 100 * math.sqrt(fmean(each * each for each in rest)) / mean_us if rest else None


def creep_pct(course: Course, began_s: float) -> float | None:
    """Growth from SETTLED_S of the position to its end, each decade of the time since the load came on at `began_s`."""
    settled = course.after(course.times_s[0] + SETTLED_S)
    total = settled.total_us
    fifth = len(total) // 5
    if fifth < 1 or not began_s < settled.times_s[0] or (first_us := median(total[:fifth])) <= 0:
        return None
    first_s, last_s = median(settled.times_s[:fifth]), median(settled.times_s[-fifth:])
    return 100 * (median(total[-fifth:]) / first_us - 1) / math.log10((last_s - began_s) / (first_s - began_s))


def rise_s(course: Course) -> float | None:
    """Between the first moments with a tenth and with nine tenths of the load in the end."""
    total = course.total_us
    end_us = median(total[-len(total) // 4 :])
    if end_us <= 0:
        return None
    tenth, most = (
        next(at_s for at_s, us in zip(course.times_s, total, strict=True) if us >= share * end_us) for share in (0.1, 0.9)
    )
    return most - tenth


def _share(course: Course, usual_us: float) -> float | None:
    late = course.total_us[-len(course.times_s) // 4 :]
    return 100 * median(late) / usual_us if usual_us > 0 else None


def _borne(course: Course) -> list[int]:
    means = [fmean(column) for column in zip(*course.loads_us, strict=True)]
    return [index for index, us in enumerate(means) if us >= BORNE * sum(means) > 0]


def _courses(recording: Recording, marks: Sequence[Mark]) -> dict[str, Course]:
    """Each position's course, above the empty mat of the first position."""
    rows: dict[str, list[tuple[float, tuple[float, ...]]]] = {mark.position.name: [] for mark in marks}
    for frame in recording.frames():
        mark = next((each for each in marks if each.from_s <= frame.t_mono_s < each.to_s), None)
        if mark is not None and None not in frame.codes:
            rows[mark.position.name].append((frame.t_mono_s, _conductances_us(frame, recording.layout)))
    empty = [each for _, each in rows.get("empty", ())]
    if not empty:
        return {}
    zero_us = [median(column) for column in zip(*empty, strict=True)]
    return {name: _course(found, zero_us) for name, found in rows.items() if found}


def _course(rows: Iterable[tuple[float, tuple[float, ...]]], zero_us: Sequence[float]) -> Course:
    times, conductances = zip(*rows, strict=True)
    return Course(times, tuple(tuple(us - zero for us, zero in zip(each, zero_us, strict=True)) for each in conductances))


def _conductances_us(frame: Frame, layout: Layout) -> tuple[float, ...]:
    """The FSR on the high side of each divider: G = x / (R (1 - x)) with x = V / Vcc."""
    shares = [max(0.0, min(NEAR_SUPPLY, (code or 0) * layout.lsb_v / layout.vcc_v)) for code in frame.codes]
    return tuple(1e6 * x / (sensor.rm_ohm * (1 - x)) for x, sensor in zip(shares, layout.sensors, strict=True))
