"""The accuracy document: rows keep their meaning through JSON, plots are well-formed, a partial run leaves the rest."""

from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.accuracy import measures, svg, sweep
from tests.accuracy.report import Report, Row, count_row, document, from_document
from tests.accuracy.runner import Runner


def row(figure: float, asked: float | None = 1.0, *, least: bool = False, unit: str = "s", n: int = 5) -> Row:
    return Row("what", "4x2", n, "1-5", figure, asked, unit, least=least)


@pytest.mark.parametrize(
    ("each", "reached"),
    [
        (row(1.0), True),
        (row(1.1), False),
        (row(1.1, None), None),
        (row(0.9, least=True), False),
        (row(1.0, least=True), True),
        (row(0.5, n=0), False),
        (row(math.nan), False),
    ],
)
def test_a_row_knows_whether_it_is_reached(each: Row, reached: bool | None) -> None:
    assert each.reached is reached


def test_a_row_falls_behind_by_a_tenth_and_never_by_getting_better() -> None:
    assert row(1.2).fallen_behind(row(1.0))
    assert not row(1.08).fallen_behind(row(1.0))
    assert not row(0.2).fallen_behind(row(1.0))
    assert row(0.8, least=True).fallen_behind(row(1.0, least=True))
    assert row(1.0, unit="of n").fallen_behind(row(0.0, unit="of n"))


def test_a_zero_has_its_bound() -> None:
    assert count_row("ghosts", "all", 0, 1000, "1-1000").bound == "< 0.003 of the cases"
    assert count_row("ghosts", "all", 2, 1000, "1-1000").bound == ""


def sample() -> Report:
    report = Report("A title", [row(0.5), row(math.nan)], text=["A sentence."])
    report.spread("error", "4x2", "s", [1.0, 2.0, 3.0])
    report.bars.append(("box", "4x2", 12.0))
    return report


def test_a_report_survives_json() -> None:
    again = from_document(json.loads(json.dumps(sweep.finite(document(sample())))))
    assert again.rows[0] == sample().rows[0]
    assert math.isnan(again.rows[1].figure)
    assert again.spreads == sample().spreads
    assert again.spreads[0].at(50) == 2.0
    assert again.bars == sample().bars


def test_plots_are_svg_with_a_curve_for_each_layout_and_a_bar_for_each_share() -> None:
    report = sample()
    report.spread("error", "4x4", "s", [0.5])
    drawn = ET.fromstring(svg.curves("Error", report.spreads, 2.5))
    assert len([each for each in drawn.iter() if each.get("class") == "c"]) == 2
    assert len([each for each in drawn.iter() if each.get("class") == "l"]) == 1
    drawn = ET.fromstring(svg.bars("Bars", report.bars))
    assert any(float(each.get("width", 0)) > 200 for each in drawn.iter() if each.tag.endswith("rect"))


@pytest.mark.parametrize(("step", "nicer"), [(0.7, 1), (1.0, 1), (1.1, 2), (3, 5), (60, 100)])
def test_axes_step_by_one_two_or_five(step: float, nicer: float) -> None:
    assert svg.nice(step) == pytest.approx(nicer)


def test_a_partial_run_leaves_the_rest_and_writes_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def first(runner: Runner) -> Report:
        seen.append(runner.scale)
        return sample()

    def second(_runner: Runner) -> Report:
        return Report("Another", [row(3.0)])

    monkeypatch.setattr(sweep, "MEASURES", {"first": first, "second": second})
    out = tmp_path / "docs" / "accuracy.json"
    assert sweep.main(["--only", "first", "--scale", "0.5", "--out", str(out)]) == 1  # NaN is a miss
    assert sweep.main(["--resume", "--scale", "0.5", "--out", str(out)]) == 1
    assert seen == [0.5]
    text = out.with_suffix(".md").read_text()
    assert "## A title" in text
    assert "## Another" in text
    assert "what, 4x2: 3 s, asked at most 1 (n 5)" in text
    assert "## What was not tested" in text
    assert "accuracy/first-error.svg" in text
    assert (tmp_path / "docs" / "accuracy" / "first-error.svg").exists()
    assert (tmp_path / "docs" / "accuracy" / "first-provisional.svg").exists()
    before = text
    assert sweep.main(["--document", "--out", str(out)]) == 1
    assert out.with_suffix(".md").read_text() == before


def test_every_measure_scales_down_to_something() -> None:
    runner = Runner(scale=0.0001)
    assert runner.times(200) == 1
    assert list(runner.seeds(200, 7)) == [runner.first_seed + 7]
    assert set(measures.MEASURES) >= {"people", "nuisances", "lying_hours", "empty_hours", "calibration", "recordings"}
