"""Measures on real recordings: cuts and stays are judged right, and missing recordings are named."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from acumat.contract.events import Event, EventType
from tests.accuracy import cuts, pmd, real_measures
from tests.accuracy.cuts import Cut
from tests.accuracy.data_folder import folder
from tests.accuracy.runner import Runner


def test_a_cut_begins_where_nobody_turns_over() -> None:
    mv = np.full(1000, 2000.0)
    mv[200:240] = 1500.0  # a turn from 20 to 24 s
    assert cuts.quiet_moments(mv, 10.0, 60.0) == [10.0, 24.0, 31.0, 38.0, 45.0, 52.0, 59.0]


def test_readings_are_means_at_ten_a_second(tmp_path: Path) -> None:
    path = tmp_path / "record.npz"
    np.savez(path, fsr_mV=np.arange(175, dtype=float), fs_fsr=175.0)
    found = cuts.readings(path)
    assert len(found) == 10
    assert found[0] == pytest.approx(np.mean(np.arange(18)), abs=0.51)
    assert np.diff(found) == pytest.approx([17.5] * 9, abs=0.51)


@pytest.mark.data
def test_no_still_person_on_the_real_strip_is_withdrawn() -> None:
    found = cuts.rows(cuts.measure(folder("fsr408_bed")))
    (withdrawn,) = [row for row in found.rows if (row.name, row.layout) == ("withdrawn", "all")]
    assert withdrawn.n >= 40
    assert withdrawn.reached


def test_cuts_that_are_never_confirmed_weigh_in_the_percentile() -> None:
    found = [Cut("bed_a", 0.0, 10.0, withdrawn=False)] * 9 + [Cut("bed_a", 0.0, None, withdrawn=True)]
    rows = {(row.name, row.layout): row for row in cuts.rows(found).rows}
    assert rows["withdrawn", "all"].figure == 10.0
    assert rows["withdrawn", "all"].reached is False
    assert rows["confirmed within 20 s", "all"].figure == 90.0
    assert rows["confirmed, p95", "all"].figure == math.inf
    assert ("withdrawn", "bed_whisper") not in rows


@pytest.mark.parametrize(
    ("began", "ended", "right"),
    [
        ([100.5], [199.0], True),
        ([100.5, 150.0], [140.0, 199.0], False),
        ([150.0], [199.0], False),
        ([100.5], [150.0], False),
        ([100.5], [], False),
        ([], [], False),
    ],
)
def test_a_stay_is_right_if_it_is_one_session_with_both_edges(began: list[float], ended: list[float], right: bool) -> None:
    events = [Event(EventType.SESSION_STARTED, at_s + 30, "", "", at_s) for at_s in began]
    events += [Event(EventType.GOT_UP, at_s + 2, "", "", at_s) for at_s in ended]
    assert pmd._one_session(events, 100.0, 200.0) is right


@pytest.mark.parametrize("name", ["strips", "maps", "breaths", "belts"])
def test_recordings_that_are_not_there_are_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = real_measures.MEASURES[name]
    monkeypatch.delenv("ACUMAT_DATA", raising=False)
    assert "ACUMAT_DATA" in measure(Runner(scale=0.01)).not_measured
    monkeypatch.setenv("ACUMAT_DATA", str(tmp_path))
    assert "has no `" in measure(Runner(scale=0.01)).not_measured
