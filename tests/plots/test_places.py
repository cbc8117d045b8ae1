"""Marks lie where the axis says: a value on a tick is at the height of its line, a day at the place of its words."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from acumat.plots.bars import minutes_by_day, minutes_by_month
from acumat.plots.course import Axis, Band, Line, course
from acumat.plots.frame import LEFT, RIGHT, day_x
from acumat.plots.pairs import BeforeAfter, before_and_after
from acumat.plots.plot import Plot
from acumat.plots.stairs import Stair, stairs
from tests.plots.markup import SVG, heights, parsed

LAST = date(2026, 11, 29)
NEAR = pytest.approx


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path)]


def plotted(plot: Plot | None) -> tuple[list[dict[str, str]], dict[str, float]]:
    """The attributes of all elements with a class, and the heights of the ticks."""
    assert plot is not None
    root = parsed(plot)
    return [dict(each.attrib) for each in root.iter() if each.get("class")], heights(root)


@pytest.mark.parametrize("plot", [minutes_by_day("d", {LAST: 20.0, LAST - timedelta(days=1): 10.0}, LAST)])
def test_a_bar_reaches_from_nought_to_its_minutes(plot: Plot) -> None:
    found, at = plotted(plot)
    ten, twenty = (each for each in found if each["class"] == "mark")
    for bar, minutes in ((ten, "10"), (twenty, "20")):
        assert float(bar["y"]) == NEAR(at[minutes], abs=0.11)
        assert float(bar["y"]) + float(bar["height"]) == NEAR(at["0"], abs=0.11)
    assert LEFT < float(ten["x"]) < float(twenty["x"])
    assert float(twenty["x"]) + float(twenty["width"]) == NEAR(RIGHT, abs=2.0)


def test_a_month_has_the_minutes_of_its_days() -> None:
    plot = minutes_by_month("m", {date(2026, 10, 1): 5.0, date(2026, 10, 31): 6.0, date(2026, 11, 1): 7.0}, LAST)
    assert plot is not None
    assert plot.table.rows == (("Oct 2026", "11"), ("Nov 2026", "7"))


def test_answers_lie_on_their_lines() -> None:
    found, at = plotted(before_and_after("p", "Calm", "answer", [BeforeAfter(LAST, 2, 4), BeforeAfter(LAST, 5, 1)], (1, 5)))
    rings = [float(each["cy"]) for each in found if each["class"] == "ring"][1:]  # the first one is the key's
    dots = [float(each["cy"]) for each in found if each["class"] == "mark"][1:]
    assert rings == NEAR([at["2"], at["5"]], abs=0.11)
    assert dots == NEAR([at["4"], at["1"]], abs=0.11)
    joins = [numbers(each["d"])[1:] for each in found if each["class"] == "join"]
    assert joins == [NEAR([at["2"], at["4"]], abs=0.11), NEAR([at["5"], at["1"]], abs=0.11)]


def test_values_a_band_and_a_line_lie_on_their_axis() -> None:
    first = LAST - timedelta(days=10)
    axis = Axis("of 100", -40, 40, band=Band(-20, 20, "beyond"), line=Line((first, -40.0), (LAST, 40.0), "trend"))
    found, at = plotted(course("c", "Sides", [(first, 20.0), (LAST, -20.0)], axis))
    by_class = {each["class"]: each for each in found}
    dots = [(float(each["cx"]), float(each["cy"])) for each in found if each["class"] == "mark"]
    assert [y for _, y in dots] == NEAR([at["20"], at["-20"]], abs=0.11)
    assert float(by_class["band"]["y"]) == NEAR(at["20"], abs=0.11)
    assert float(by_class["band"]["y"]) + float(by_class["band"]["height"]) == NEAR(at["-20"], abs=0.2)
    assert numbers(by_class["trend"]["d"]) == NEAR([dots[0][0], at["-40"], dots[1][0], at["40"]], abs=0.11)


def test_the_middle_half_of_a_group_is_a_line_through_its_median() -> None:
    values = [(date(2026, 11, 1), float(number % 5)) for number in range(200)]
    found, at = plotted(course("c", "Calm", values, Axis("answer", 0, 4)))
    (line,) = [numbers(each["d"])[1:] for each in found if each["class"] == "join"]
    assert line == NEAR([at["1"], at["3"]], abs=0.11)
    (dot,) = [each for each in found if each["class"] == "mark"]
    assert float(dot["cy"]) == NEAR(at["2"], abs=0.11)


def test_stairs_go_to_each_steps_minutes_and_on_to_the_end() -> None:
    steps = [Stair(LAST - timedelta(days=20), 10, 20, "shirt", "a"), Stair(LAST - timedelta(days=10), 20, 15, "skin", "b")]
    found, at = plotted(stairs("s", "Steps", steps, LAST))
    (way,) = [numbers(each["d"]) for each in found if each["class"] == "stairs"]
    middle = (at["10"] + at["20"]) / 2
    assert way == NEAR([LEFT, at["10"], way[2], at["20"], (LEFT + RIGHT) / 2, middle, RIGHT], abs=0.2)


def test_days_lie_as_far_apart_as_they_are() -> None:
    first = date(2026, 3, 28)
    places = [day_x(first + timedelta(days=number), first, first + timedelta(days=4), 10.0) for number in range(5)]
    assert places == NEAR([LEFT + 10 + number * (RIGHT - LEFT - 20) / 4 for number in range(5)])
    assert day_x(first, first, first, 10.0) == (LEFT + RIGHT) / 2


def test_words_under_the_axis_are_those_of_their_day() -> None:
    plot = minutes_by_day("d", {LAST - timedelta(days=6): 10.0}, LAST)  # Monday, 23 November
    root = parsed(plot)
    (bar,) = [each for each in root if each.get("class") == "mark"]
    (words,) = [each for each in root.iter(f"{SVG}text") if each.text == "23 Nov"]
    assert float(bar.get("x", "")) + float(bar.get("width", "")) / 2 == NEAR(float(words.get("x", "")), abs=0.2)
