"""Marks survive the file, and a file without usable ones is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.fieldtest import marks
from acumat.fieldtest.script import POSITIONS
from acumat_hw.errors import InputError
from acumat_hw.frame import Frame
from acumat_hw.layout import grid
from acumat_hw.recording import RecordingWriter, open_recording


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "field.csv"
    with RecordingWriter(path, grid(2, 2, rm_ohm=3300.0)) as writer:
        writer.write(Frame.complete(0.0, 0, (1, 2, 3, 4)))
    return path


def test_a_mark_reaches_to_the_next_one_and_the_last_as_long_as_it_was_asked_for(recording: Path) -> None:
    marks.append(recording, 0.0, POSITIONS["empty"])
    marks.append(recording, 45.1, POSITIONS["sit_on_edge"])
    first, second = marks.read(recording)
    assert (first.position.name, first.from_s, first.to_s) == ("empty", 0.0, 45.0)
    assert (second.from_s, second.to_s) == (45.1, 90.1)


def test_a_mark_ends_where_the_next_one_came_early(recording: Path) -> None:
    marks.append(recording, 0.0, POSITIONS["empty"])
    marks.append(recording, 20.0, POSITIONS["sit_on_edge"])
    assert marks.read(recording)[0].to_s == 20.0


def test_the_recording_is_as_readable_as_before(recording: Path) -> None:
    layout = open_recording(recording).layout
    marks.append(recording, 0.0, POSITIONS["empty"])
    opened = open_recording(recording)
    assert opened.layout == layout
    assert len(list(opened.frames())) == 1


def test_a_position_of_another_version_is_left_out(recording: Path) -> None:
    _add(recording, '[[marks]]\nt_s = 0\nposition = "headstand"\n[[marks]]\nt_s = 9\nposition = "stand"')
    assert [mark.position.name for mark in marks.read(recording)] == ["stand"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no [[marks]]"),
        ("marks = 3", "has no [[marks]]"),
        ('[[marks]]\nposition = "stand"', "number 1: t_s must be a number"),
        ('[[marks]]\nt_s = nan\nposition = "stand"', "t_s must be a number"),
        ('[[marks]]\nt_s = true\nposition = "stand"', "t_s must be a number"),
        ("marks = [1]", "t_s must be a number"),
        ("\n".join(['[[marks]]\nt_s = 1\nposition = "stand"'] * 101), "up to 100"),
    ],
)
def test_marks_that_cannot_be_used_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "field.toml").write_text(text + "\n")
    with pytest.raises(InputError, match=r"field\.toml") as raised:
        marks.read(tmp_path / "field.csv")
    assert said in str(raised.value)


def _add(recording: Path, text: str) -> None:
    path = recording.with_suffix(".toml")
    path.write_text(path.read_text() + "\n" + text + "\n")
