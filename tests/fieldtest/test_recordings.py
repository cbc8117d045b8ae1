"""Recordings of real volunteers, in tests/data/field and in the folder `field` of $ACUMAT_DATA: what was right stays right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acumat.detect.parameters import Parameters
from acumat.fieldtest import marks, verdict
from acumat.fieldtest.judge import judge, see
from acumat_hw.recording import open_recording

FOLDERS = (Path(__file__).parents[1] / "data" / "field", Path(os.environ.get("ACUMAT_DATA", "/nonexistent")) / "field")
RECORDINGS = [path for folder in FOLDERS for path in sorted(folder.glob("*.csv*"))]


NONE = "no volunteer has recorded a field test yet, in tests/data/field or in the folder field of $ACUMAT_DATA"


@pytest.mark.parametrize(
    "recording", RECORDINGS or [pytest.param(Path(), marks=pytest.mark.skip(reason=NONE))], ids=lambda path: path.name
)
def test_no_position_is_judged_worse_than_in_its_verdict(recording: Path) -> None:
    before = verdict.written(recording)
    assert before, "a recording lies there with its verdict"
    found = judge(see(open_recording(recording), Parameters()), marks.read(recording))
    assert verdict.worse(found, before) == []
