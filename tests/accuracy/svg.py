"""Small plots as SVG, readable on light and on dark pages: distributions as cumulative curves, and counts as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.accuracy.report import QUANTILES, Spread

WIDTH, HEIGHT = 460, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 34, 46
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Okabe and Ito's, which colour-blind people tell apart; mid-tones that show on white and on black."""
STYLE = (
    "text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.a{stroke:#888;fill:none}.g{stroke:#8884;fill:none}"
    ".l{stroke:#c00;stroke-dasharray:4 3;fill:none}.c{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.l{stroke:#f66}}"
)


def curves(title: str, spreads: Sequence[Spread], limit: float | None = None) -> str:
    """Share of values up to x, a curve for each layout; `limit` is drawn as a line."""
    top = max(max(each.quantiles) for each in spreads)
    low = min(0.0, *(min(each.quantiles) for each in spreads))
    high = max(top, limit or 0.0) or 1.0
    step = nice((high - low) / 5)
    high = math.ceil(high / step + 1e-9) * step
    low = math.floor(low / step) * step

    def x_of(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y_of(percent: float) -> float:
        return HEIGHT - BOTTOM - percent / 100 * (HEIGHT - TOP - BOTTOM)

    parts = _frame(title, f"{spreads[0].unit or 'of 1'} (curve: share of values up to it)")
    for percent in (0, 25, 50, 75, 95, 100):
        y = y_of(percent)
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent}%</text>' if percent != 100 else "")
    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        parts.append(f'<text x="{x_of(value):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    if limit is not None:
        parts.append(f'<path class="l" d="M{x_of(limit):.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
    for index, each in enumerate(spreads):
        colour = COLOURS[index % len(COLOURS)]
        points = " L".join(f"{x_of(v):.1f} {y_of(q):.1f}" for q, v in zip(QUANTILES, each.quantiles, strict=True))
        parts.append(f'<path class="c" stroke="{colour}" d="M{points}"/>')
        parts.append(_key(index, colour, f"{each.layout} (n {each.n})"))
    return _whole(parts)


def bars(title: str, counts: Sequence[tuple[str, str, float]]) -> str:
    """Percent by kind and layout, side by side."""
    kinds = list(dict.fromkeys(kind for kind, layout, _ in counts if layout != "all"))
    layouts = list(dict.fromkeys(layout for _, layout, _ in counts if layout != "all"))
    value = {(kind, layout): share for kind, layout, share in counts}
    high = max([*value.values(), 1.0])
    step = nice(high / 4)
    high = math.ceil(high / step) * step
    row = (HEIGHT + 60 - TOP - BOTTOM) / max(1, len(kinds))
    left = 96
    parts = _frame(title, "% of the cases", height=HEIGHT + 60, left=left)
    for index in range(round(high / step) + 1):
        x = left + index * step / high * (WIDTH - left - RIGHT)
        parts.append(f'<path class="g" d="M{x:.1f} {TOP}V{HEIGHT + 60 - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT + 60 - BOTTOM + 16}" text-anchor="middle">{index * step:g}</text>')
    for index, kind in enumerate(kinds):
        y = TOP + index * row
        parts.append(f'<text x="{left - 6}" y="{y + row / 2 + 4:.1f}" text-anchor="end">{escape(kind)}</text>')
        thick = (row - 6) / len(layouts)
        for place, layout in enumerate(layouts):
            wide = value.get((kind, layout), 0.0) / high * (WIDTH - left - RIGHT)
            colour = COLOURS[place % len(COLOURS)]
            parts.append(
                f'<rect x="{left}" y="{y + 3 + place * thick:.1f}" width="{max(wide, 0.8):.1f}" '
                f'height="{thick - 0.5:.1f}" fill="{colour}"/>'
            )
    parts += [
        _key(index, COLOURS[index % len(COLOURS)], layout, at=(220 + 60 * index, 18)) for index, layout in enumerate(layouts)
    ]
    return _whole(parts, HEIGHT + 60)


def path(title: str, points: Sequence[tuple[float, float, str]], axes: tuple[str, str]) -> str:
    """A curve from point to point, each with what is written beside it; both axes begin at 0."""
    most = (max(x for x, _, _ in points) or 1.0, max(y for _, y, _ in points) or 1.0)
    steps = [nice(each / 5) for each in most]
    ends = [step * math.ceil(each / step - 1e-9) for each, step in zip(most, steps, strict=True)]

    def x_of(value: float) -> float:
        return LEFT + value / ends[0] * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        return HEIGHT - BOTTOM - value / ends[1] * (HEIGHT - TOP - BOTTOM)

    parts = [*_frame(title, axes[0]), f'<text x="{LEFT + 6}" y="{TOP + 4}">{escape(axes[1])}</text>']
    for index in range(round(ends[0] / steps[0]) + 1):
        x = x_of(index * steps[0])
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{index * steps[0]:g}</text>')
    for index in range(round(ends[1] / steps[1]) + 1):
        y = y_of(index * steps[1])
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{index * steps[1]:g}</text>')
    ordered = sorted(points)
    line = " L".join(f"{x_of(x):.1f} {y_of(y):.1f}" for x, y, _ in ordered)
    parts.append(f'<path class="c" stroke="{COLOURS[0]}" d="M{line}"/>')
    for x, y, words in ordered:
        parts.append(f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{COLOURS[1]}"/>')
        parts.append(f'<text x="{x_of(x) + 6:.1f}" y="{y_of(y) - 5:.1f}">{escape(words)}</text>')
    return _whole(parts)


def nice(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= step - 1e-12)


def _frame(title: str, below: str, *, height: int = HEIGHT, left: int = LEFT) -> list[str]:
    return [
        f'<text class="t" x="8" y="18">{escape(title)}</text>',
        f'<text x="{(left + WIDTH - RIGHT) / 2}" y="{height - 10}" text-anchor="middle">{escape(below)}</text>',
        f'<path class="a" d="M{left} {TOP}V{height - BOTTOM}H{WIDTH - RIGHT}"/>',
    ]


def _key(index: int, colour: str, text: str, *, at: tuple[int, int] | None = None) -> str:
    x, y = at or (WIDTH - 116, HEIGHT - BOTTOM - 14 - 16 * (3 - index))
    return f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/><text x="{x + 14}" y="{y}">{escape(text)}</text>'


def _whole(parts: Sequence[str], height: int = HEIGHT) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *(part for part in parts if part), "</svg>"]) + "\n"
