"""How much more than its partners each sensor reads under the same load, from somebody lying on the mat once or twice."""

from __future__ import annotations

import math

from acumat_hw.layout import Layout

TOLERANCE = 1 / 20
"""Two places are mirrored when they match within this part of the mat's width and length."""

Groups = tuple[tuple[int, ...], ...]
"""Indices of sensors that are compared with each other; each sensor is in one group."""


def mirror_groups(layout: Layout) -> Groups:
    """Pairs at the same height on either side; sensors on the middle line or without a partner stay alone."""
    return _closed(layout, [(-1.0, 1.0)])


def turned_groups(layout: Layout) -> Groups | None:
    """Sensors that a quarter of the mat has in common: mirrored across and end for end. None where one has no partner."""
    everywhere = all(
        _partner(layout, index, across, along) is not None
        for index in range(len(layout.sensors))
        for across, along in ((-1.0, 1.0), (-1.0, -1.0))
    )
    return _closed(layout, [(-1.0, 1.0), (-1.0, -1.0)]) if everywhere else None


def gains_of(groups: Groups, *lyings_us: tuple[float, ...]) -> tuple[float, ...]:
    """Gains that average 1 and make equal what should be equal inside each group; loads must be above 0.

    One lying: a body in the middle loads both sides alike, so L_i / L_k of a mirror pair is the sensors' own ratio. Head and
    foot are never compared, since one lying cannot tell a body from a sensor there.

    A second one end for end: with sensitivity s and the body's load b, L_i = s_i b_i and L'_i = s_i b_j for j opposite of i, so
    sqrt(L_i L'_i) = s_i sqrt(b_i b_j). The root is the same for i and j, whatever the body; and for the other diagonal k, l of
    the same rectangle too, since a body that leans by a to one side has b_i b_j = f_i (1 - a) f_j (1 + a) = b_k b_l.
    """
    count = len(lyings_us[0])
    logs = [sum(math.log(lying[index]) for lying in lyings_us) / len(lyings_us) for index in range(count)]
    gains = [1.0] * count
    for group in groups:
        middle = sum(logs[index] for index in group) / len(group)
        for index in group:
            gains[index] = math.exp(middle - logs[index])
    scale = count / sum(gains)
    return tuple(gain * scale for gain in gains)


def _closed(layout: Layout, mirrors: list[tuple[float, float]]) -> Groups:
    """Groups of what the mirrors carry into each other."""
    groups: list[tuple[int, ...]] = []
    seen: set[int] = set()
    for index in range(len(layout.sensors)):
        if index in seen:
            continue
        group = [index]
        for member in group:
            partners = (_partner(layout, member, across, along) for across, along in mirrors)
            group += dict.fromkeys(each for each in partners if each is not None and each not in group)
        seen.update(group)
        groups.append(tuple(sorted(group)))
    return tuple(groups)


def _partner(layout: Layout, index: int, across: float, along: float) -> int | None:
    """The sensor nearest to the mirrored place of this one, if it is near enough; itself on the axis."""
    place = layout.sensors[index]
    x_mm, y_mm = across * place.x_mm, along * place.y_mm

    def off(other: int) -> float:
        sensor = layout.sensors[other]
        return max(abs(sensor.x_mm - x_mm) / layout.width_mm, abs(sensor.y_mm - y_mm) / layout.length_mm)

    best = min(range(len(layout.sensors)), key=off)
    return best if off(best) <= TOLERANCE else None
