"""Answers before and after the same sessions: a ring for before, a dot for after, a line between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from acumat.plots.frame import LEFT, RIGHT, Frame
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import linear
from acumat.plots.svg import element, escaped, picture, words
from acumat.plots.wording import ENGLISH, Wording

SIDE = 10
"""Between an axis and the first session."""
WIDEST = 26.0
RING, DOT = 4.5, 2.6
"""A dot fits into a ring, so that two equal answers show both."""
KEY_X = RIGHT - 108


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The two answers of a session on a day."""

    day: date
    before: float
    after: float


def before_and_after(
    name: str,
    title: str,
    unit: str,
    pairs: Sequence[BeforeAfter],
    scale: tuple[float, float],
    wording: Wording = ENGLISH,
) -> Plot | None:
    """The pairs in their order, on a scale of answers from the least to the most; None without any."""
    if not pairs:
        return None
    frame = Frame(linear(*scale))
    apart = min(WIDEST, (RIGHT - LEFT - 2 * SIDE) / max(1, len(pairs) - 1))
    places = [LEFT + SIDE + index * apart for index in range(len(pairs))]
    marks = [_mark(frame, x, pair, wording) for x, pair in zip(places, pairs, strict=True)]
    across = [(places[0] + 12, wording.day(pairs[0].day))]
    if len(pairs) > 1 and places[-1] - places[0] > 3 * WIDEST:
        across.append((places[-1], wording.day(pairs[-1].day)))
    rows = tuple((pair.day.isoformat(), f"{pair.before:g}", f"{pair.after:g}") for pair in pairs)
    svg = picture(name, title, _described(pairs, wording), frame.size, frame.axes(unit, across), _key(wording), *marks)
    return Plot(title, svg, Table((wording.text("day.one"), wording.text("before"), wording.text("after")), rows))


def _mark(frame: Frame, x: float, pair: BeforeAfter, wording: Wording) -> str:
    tip = wording.text("pair", day=pair.day.isoformat(), before=f"{pair.before:g}", after=f"{pair.after:g}")
    before, after = frame.y(pair.before), frame.y(pair.after)
    return element(
        "g",
        element("title", escaped(tip)),
        element("path", class_="join", d=f"M{x:.1f} {before:.1f}V{after:.1f}"),
        element("circle", class_="ring", cx=x, cy=before, r=RING),
        element("circle", class_="mark", cx=x, cy=after, r=DOT),
    )


def _key(wording: Wording) -> str:
    return "".join(
        (
            element("circle", class_="ring", cx=KEY_X, cy=8, r=RING),
            words(wording.text("before"), KEY_X + 8, 12),
            element("circle", class_="mark", cx=KEY_X + 62, cy=8, r=DOT),
            words(wording.text("after"), KEY_X + 69, 12),
        )
    )


def _described(pairs: Sequence[BeforeAfter], wording: Wording) -> str:
    higher, lower = sum(each.after > each.before for each in pairs), sum(each.after < each.before for each in pairs)
    same = len(pairs) - higher - lower
    sessions = wording.counted(len(pairs), "session")
    return wording.text("pairs", sessions=sessions, higher=higher, lower=lower, same=same)
