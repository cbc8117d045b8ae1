"""A recording is written over nothing but an earlier recording, and read within bounds."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from acumat_hw.errors import InputError
from acumat_hw.frame import Frame
from acumat_hw.layout import grid
from acumat_hw.recording import MAX_UNUSABLE, RecordingWriter, open_recording
from acumat_hw.recording_file import MAX_LINE, foreign_file

LAYOUT = grid(2, 1, rm_ohm=3300.0)


def recorded(path: Path, code: int = 1) -> None:
    with RecordingWriter(path, LAYOUT) as writer:
        writer.write(Frame.complete(1.0, 0, (code, 2)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.toml", "duration_s = 60\n[[step]]\nat_s = 1\ndo = 'lie_down'\n"),
        ("mine.toml", "[[sensors]]\nname = 'a'\n"),
        ("mine.toml", "[adc]\nlsb_v = 1\n"),
        ("mine.toml", "not toml"),
        ("mine.csv", "date,amount\n2026-11-29,7\n"),
        ("mine.csv", "t_seconds\n"),
    ],
)
def test_what_is_no_recordings_stays_as_it_is(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=rf"{name}: is there already and is not this recording's"):
        recorded(tmp_path / "mine.csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: content}


def test_a_packed_file_that_holds_something_else_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv.gz"
    path.write_bytes(gzip.compress(b"date,amount\n"))
    assert foreign_file(path) == path
    path.write_bytes(b"no gzip file")
    assert foreign_file(path) == path


def test_a_pipe_is_neither_waited_for_nor_written_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.csv")
    assert foreign_file(tmp_path / "mine.csv") == tmp_path / "mine.csv"
    (tmp_path / "mine.toml").write_text(
        "[adc]\nlsb_v = 0.1\nvcc_v = 3.3\n[[sensors]]\nname = 'a'\nx_mm = 0\ny_mm = 0\nrm_ohm = 1\n"
    )
    with pytest.raises(InputError, match=r"mine\.csv: is no regular file"):
        open_recording(tmp_path / "mine.csv")


@pytest.mark.parametrize("name", ["mine.csv", "mine.csv.gz"])
def test_an_earlier_recording_and_an_empty_file_may_be_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (tmp_path / "mine.toml").touch()
    recorded(tmp_path / name)
    recorded(tmp_path / name, code=5)
    assert [frame.codes for frame in open_recording(tmp_path / name).frames()] == [(5, 2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "mine.toml"]


def packed(path: Path, *chunks: tuple[bytes, int]) -> Path:
    """A gzip file of chunks, each so many times."""
    recorded(path)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for chunk, times in chunks:
            for _ in range(times):
                file.write(chunk)
    return path


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    rows = b"t_s,r1c1,r2c1\n0,1,2\n"
    path = packed(tmp_path / "bomb.csv.gz", (rows, 1), (b"0" * 1_000_000, 200))
    recording = open_recording(path)
    assert [frame.codes for frame in recording.frames()] == [(1, 2)]
    (problem,) = recording.problems
    assert problem.startswith(f"{path}:3: the file breaks off here (a line of {MAX_LINE} characters or more)")


def test_a_header_without_an_end_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "bomb.csv.gz", (b"t_s" + b",a" * 500_000, 100))
    with pytest.raises(InputError, match="columns; a recording has up to 64 sensors"):
        open_recording(path)


@pytest.mark.parametrize("line", [b"\n", b"x\n", b"0,1,2\n"])
def test_lines_that_cannot_be_used_are_not_read_for_ever(tmp_path: Path, line: bytes) -> None:
    path = packed(tmp_path / "bomb.csv.gz", (b"t_s,r1c1,r2c1\n0,1,2\n", 1), (line * 1000, 5000))
    recording = open_recording(path)
    assert len(list(recording.frames())) == 1
    assert f"{path}:3: no row can be used from here on; check how the file was made" in recording.problems
    assert len(recording.problems) <= 102
    assert MAX_UNUSABLE < 5_000_000
