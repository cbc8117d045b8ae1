"""One look at the last half a minute or more of a still course: the breath in it, or none when it is not sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_rate import (
    Crossings,
    alike_after,
    by_autocorrelation,
    by_crossings,
    clipped,
    combined,
    dot,
    fitted,
    smoothed,
    swings_along,
)
from acumat.detect.lying.breath_tracker import RateTracker


@dataclass(frozen=True, slots=True)
class Breath:
    """Breaths a minute, how sure that is (0 to 1), and how much the breaths' lengths stray (None: too few of them).

    `swing` is the deviation of the load's changes within a second, as a share of it; `variety` how much lengths and depths of
    the breaths stray, both together (None: too few). `pattern` is what each sensor's own load changes within a second along
    with the breath, as a share of it: rms, with the sign against the sensor that swings most (0: no load, or left out).
    """

    per_min: float
    quality: float
    evenness: float | None
    t_mono_s: float
    swing: float = 0.0
    variety: float | None = None
    pattern: tuple[float, ...] = ()


def breath_of(
    samples: Sequence[tuple[float, ...]],
    p: BreathParameters,
    t_s: float,
    tracker: RateTracker,
    steps_us: Sequence[float] | None = None,
) -> Breath | None:
    """The breath in these samples (load per sensor, microsiemens), or None when it is not sure; `tracker` sees them as well.

    `steps_us` is what a step of each sensor's converter is worth, microsiemens; None where it is far below the noise.
    """
    columns = list(zip(*samples, strict=True))
    total = sum(map(sum, columns)) / len(samples)
    least = p.share_least * total
    kept = [i for i, column in enumerate(columns) if min(column) > 0.0 and sum(column) > least * len(samples)]
    if not kept or total <= 0:
        return None
    good = [columns[i] for i in kept]
    raw, weights = combined(good, p, [0.0] * len(kept) if steps_us is None else [steps_us[i] for i in kept])
    course = clipped(smoothed(raw), p.clip)
    rms = math.sqrt(dot(course, course) / len(course))
    size = sum(abs(w) * sum(column) / len(samples) for w, column in zip(weights, good, strict=True))
    if rms < p.swing_over_noise or rms < p.swing_least * size:
        return None
    tracker.see(course)
    if len(samples) * p.sample_s < p.first_s - p.sample_s:
        return None
    found = _agreed(course, p) or _tracked(raw, course, p, tracker)
    if found is None:
        return None
    per_min, quality, crossings = found
    pattern = [0.0] * len(columns)
    for i, swing in zip(kept, swings_along(good, raw, per_min, p), strict=True):
        pattern[i] = swing
    return Breath(per_min, quality, crossings.evenness, t_s, rms / size, crossings.variety, tuple(pattern))


Found = tuple[float, float, Crossings]
"""Rate a minute, quality, and the breaths one by one."""


def _agreed(course: list[float], p: BreathParameters) -> Found | None:
    """The rate that two ways find in the whole band, if they do and it is so much alike one breath on."""
    mean = sum(course) / len(course)
    course = [a - mean for a in course]
    alike, crossings = by_autocorrelation(course, p), by_crossings(course, p)
    if alike is None or crossings is None or alike[1] < p.alike_least or crossings.breaths < p.breaths_least:
        return None
    slow, fast = sorted((alike[0], crossings.per_min))
    apart, allowed = fast - slow, max(p.agree_per_min, p.agree_share * fast)
    per_min = 0.5 * (slow + fast)
    if apart > allowed or not p.slowest_per_min <= per_min <= p.fastest_per_min:
        return None
    if crossings.silent > p.silent_most or (crossings.evenness or 0.0) > p.uneven_most:
        return None
    return per_min, alike[1] * (1.0 - 0.5 * apart / allowed), crossings


def _tracked(raw: list[float], course: list[float], p: BreathParameters, tracker: RateTracker) -> Found | None:
    """The rate that looks have made likely one after the other.

    The course must be alike one breath on, hardly more so two breaths on, and counting in a band around the rate must agree.
    """
    per_min, chance = tracker.likely
    breath_s = 60.0 / per_min
    if chance < p.chance_least or len(course) * p.sample_s < p.breaths_least * breath_s:
        return None
    alike = alike_after(course, breath_s, p)
    if alike < p.track_alike_least or alike_after(course, 2 * breath_s, p) > (1.0 + p.octave_alike) * alike:
        return None
    crossings = by_crossings(clipped(fitted(raw, per_min, p), p.clip), p)
    if crossings is None or crossings.silent > p.silent_most or (crossings.evenness or 0.0) > p.uneven_most:
        return None
    apart, allowed = abs(crossings.per_min - per_min), max(p.agree_per_min, p.track_agree_share * per_min)
    if apart > allowed:
        return None
    return 0.5 * (per_min + crossings.per_min), chance * alike, crossings
