"""Frames to and from a file: format version 1, a CSV of codes with the electrical facts in a TOML file beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from acumat_hw.errors import InputError
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout
from acumat_hw.recording_file import BROKEN, MAX_LINE, create, description_path, reading
from acumat_hw.recording_toml import FLAGS_COLUMN, MAX_SENSORS, TIME_COLUMN, Start, describe, is_name, read_description
from acumat_hw.text_file import shown_text

__all__ = ["Recording", "RecordingWriter", "Start", "description_path", "open_recording"]

MAX_PROBLEMS = 100
"""Lines reported one by one; a file with more is reported by their number."""
MAX_UNUSABLE = 100_000
"""So many rows in a row that cannot be used: this is no recording any more, whatever its size."""
MOST_S = 1e10
"""Seconds; a logger that writes Unix times stays below."""
MOST_CODE = 2**31 - 1
"""Converters of up to 32 bits."""


class Recording:
    """An opened recording; `problems` is filled while `frames()` is read and starts anew with each reading."""

    def __init__(self, path: Path, layout: Layout, start: Start | None, columns: tuple[str, ...]) -> None:
        self.path = path
        self.layout = layout
        self.start = start
        self.problems: list[str] = []
        self._unreported = 0
        self._width = len(columns)
        self._names = {sensor.name: index for index, sensor in enumerate(layout.sensors)}
        self._order = [columns.index(sensor.name) for sensor in layout.sensors]
        self._has_flags = columns[-1] == FLAGS_COLUMN

    def frames(self) -> Iterator[Frame]:
        """All frames in the order of the layout, `t_mono_s` being the file's t_s and `seq` the row from 0.

        A row that cannot be used is skipped and reported in `problems`, as is a file that breaks off.
        """
        self.problems = []
        self._unreported = 0
        last_s = -math.inf
        used = 1
        for number, text in self._rows():
            if number - used > MAX_UNUSABLE:
                self.problems.append(f"{self.path}:{used + 1}: no row can be used from here on; check how the file was made")
                break
            if not text:
                continue
            try:
                frame = self._frame(text.split(","), number - 2, number)
                if frame.t_mono_s <= last_s:
                    raise ValueError(f"t_s is {frame.t_mono_s:g} after {last_s:g}; sort the rows")  # noqa: TRY301
            except ValueError as error:
                self._report(number, f"{error}; the row is skipped")
                continue
            last_s, used = frame.t_mono_s, number
            yield frame
        if self._unreported:
            self.problems.append(f"{self.path}: {self._unreported} more rows are skipped; check how the file was made")

    def _rows(self) -> Iterator[tuple[int, str]]:
        """Number and text of each line after the header, as far as the file goes."""
        number = 1
        try:
            with reading(self.path) as file:
                file.readline(MAX_LINE)
                while line := file.readline(MAX_LINE):
                    number += 1
                    if len(line) == MAX_LINE:
                        self._breaks_off(number, f"a line of {MAX_LINE} characters or more")
                        return
                    yield number, line.rstrip("\r\n")
        except (InputError, *BROKEN) as error:
            self._breaks_off(number + 1, str(error))

    def _breaks_off(self, number: int, why: str) -> None:
        self.problems.append(
            f"{self.path}:{number}: the file breaks off here ({why}); the rows before are used, copy the file again"
        )

    def _frame(self, cells: list[str], seq: int, number: int) -> Frame:
        if len(cells) != self._width:
            raise ValueError(f"{len(cells)} cells where the header has {self._width}; complete or remove the row")
        t_s = _number(cells[0], TIME_COLUMN, MOST_S)
        flags = cells[-1] if self._has_flags else ""
        if not flags:
            try:
                codes_read = tuple([int(cells[index]) for index in self._order])
            except ValueError:
                codes_read = ()  # an empty cell or a float, or garbage: told apart cell by cell
            if codes_read and min(codes_read) >= -MOST_CODE and max(codes_read) <= MOST_CODE:
                return Frame.complete(t_s, seq, codes_read)
        codes = tuple([_code(cells[index], name) for name, index in zip(self._names, self._order, strict=True)])
        reasons = self._reasons(flags, number) if flags else {}
        missing = tuple([reasons.get(index, Missing.NO_DATA) if code is None else None for index, code in enumerate(codes)])
        return Frame(t_s, seq, codes, missing)

    def _reasons(self, flags: str, number: int) -> dict[int, Missing]:
        reasons: dict[int, Missing] = {}
        for flag in flags.split(";"):
            name, _, reason = flag.partition("=")
            try:
                reasons[self._names[name.strip()]] = Missing(reason.strip())
            except (KeyError, ValueError):
                known = ", ".join(Missing)
                self._report(number, f"the flag {shown_text(flag)!r} is no sensor=reason and is left out; reasons are {known}")
        return reasons

    def _report(self, number: int, what: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{self.path}:{number}: {what}")
        else:
            self._unreported += 1


def open_recording(path: Path) -> Recording:
    """The recording `NAME.csv` or `NAME.csv.gz` with its `NAME.toml`.

    Raises InputError naming all that is wrong when the description or the header cannot be used.
    """
    description = description_path(path)
    problems: list[str] = []
    layout, start = read_description(description, problems)
    columns = _read_header(path, problems)
    if layout is not None and columns:
        _match(path, description, layout, columns, problems)
    if problems or layout is None:
        raise InputError("\n".join(problems))
    return Recording(path, layout, start, columns)


class RecordingWriter:
    """Writes frames as a recording; the files are made with the first frame, or by `close()` if there was none."""

    def __init__(self, path: Path, layout: Layout, start: Start | None = None) -> None:
        self._path = path
        self._layout = layout
        self._start = start
        self._file: TextIO | None = None
        self._closed = False
        self._zero_s = 0.0
        self._last_us = -1

    def write(self, frame: Frame) -> None:
        """One row, its time relative to the first frame.

        Raises InputError if the files cannot be made, OSError if the disk is full, ValueError for a frame not later than the
        last by a microsecond or after `close()`.
        """
        if self._closed:
            raise ValueError(f"{self._path}: the recording is closed")
        if self._file is None:
            self._file = self._create()
            self._zero_s = frame.t_mono_s
        t_us = round((frame.t_mono_s - self._zero_s) * 1e6)
        if t_us <= self._last_us:
            raise ValueError(f"{self._path}: the frame at {frame.t_mono_s} s is not later than the one before")
        self._last_us = t_us
        cells = ",".join(["" if code is None else str(code) for code in frame.codes])
        flags = self._flags(frame) if None in frame.codes else ""
        self._file.write(f"{t_us // 1_000_000}.{t_us % 1_000_000:06d},{cells},{flags}\n")

    def close(self) -> None:
        """Finishes the file; may be called twice."""
        if not self._closed:
            self._closed = True
            (self._file or self._create()).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _create(self) -> TextIO:
        names = [sensor.name for sensor in self._layout.sensors]
        bad = [name for name in names if not is_name(name)]
        if bad or len(set(names)) != len(names):
            raise InputError(
                f"{self._path}: sensor names must differ and be free of , ; = and quotes: {', '.join(bad or names)}"
            )
        file = create(self._path, describe(self._layout, self._start))
        file.write(",".join([TIME_COLUMN, *names, FLAGS_COLUMN]) + "\n")
        return file

    def _flags(self, frame: Frame) -> str:
        return ";".join(
            f"{sensor.name}={reason}"
            for sensor, reason in zip(self._layout.sensors, frame.missing, strict=True)
            if reason is not None and reason is not Missing.NO_DATA
        )


def _number(cell: str, column: str, most: float) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{cell[:40]!r} under {column} is no number; correct or remove the row") from None
    if not math.isfinite(value):
        raise ValueError(f"{cell[:40]!r} under {column} is not finite; leave the cell empty where there is no reading")
    if abs(value) > most:
        raise ValueError(f"{cell[:40]!r} under {column} is beyond {most:g}; correct or remove the row")
    return value


def _code(cell: str, column: str) -> int | None:
    return round(_number(cell, column, MOST_CODE)) if cell.strip() else None


def _read_header(path: Path, problems: list[str]) -> tuple[str, ...]:
    try:
        with reading(path) as file:
            line = file.readline(MAX_LINE).strip()
    except InputError as error:
        missing = isinstance(error.__cause__, FileNotFoundError)
        problems.append(f"{path}: there is no such file; check the path" if missing else str(error))
        return ()
    except BROKEN as error:
        problems.append(f"{path}: cannot be read ({error}); check its rights, or copy the file again")
        return ()
    columns = tuple(cell.strip() for cell in line.split(","))
    if columns[0] != TIME_COLUMN or len(columns) < 2:
        problems.append(f"{path}:1: the header must be {TIME_COLUMN},<sensor>,... and not {line[:60]!r}; add or correct it")
        return ()
    if len(columns) > MAX_SENSORS + 2:
        problems.append(f"{path}:1: the header names {len(columns)} columns; a recording has up to {MAX_SENSORS} sensors")
        return ()
    return columns


def _match(path: Path, description: Path, layout: Layout, columns: tuple[str, ...], problems: list[str]) -> None:
    named = columns[1:-1] if columns[-1] == FLAGS_COLUMN else columns[1:]
    known = [sensor.name for sensor in layout.sensors]
    problems += [
        f"{path}:1: the column {name!r} is not in {description}; describe it there" for name in named if name not in known
    ]
    problems += [f"{path}:1: no column for the sensor {name!r} of {description}; add it" for name in known if name not in named]
    problems += [
        f"{path}:1: the column {name!r} is there twice; keep one" for name in sorted({n for n in named if named.count(n) > 1})
    ]
