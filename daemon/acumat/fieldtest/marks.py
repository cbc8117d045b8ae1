"""The marks of a field test in the TOML file of its recording: when each position was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from acumat.fieldtest.script import POSITIONS, Position
from acumat_hw.errors import InputError
from acumat_hw.recording import description_path
from acumat_hw.text_file import shown_path
from acumat_hw.toml_file import read_toml

MOST_MARKS = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """A position that was asked for, from `from_s` until before `to_s`, in seconds of the recording."""

    position: Position
    from_s: float
    to_s: float


def append(recording: Path, t_s: float, position: Position) -> None:
    """Write that this position begins. Raises OSError if the disk is full."""
    with description_path(recording).open("a", encoding="utf-8", newline="\n") as file:
        file.write(f'\n[[marks]]\nt_s = {t_s:.6f}\nposition = "{position.name}"\n')


def read(recording: Path) -> tuple[Mark, ...]:
    """The marks in order of time, each to the next one. Raises InputError where there are none or one cannot be used.

    A position that this version does not ask for is left out.
    """
    path = description_path(recording)
    found = read_toml(path).data.get("marks")
    if not isinstance(found, list) or not found:
        raise InputError(f"{shown_path(path)}: has no [[marks]]; only a recording of acumat fieldtest has them")
    if len(found) > MOST_MARKS:
        raise InputError(f"{shown_path(path)}: has {len(found)} [[marks]]; a field test has up to {MOST_MARKS}")
    began: list[tuple[float, Position | None]] = []
    for number, table in enumerate(found, start=1):
        t_s = table.get("t_s") if isinstance(table, dict) else None
        if isinstance(t_s, bool) or not isinstance(t_s, int | float) or not math.isfinite(t_s):
            raise InputError(f"{shown_path(path)}: [[marks]] number {number}: t_s must be a number of seconds")
        began.append((float(t_s), POSITIONS.get(str(table.get("position")))))
    began.sort(key=lambda each: each[0])
    ends = [*(t_s for t_s, _ in began[1:]), math.inf]
    return tuple(
        Mark(position, t_s, min(end_s, t_s + position.seconds))
        for (t_s, position), end_s in zip(began, ends, strict=True)
        if position is not None
    )
