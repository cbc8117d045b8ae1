"""Recordings of the families are readable, and their truth is beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from acumat_hw.errors import InputError
from acumat_hw.recording import open_recording
from tests.accuracy import dump
from tests.accuracy.strangers import breath_file, layout_of, stranger


def test_a_recording_holds_the_frames_and_its_truth_lies_beside_it(tmp_path: Path) -> None:
    assert dump.main(["neck", "4x2", "3", "--to", str(tmp_path), "--rate", "2"]) == 0
    recording = open_recording(tmp_path / "neck-4x2-3.csv.gz")
    read = list(recording.frames())
    expected = list(dump.frames(stranger("neck", 3, layout_of("4x2")), 2.0))
    assert [frame.codes for frame in read] == [frame.codes for frame in expected]
    assert recording.problems == []
    truth = json.loads((tmp_path / "neck-4x2-3.truth.json").read_text())
    assert (truth["kind"], truth["mode"], len(truth["sessions"])) == ("person", "neck", 1)
    (session,) = truth["sessions"]
    inside = [at_s for at_s in truth["breaths_s"] if session["start"] <= at_s <= session["end"]]
    assert 4 < 60 * len(inside) / (session["end"] - session["start"]) < 30


def test_arrays_hold_the_same_frames(tmp_path: Path) -> None:
    dump.main(["box", "4x2", "1-2", "--to", str(tmp_path), "--rate", "1", "--npz"])
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["box-4x2-1.npz", "box-4x2-2.npz"]
    data = np.load(tmp_path / "box-4x2-2.npz")
    expected = [frame.codes for frame in dump.frames(stranger("box", 2, layout_of("4x2")), 1.0)]
    assert data["codes"].tolist() == [list(codes) for codes in expected]
    assert data["t_s"][10] == pytest.approx(10.0)
    assert json.loads((tmp_path / "box-4x2-1.truth.json").read_text())["sessions"] == []


def test_each_recorded_person_breathes_by_both_depths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUMAT_DATA", str(tmp_path))
    with pytest.raises(InputError, match="ACUMAT_DATA"):
        breath_file(1)
    folder = tmp_path / "bidmc"
    folder.mkdir()
    for name in ("one", "two"):
        swing = np.sin(2 * np.pi * np.arange(12_000) / 100)
        np.savez(folder / f"{name}.npz", resp=0.5 + 0.4 * swing, fs=25.0)
    assert [breath_file(seed).stem for seed in range(5)] == ["one", "one", "two", "two", "one"]
    (span,) = stranger("real_breath", 2, layout_of("4x2")).lying()
    assert span.end_s - span.start_s > 400
