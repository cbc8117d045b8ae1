"""The accuracy document: rows keep their meaning through JSON, plots are well-formed, a partial run leaves the rest."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.accuracy import measures, svg, sweep
from tests.accuracy.document import FAMILY, figure, write
from tests.accuracy.provenance import APART, ROOT, code
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


@pytest.mark.parametrize(
    ("each", "printed"),
    [(row(1.25), "1.25 s"), (row(math.nan), "never"), (row(math.nan, n=0), "none"), (row(2.0, unit="of n"), "2 in 5")],
)
def test_a_figure_is_printed_with_its_unit(each: Row, printed: str) -> None:
    assert figure(each) == printed


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
    report.points, report.axes = [(0.0, 3.0, "one"), (1.0, 2.0, "two")], ("x", "y")
    return report


def test_families_share_one_table_that_says_what_each_was_taken_of(tmp_path: Path) -> None:
    def run(commit: str, name: str) -> dict[str, object]:
        rows = [Row(f"{name}: not found", layout, 5, "1-5", 1.0, 2.0, "%") for layout in ("4x2", "4x4")]
        report = document(Report(name, rows))
        return {
            "commit": commit,
            "code": commit,
            "scale": 1.0,
            "seed": 1,
            "seconds": 60,
            "cpu_s": 120,
            "jobs": 2,
            "report": report,
        }

    data = {"measures": {f"{FAMILY}{name}": run(commit, name) for name, commit in (("still", "a"), ("dog", "a"), ("cat", "b"))}}
    write(data, {"Strangers": list(data["measures"])}, tmp_path / "accuracy.md", "b")
    text = (tmp_path / "accuracy.md").read_text()
    assert "- Commit a, scale 1, seeds from 1. **The code has changed since.** still, dog\n" in text
    assert "- Commit b, scale 1, seeds from 1. cat\n" in text
    assert "6 min of one core" in text
    assert text.count("| what | asked | 4x2 | 4x4 | n | seeds |") == 1
    assert "| cat: not found | at most 2 | 1 % | 1 % | 5 | 1-5 |" in text


def test_a_report_survives_json() -> None:
    again = from_document(json.loads(json.dumps(sweep.finite(document(sample())))))
    assert again.rows[0] == sample().rows[0]
    assert math.isnan(again.rows[1].figure)
    assert again.spreads == sample().spreads
    assert again.spreads[0].at(50) == 2.0
    assert again.bars == sample().bars
    assert again.points == sample().points
    assert again.axes == sample().axes


def test_plots_are_svg_with_a_curve_for_each_layout_and_a_bar_for_each_share() -> None:
    report = sample()
    report.spread("error", "4x4", "s", [0.5])
    drawn = ET.fromstring(svg.curves("Error", report.spreads, 2.5))
    assert len([each for each in drawn.iter() if each.get("class") == "c"]) == 2
    assert len([each for each in drawn.iter() if each.get("class") == "l"]) == 1
    drawn = ET.fromstring(svg.bars("Bars", report.bars))
    assert any(float(each.get("width", 0)) > 200 for each in drawn.iter() if each.tag.endswith("rect"))


def test_a_curve_of_points_is_drawn_from_left_to_right_inside_the_frame() -> None:
    points = [(8.0, 1.0, "3 nats"), (0.0, 20.0, "1 nat"), (2.0, 5.0, "2 nats")]
    drawn = ET.fromstring(svg.path("Trade-off", points, ("people lost, %", "things, %")))
    circles = [each for each in drawn.iter() if each.tag.endswith("circle")]
    xs = [float(each.get("cx", "nan")) for each in circles]
    ys = [float(each.get("cy", "nan")) for each in circles]
    assert xs == sorted(xs)
    assert ys == sorted(ys)  # downwards: things grow fewer
    assert svg.LEFT <= min(xs) < max(xs) <= svg.WIDTH - svg.RIGHT
    assert svg.TOP <= min(ys) < max(ys) <= svg.HEIGHT - svg.BOTTOM
    words = [each.text for each in drawn.iter() if each.tag.endswith("text")]
    assert {"1 nat", "2 nats", "3 nats", "people lost, %", "things, %"} <= set(words)


@pytest.mark.parametrize(("step", "nicer"), [(0.7, 1), (1.0, 1), (1.1, 2), (3, 5), (60, 100)])
def test_axes_step_by_one_two_or_five(step: float, nicer: float) -> None:
    assert svg.nice(step) == pytest.approx(nicer)


@pytest.fixture
def two_measures(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Two measures in place of all; the scales that the first one was run at."""
    seen: list[float] = []

    def first(runner: Runner) -> Report:
        seen.append(runner.scale)
        return sample()

    def second(_runner: Runner) -> Report:
        return Report("Another", [row(3.0)])

    monkeypatch.setattr(sweep, "MEASURES", {"first": first, "second": second})
    monkeypatch.setattr(sweep, "GROUPS", {"Real ones": ("second",), "Simulated ones": ("first",)})
    return seen


def test_a_partial_run_leaves_the_rest_and_writes_the_document(tmp_path: Path, two_measures: list[float]) -> None:
    out = tmp_path / "docs" / "accuracy.json"
    assert sweep.main(["--only", "first", "--scale", "0.5", "--out", str(out)]) == 1  # NaN is a miss
    assert "**Not measured yet: second.**" in out.with_suffix(".md").read_text()
    assert sweep.main(["--resume", "--scale", "0.5", "--out", str(out)]) == 1
    assert two_measures == [0.5]
    text = out.with_suffix(".md").read_text()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Accuracy",
        "## Real ones",
        "### Another",
        "## Simulated ones",
        "### A title",
        "## What was not tested",
    ]
    assert "**Not measured" not in text
    assert "what, 4x2: 3 s, asked at most 1 (n 5)" in text
    assert "accuracy/first-error.svg" in text
    assert (tmp_path / "docs" / "accuracy" / "first-error.svg").exists()
    assert (tmp_path / "docs" / "accuracy" / "first-provisional.svg").exists()
    before = text
    assert sweep.main(["--document", "--out", str(out)]) == 1
    assert out.with_suffix(".md").read_text() == before


def test_a_measure_of_other_code_says_so_and_is_taken_again(
    tmp_path: Path, two_measures: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "accuracy.json"
    sweep.main(["--out", str(out)])
    run = json.loads(out.read_text())["measures"]["first"]
    assert {"version", "commit", "code", "python", "seed", "scale", "seconds", "cpu_s"} <= run.keys()
    assert "changed since" not in out.with_suffix(".md").read_text()
    monkeypatch.setattr(sweep, "taken_of", lambda: {"version": "9", "commit": "fedcba9", "code": "other"})
    sweep.main(["--only", "second", "--out", str(out)])
    text = out.with_suffix(".md").read_text()
    assert text.count("**The code has changed since.**") == 1
    assert f"Commit {run['commit']}" in text
    assert f", {run['python']}, " in text
    assert "Commit fedcba9" in text
    sweep.main(["--resume", "--out", str(out)])
    assert two_measures == [1.0, 1.0]
    assert "changed since" not in out.with_suffix(".md").read_text()


def test_what_cannot_be_measured_is_named_and_replaces_no_figures(
    tmp_path: Path, two_measures: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "accuracy.json"

    def gone(_runner: Runner) -> Report:
        return Report("Another", not_measured="No folder.")

    def there(_runner: Runner) -> Report:
        return Report("Another", [row(3.0)])

    monkeypatch.setattr(sweep, "MEASURES", {"second": gone})
    assert sweep.main(["--only", "second", "--out", str(out)]) == 1
    assert "second: NOT MEASURED. No folder." in capsys.readouterr().out
    assert "**Not measured: Another.** No folder." in out.with_suffix(".md").read_text()
    monkeypatch.setattr(sweep, "MEASURES", {"second": there})
    sweep.main(["--only", "second", "--resume", "--out", str(out)])
    assert "Not measured: Another" not in out.with_suffix(".md").read_text()
    monkeypatch.setattr(sweep, "MEASURES", {"second": gone})
    sweep.main(["--only", "second", "--out", str(out)])
    assert json.loads(out.read_text())["measures"]["second"]["report"]["rows"]


def test_measures_are_chosen_by_name_or_by_how_names_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep, "MEASURES", dict.fromkeys(("still", "still-2", "other-a", "other-b")))
    out = ["--out", str(tmp_path / "accuracy.json")]
    sweep.main(["--list", "--only", "other", "still", *out])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["still", "other-a", "other-b"]
    with pytest.raises(SystemExit):
        sweep.main(["--only", "nothing", *out])


def test_the_time_is_estimated_from_the_last_run(
    tmp_path: Path, two_measures: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "accuracy.json"
    run = {"seconds": 600.0, "cpu_s": 1200.0, "scale": 0.5, "jobs": 2, "commit": "abc", "report": {}}
    out.write_text(json.dumps({"measures": {"first": run}}))
    sweep.main(["--list", "--scale", "0.1", "--jobs", "1", "--out", str(out)])
    first, second = capsys.readouterr().out.splitlines()
    assert "about 4.0 min" in first
    assert "not taken yet" in second


def test_the_hash_of_the_code_follows_the_sources_alone(tmp_path: Path) -> None:
    source = tmp_path / "daemon" / "acumat" / "detect" / "rule.py"
    source.parent.mkdir(parents=True)
    source.write_text("LIMIT = 1\n")
    first = code(tmp_path)
    (source.parent / "notes.txt").write_text("words")
    assert code(tmp_path) == first
    source.write_text("LIMIT = 2\n")
    assert code(tmp_path) != first


def test_what_is_no_part_of_the_hash_is_there_and_runs_in_no_measure() -> None:
    assert all((ROOT / name).is_file() for name in APART)
    imports = "import sys, tests.accuracy.sweep, tests.accuracy.measures; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", imports], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.split()
    assert "acumat_hw.ads1x15" in loaded
    assert not {f"acumat_hw.{Path(name).stem}" for name in APART} & set(loaded)


def test_every_measure_scales_down_to_something() -> None:
    runner = Runner(scale=0.0001)
    assert runner.times(200) == 1
    assert list(runner.seeds(200, 7)) == [runner.first_seed + 7]
    assert set(measures.MEASURES) >= {"people", "nuisances", "lying_hours", "empty_hours", "calibration", "recordings"}


def test_every_measure_has_its_place_in_the_document_and_strangers_come_first() -> None:
    assert [name for names in measures.GROUPS.values() for name in names] == list(measures.MEASURES)
    assert next(iter(measures.MEASURES)) == "strips"


def test_the_trials_of_a_group_are_dealt_out_evenly_to_its_layouts() -> None:
    dealt = Runner(first_seed=7).dealt(100)
    counts = {group: Counter(layout for _, layout in trials) for group, trials in dealt.items()}
    assert counts == {"3x1, 2x2": {"3x1": 50, "2x2": 50}, "4x2, 4x3, 4x4": {"4x2": 34, "4x3": 33, "4x4": 33}}
    assert all([seed for seed, _ in trials] == list(range(7, 107)) for trials in dealt.values())
    assert list(Runner(stranger_layouts=("4x3",)).dealt(1)) == ["4x2, 4x3, 4x4"]
