"""The numbers of a mat against courses whose noise, sway, creep and rise are known."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.fieldtest import marks
from acumat.fieldtest.numbers import Course, creep_pct, noise_pct, numbers, rise_s, sway_pct
from acumat.fieldtest.script import POSITIONS
from acumat_hw.frame import Frame
from acumat_hw.layout import grid
from acumat_hw.recording import RecordingWriter, open_recording

RATE_HZ = 10.0


def course(load_us: Callable[[float], float], *, seconds: float = 120.0, from_s: float = 100.0) -> Course:
    """Two sensors that bear three and one part of a load, and one that bears nothing."""
    times = [from_s + index / RATE_HZ for index in range(int(seconds * RATE_HZ))]
    loads = [load_us(t_s - from_s) for t_s in times]
    return Course(tuple(times), tuple((0.75 * us, 0.25 * us, 0.0) for us in loads))


def test_noise_is_that_of_the_loaded_sensors_whatever_moves_slowly() -> None:
    random_ = random.Random(1)
    made = course(lambda t_s: (400 + 20 * math.sin(0.2 * t_s)) * (1 + random_.gauss(0, 0.001)))
    assert noise_pct(made) == pytest.approx(0.1, rel=0.1)
    assert noise_pct(course(lambda _: 0.0)) is None


def test_sway_is_what_is_quicker_than_ten_seconds() -> None:
    made = course(lambda t_s: 400 * (1 + 0.01 * math.sin(2 * math.pi * t_s / 5) + 0.001 * t_s))
    assert sway_pct(made) == pytest.approx(0.01 / math.sqrt(2) * 100 / 1.06, rel=0.1)
    assert sway_pct(course(lambda _: 400.0)) == pytest.approx(0.0, abs=1e-6)
    assert sway_pct(course(lambda _: 0.0)) is None


@pytest.mark.parametrize("per_decade", [0.0, 0.05, 0.2])
def test_creep_is_counted_from_when_the_load_came_on(per_decade: float) -> None:
    made = course(lambda t_s: 400 * (1 + per_decade * math.log10(t_s + 60)))
    usual = 1 + per_decade * math.log10(90)
    found = creep_pct(made, 40.0)  # 60 s before the position began
    assert found is not None
    assert found == pytest.approx(100 * per_decade / usual, rel=0.05, abs=1e-9)
    assert creep_pct(made, math.nan) is None


def test_the_load_rises_from_a_tenth_to_nine_tenths() -> None:
    made = course(lambda t_s: 400 * min(1.0, max(0.0, (t_s - 10) / 5)), seconds=60)
    assert rise_s(made) == pytest.approx(4.0, abs=0.21)
    assert rise_s(course(lambda _: 0.0)) is None


@pytest.mark.parametrize("rm_ohm", [3300.0, 10_000.0])
def test_loads_stand_above_the_empty_mat_and_against_lying_still(tmp_path: Path, rm_ohm: float) -> None:
    """100 us more than empty while lying, 25 us more on standing."""
    layout = grid(2, 2, rm_ohm=rm_ohm)
    path = tmp_path / "field.csv"
    with RecordingWriter(path, layout) as writer:
        for index in range(600):
            us = 5.0 + (0.0, 100.0, 25.0)[index // 200]
            x = us * rm_ohm / (1e6 + us * rm_ohm)
            writer.write(Frame.complete(index / 10, index, (round(x * layout.vcc_v / layout.lsb_v),) * 4))
    for at_s, name in ((0.0, "empty"), (20.0, "lie_still"), (40.0, "stand")):
        marks.append(path, at_s, POSITIONS[name])
    found = {(each.what, each.position): each.value for each in numbers(open_recording(path), marks.read(path))}
    assert found["load against lying still", "stand"] == pytest.approx(25.0, abs=0.1)
    assert found["load against lying still", "bag"] is None
    assert found["creep a decade of time", "bag"] is None


def test_without_an_empty_mat_nothing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "field.csv"
    with RecordingWriter(path, grid(2, 2, rm_ohm=3300.0)) as writer:
        for index in range(100):
            writer.write(Frame.complete(index / 10, index, (1000,) * 4))
    marks.append(path, 0.0, POSITIONS["stand"])
    assert {each.value for each in numbers(open_recording(path), marks.read(path))} == {None}
