"""Each kind of plot over any values: well-formed, inside of its picture, and with a table that says what the marks say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.plots.bars import MONTHS_MOST, minutes_by_day, minutes_by_month
from acumat.plots.course import MARKS_MOST, Axis, Band, Line, Value, by_minute, course
from acumat.plots.pairs import BeforeAfter, before_and_after
from acumat.plots.plot import Plot, figure
from acumat.plots.stairs import Stair, stairs
from acumat.plots.wording import ENGLISH, Wording
from acumat.plots.year import WEEKS, year_of_days
from tests.plots.markup import SVG, numbers_outside, parsed, tips

LAST = date(2026, 11, 29)
AXIS = Axis(
    "of 100", -30, 30, 1, "of 100", Band(-20, 20, "beyond"), Line((LAST - timedelta(days=30), 0.0), (LAST, 10.0), "trend")
)

days = st.dates(LAST - timedelta(days=4000), LAST)
minutes_by = st.dictionaries(days, st.floats(0.0, 1440.0), max_size=60)
values = st.lists(st.tuples(days, st.floats(-100.0, 100.0)), max_size=300).map(sorted)
answers = st.builds(BeforeAfter, days, st.integers(0, 10), st.integers(0, 10))
steps = st.lists(
    st.builds(
        Stair, days, st.integers(5, 30), st.integers(5, 30), st.sampled_from(["shirt", "skin", "<b>"]), st.text(max_size=50)
    ),
    max_size=40,
).map(lambda found: sorted(found, key=lambda each: each.day))


def sound(plot: Plot | None) -> list[str]:
    """The tips of a plot's marks."""
    assert plot is not None
    root = parsed(plot)
    assert numbers_outside(root) == []
    return tips(root)


@given(minutes_by, days)
def test_bars_of_days(minutes: Mapping[date, float], last: date) -> None:
    plot = minutes_by_day("days", minutes, last)
    drawn = [f"{day}: {each} min" for day, each in plot.table.rows if minutes.get(date.fromisoformat(day), 0.0) > 0]
    assert sound(plot) == drawn
    assert [row[0] for row in plot.table.rows] == [f"{last - timedelta(days=each)}" for each in reversed(range(28))]
    assert all(each == f"{minutes.get(date.fromisoformat(day), 0.0):.0f}" for day, each in plot.table.rows)


@given(minutes_by, days)
def test_bars_of_months(minutes: Mapping[date, float], last: date) -> None:
    plot = minutes_by_month("months", minutes, last)
    until = {day: each for day, each in minutes.items() if day <= last}
    if not until:
        assert plot is None
        return
    found = sound(plot)
    assert plot is not None
    assert 1 <= len(plot.table.rows) <= MONTHS_MOST
    shown = {row[0]: float(row[1]) for row in plot.table.rows}
    assert {tip.partition(":")[0] for tip in found} <= set(shown)
    assert plot.table.rows[-1][0].endswith(f"{last.year}")
    if len(shown) < MONTHS_MOST:
        assert sum(shown.values()) == pytest.approx(sum(until.values()), abs=len(shown))


@given(minutes_by, days, days)
def test_a_year_of_squares(minutes: Mapping[date, float], first: date, last: date) -> None:
    plot = year_of_days("year", minutes, first, last)
    found = sound(plot)
    assert len(plot.table.rows) <= WEEKS
    cells = [
        (date.fromisoformat(row[0]) + timedelta(days=number), each)
        for row in plot.table.rows
        for number, each in enumerate(row[1:])
    ]
    shown = {day: each for day, each in cells if each}
    assert found == [f"{day}: {each} min" for day, each in shown.items() if minutes.get(day, 0.0) > 0]
    assert max(shown) == last
    if first <= last and (last - first).days < 300:
        assert min(shown) == first


def test_the_square_of_a_longer_day_is_larger() -> None:
    week = {LAST - timedelta(days=number): minutes for number, minutes in enumerate((5.0, 15.0, 25.0, 35.0))}
    root = parsed(year_of_days("year", week, LAST - timedelta(days=6), LAST))
    marks = [mark for mark in root if mark.find(f"{SVG}title") is not None]
    sides = [float(mark.get("width", "")) for mark in reversed(marks)]
    assert sides == sorted(set(sides))
    dots = [each for each in root if each.get("class") == "none"]
    assert len(dots) == 3


@given(st.lists(answers, max_size=40))
def test_before_and_after(pairs: list[BeforeAfter]) -> None:
    plot = before_and_after("pairs", "Calm", "answer", pairs, (0, 10))
    if not pairs:
        assert plot is None
        return
    found = sound(plot)
    assert plot is not None
    assert found == [f"{day}: {before} before, {after} after" for day, before, after in plot.table.rows]
    assert plot.table.rows == tuple((f"{each.day}", f"{each.before}", f"{each.after}") for each in pairs)


def test_before_is_a_ring_and_after_a_dot_that_fits_into_it() -> None:
    plot = before_and_after("pairs", "Calm", "answer", [BeforeAfter(LAST, 3, 3)], (1, 5))
    assert plot is not None
    group = next(each for each in parsed(plot) if each.tag == f"{SVG}g")
    ring, dot = group.findall(f"{SVG}circle")
    assert (ring.get("class"), dot.get("class")) == ("ring", "mark")
    assert (ring.get("cx"), ring.get("cy")) == (dot.get("cx"), dot.get("cy"))
    assert float(ring.get("r", "")) > float(dot.get("r", "")) + 1


@settings(max_examples=60)
@given(values)
def test_a_course_of_values(found: list[Value]) -> None:
    plot = course("course", "Left and right", found, Axis("of 100", -30, 30, 1, "of 100"))
    if not found:
        assert plot is None
        return
    said = sound(plot)
    assert plot is not None
    assert len(said) == len(plot.table.rows) <= MARKS_MOST
    for tip, row in zip(said, plot.table.rows, strict=True):
        assert tip.startswith(f"{row[0]}: {row[1]} of 100")
        assert all(each in tip for each in row[2:] if row[-1] != "1")
    if len(found) <= MARKS_MOST:
        assert plot.table.rows == tuple((f"{day}", f"{each:.1f}") for day, each in found)
    else:
        assert sum(int(row[-1]) for row in plot.table.rows) == len(found)
        assert "Dots: the median" in plot.note


@pytest.mark.parametrize(("count", "every", "by"), [(124, 1, "day"), (200, 1, "week"), (800, 2, "month"), (3000, 15, "year")])
def test_many_values_are_put_together(count: int, every: int, by: str) -> None:
    found = [(LAST - timedelta(days=every * number), float(number % 7)) for number in reversed(range(count))]
    plot = course("course", "Calm", found, AXIS)
    assert plot is not None
    assert plot.table.columns[0] == by
    assert plot.table.rows[0][0].startswith({"day": "20", "week": "week from", "month": "", "year": ""}[by])
    if by == "month":
        day = found[-1][0].replace(day=1)
        of_month = [each for at, each in found if at >= day]
        assert plot.table.rows[-1][1] == f"{median(of_month):.1f}"


def test_band_and_line_are_drawn_with_their_words() -> None:
    plot = course("course", "Calm", [(LAST - timedelta(days=40), 1.0), (LAST, 2.0)], AXIS)
    assert plot is not None
    root = parsed(plot)
    assert {each.get("class") for each in root} >= {"band", "limit", "trend"}
    assert plot.note == "Dashed: trend."
    assert "beyond" in [each.text for each in root.iter(f"{SVG}text")]


@given(steps, days)
def test_steps(found: list[Stair], until: date) -> None:
    plot = stairs("steps", "Steps", found, until)
    if not found:
        assert plot is None
        return
    said = sound(plot)
    assert plot is not None
    assert len(said) == len(plot.table.rows) == len(found)
    for tip, (number, day, _, to_min, *_) in zip(said, plot.table.rows, strict=True):
        assert tip.startswith(f"{number}, {day}: {to_min} min")


def test_clothing_is_told_apart_by_shape() -> None:
    plot = stairs("steps", "Steps", [Stair(LAST, 10, 15, "shirt", "a"), Stair(LAST, 15, 15, "skin", "b")], LAST)
    assert plot is not None
    marks = [each[1].tag for each in parsed(plot) if each.tag == f"{SVG}g"]
    assert marks == [f"{SVG}circle", f"{SVG}rect"]


def test_a_figure_has_the_picture_and_behind_it_the_table() -> None:
    plot = minutes_by_day("days", {LAST: 20.0}, LAST)
    html = figure(plot)
    assert html.index("<figcaption>") < html.index("<svg") < html.index("<details>") < html.index("<table>")
    assert "<details open" not in html
    assert html.count("<tr>") == 1 + len(plot.table.rows)


minutes_of = st.dictionaries(st.integers(0, 1440), st.floats(-100.0, 100.0), min_size=1, max_size=200)


@given(minutes_of)
def test_minutes_of_a_session(found: Mapping[int, float]) -> None:
    given_values = sorted(found.items())
    plot = by_minute("m", "Left and right", given_values, AXIS)
    assert plot is not None
    assert sound(plot) == [f"{minute}: {value:.1f} of 100" for minute, value in given_values]
    assert plot.table.rows == tuple((f"{minute}", f"{value:.1f}") for minute, value in given_values)
    joins = sum(minute + 1 in found for minute in found)
    line = next(each for each in parsed(plot).iter(f"{SVG}path") if each.get("class") == "join")
    assert str(line.get("d")).count("L") == joins


def test_a_session_without_minutes_has_no_plot() -> None:
    assert by_minute("m", "t", [], AXIS) is None


def test_every_word_of_a_plot_is_one_of_its_wording() -> None:
    """With capitals for all words no small letter is left, but the unit min and the number n: every language has them."""
    wording = Wording(
        {
            key: "".join(part if part.startswith("{") else part.upper() for part in re.split(r"(\{\w+\})", text))
            for key, text in ENGLISH.texts.items()
        }
    )
    minutes = {LAST - timedelta(days=each): 10.0 for each in range(70)}
    many = [(LAST - timedelta(days=900 - each), 1.0) for each in range(900)]
    axis = Axis("HEAD", 0, 5, line=Line(many[0], many[-1], "LINE"))
    plots = (
        minutes_by_day("N", minutes, LAST, wording=wording),
        minutes_by_day("N", {}, LAST, wording=wording),
        minutes_by_month("N", minutes, LAST, wording),
        year_of_days("N", minutes, LAST - timedelta(days=69), LAST, wording),
        before_and_after("N", "T", "U", [BeforeAfter(LAST, 1, 2), BeforeAfter(LAST, 2, 2)], (1, 5), wording),
        course("N", "T", many[:3], axis, wording),
        course("N", "T", many, axis, wording),
        by_minute("N", "T", [(0, 1.0), (1, 2.0)], axis, wording),
    )
    for plot in plots:
        assert plot is not None
        texts = [each.text or "" for each in parsed(plot).iter() if each.tag.rpartition("}")[2] in ("text", "title", "desc")]
        texts += [plot.title, plot.note, *plot.table.columns]
        assert [each for each in texts if re.search("[a-z]", re.sub(r"\bmin\b|\bn\b", "", each))] == [], plot.title
