"""Balance and posture shifts on real pressure maps: pads cut out of maps of people in 17 postures, through simulated sensors.

The maps (PhysioNet pmd 1.0.0, a frame a second) are not in the repository: $ACUMAT_DATA names the folder that holds `pmd`. Each
map is held for a second and read ten times; the mat is empty for a minute before the first posture and after every fourth. The
divider is mismatched: parts differ by 30 %, conductance grows with force to the power 0.8, and the resistor is 1.5 times what
the layout says. The truth is the map itself: its left and right, head and foot half under the mat, as an index from -1 to 1. A
posture changes from one map to the next, without the mat being empty in between, three times of four.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from acumat.contract.events import Event, EventType
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from acumat_sim.fsr import Fsr, FsrTraits, divider_volts
from acumat_sim.scenario import RM_OHM
from acumat_sim.streams import stream
from tests.accuracy.report import Report, Row, Table, count_row
from tests.accuracy.trials import mat_layout

TOP_ROW, BOTTOM_ROW, LEFT_COLUMN, RIGHT_COLUMN = 8, 32, 7, 25
"""Where a mat of 72 x 43 cm lies under the trunk, in cells of the map."""
FIRST_S, RATE, EMPTY_S, POSTURES_BETWEEN = 2, 10, 60, 4
SETTLED_S = 3
"""A posture is compared from here on: changing it has no one answer."""
SPREAD, EXPONENT, RM_OFF = 0.30, 0.8, 1.5
CLEAR_SIDE = 0.15
GRAVITY = 9.81
CHANGES_FOUND, FALSE_AN_HOUR = 0.75, 2.0
"""What is asked of posture shifts."""
LATE_S = 15.0
"""A shift reported later than this after the posture changed is another one."""
LIMITS = {"4x2": (0.10, 0.10), "4x4": (0.06, 0.08)}
"""Lateral and head-foot mean error that are asked for."""

EDGE_S = 2.0
"""A stay is right if it is one session whose edges are dated this near to the truth."""

Errors = list[tuple[float, float, float, float]]
"""Lateral said and true, head-foot said and true."""


@dataclass(frozen=True, slots=True)
class Lain:
    """One person on one layout with one set of parts: errors of the balance, stays on the mat, and how many were right."""

    name: str
    errors: Errors
    stays: int
    right: int


def folder() -> Path:
    return Path(os.environ.get("ACUMAT_DATA", "/nonexistent")) / "pmd"


def subjects() -> list[str]:
    return sorted(path.stem for path in folder().glob("exp1_*.npz"))


@dataclass(frozen=True, slots=True)
class Second:
    """What bears on the pads for a second (N), how the map's halves differ where that is to be compared, and the posture.

    `posture` counts postures from 1 on, and is 0 while the mat is empty.
    """

    forces_n: tuple[float, ...]
    truth: tuple[float, float] | None
    posture: int


def balance(job: tuple[str, str, int]) -> Lain:
    """One person on one layout with one set of parts."""
    name, layout_name, seed = job
    pipeline, found = Pipeline(mat_layout(layout_name)), []
    events: list[Event] = []
    edges: list[float] = []
    loaded = False
    for at_s, (second, frames) in enumerate(readings(name, layout_name, seed)):
        if (second.posture > 0) is not loaded:
            loaded = second.posture > 0
            edges.append(float(at_s))
        for frame in frames:
            events += pipeline.step(frame)
        state = pipeline.state
        if second.truth is not None and state.lateral is not None and state.head_foot is not None:
            found.append((state.lateral / 100, second.truth[0], state.head_foot / 100, second.truth[1]))
    stays = list(zip(edges[::2], edges[1::2], strict=False))
    return Lain(name, found, len(stays), sum(_one_session(events, *stay) for stay in stays))


def _one_session(events: Sequence[Event], from_s: float, to_s: float) -> bool:
    """Whether a stay is one session from its start to its end."""

    def dated(event_type: EventType) -> list[float]:
        at_s = [
            each.t_mono_s if each.edge_mono_s is None else each.edge_mono_s for each in events if each.event_type is event_type
        ]
        return [each for each in at_s if from_s - EDGE_S <= each <= to_s + EDGE_S]

    began, ended = dated(EventType.SESSION_STARTED), dated(EventType.GOT_UP)
    return len(began) == len(ended) == 1 and began[0] <= from_s + EDGE_S and ended[0] >= to_s - EDGE_S


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of posture that were made and found, shifts reported while none was made, and hours of holding still."""

    made: int
    found: int
    false: int
    still_h: float


def changes(job: tuple[str, str, int]) -> Changes:
    """One person on one layout with one set of parts; coming and leaving is no change of posture."""
    name, layout_name, seed = job
    pipeline = Pipeline(mat_layout(layout_name))
    reported: list[float] = []
    made: list[float] = []
    before, still_s, lain_s = 0, 0.0, 0.0
    for index, (second, frames) in enumerate(readings(name, layout_name, seed)):
        if before and second.posture and second.posture != before:
            made.append(float(index))
        before, lain_s = second.posture, lain_s + 1.0 if second.posture else 0.0
        still_s += lain_s > LATE_S
        for frame in frames:
            reported += [event.t_mono_s for event in pipeline.step(frame) if event.event_type is EventType.POSTURE_SHIFT]
    hits = {next((t for t in reported if change <= t <= change + LATE_S), None) for change in made} - {None}
    still_s -= LATE_S * len(made)
    return Changes(len(made), len(hits), len(reported) - len(hits), still_s / 3600)


def readings(name: str, layout_name: str, seed: int) -> Iterator[tuple[Second, list[Frame]]]:
    """Second by second what bears on the pads, and the frames that it gives through this seed's parts."""
    layout = mat_layout(layout_name)
    random_ = stream(seed, "pmd parts")
    sensors = [
        Fsr(FsrTraits(gain=1 + random_.uniform(-SPREAD, SPREAD), exponent=EXPONENT), stream(seed, f"pmd {i}"))
        for i in range(len(layout.sensors))
    ]
    noise = stream(seed, "pmd conversions")
    slot = 0
    for second in seconds(name, layout_name):
        frames = []
        for _ in range(RATE):
            volts = [
                divider_volts(fsr.step(force, 1 / RATE), RM_OHM * RM_OFF, layout.vcc_v)
                for fsr, force in zip(sensors, second.forces_n, strict=True)
            ]
            codes = tuple(round(v / layout.lsb_v + noise.gauss(0, 1)) for v in volts)
            frames.append(Frame.complete(slot / RATE, slot, codes))
            slot += 1
        yield second, frames


def seconds(name: str, layout_name: str) -> Iterator[Second]:
    """The person's maps in the order of their postures, with the mat empty at first and after every fourth."""
    import numpy as np

    data = np.load(folder() / f"{name}.npz")
    maps, posture, t_s = data["frames"].astype(float), data["posture_id"], data["t_s"]
    maps = np.minimum(maps, 1000.0)
    n_per_unit = float(data["age_height_weight"][2]) * GRAVITY / float(np.median(maps.sum(axis=(1, 2))))
    empty = [Second((0.0,) * len(mat_layout(layout_name).sensors), None, 0)] * EMPTY_S
    yield from empty
    for number, which in enumerate(sorted(set(posture.tolist())), start=1):
        chosen = maps[(posture == which) & (t_s >= FIRST_S)]
        for second, cells in enumerate(chosen):
            under = cells[TOP_ROW:BOTTOM_ROW, LEFT_COLUMN:RIGHT_COLUMN]
            truth = _truth(under) if second >= SETTLED_S else None
            yield Second(pads(under, layout_name, n_per_unit), truth, number)
        if number % POSTURES_BETWEEN == 0:
            yield from empty


def pads(under: Any, layout_name: str, n_per_unit: float) -> tuple[float, ...]:
    """Newtons on squares of three cells, one in the middle of each sensor's part of the mat."""
    rows, columns = (int(each) for each in layout_name.split("x"))
    height, width = under.shape
    forces = []
    for row in range(rows):
        for column in range(columns):
            middle_row, middle_column = int(height * (row + 0.5) / rows), int(width * (column + 0.5) / columns)
            square = under[middle_row - 1 : middle_row + 2, middle_column - 1 : middle_column + 2]
            forces.append(float(square.sum()) * n_per_unit)
    return tuple(forces)


def _truth(under: Any) -> tuple[float, float]:
    total = float(under.sum())
    right, head = float(under[:, under.shape[1] // 2 :].sum()), float(under[: under.shape[0] // 2].sum())
    return 2 * right / total - 1, 2 * head / total - 1


def balance_rows(found: dict[str, list[Lain]], seeds: str) -> Report:
    """Errors and stays of all people and parts on each layout, and person by person."""
    report = Report("Real pressure maps of people, through mismatched dividers, uncalibrated")
    cells: list[tuple[str, ...]] = []
    for layout, people in found.items():
        errors = [each for one in people for each in one.errors]
        lateral, head_foot = _off(errors)
        clear = [said * true > 0 for said, true, *_ in errors if abs(true) > CLEAR_SIDE]
        limits = LIMITS.get(layout, (None, None))
        n = len(errors)
        report.rows.append(Row("lateral error, mean", layout, n, seeds, fmean(lateral), limits[0], "index"))
        report.rows.append(Row("head-foot error, mean", layout, n, seeds, fmean(head_foot), limits[1], "index"))
        share = sum(clear) / max(1, len(clear))
        report.rows.append(Row("side right where it is clear", layout, len(clear), seeds, share, 0.97, "of 1", least=True))
        stays, right = sum(one.stays for one in people), sum(one.right for one in people)
        report.rows.append(count_row("stays that are not one session", layout, stays - right, stays, seeds))
        report.spread("lateral error", layout, "index", lateral)
        report.spread("head-foot error", layout, "index", head_foot)
        cells += _by_person(layout, people)
    head = ("person", "layout", "stays", "right", "lateral error, mean", "head-foot error, mean")
    report.tables.append(Table("Person by person", head, tuple(cells)))
    return report


def _off(errors: Errors) -> tuple[list[float], list[float]]:
    return [abs(said - true) for said, true, *_ in errors], [abs(said - true) for *_, said, true in errors]


def _by_person(layout: str, people: Sequence[Lain]) -> Iterator[tuple[str, ...]]:
    for name in sorted({one.name for one in people}):
        own = [one for one in people if one.name == name]
        lateral, head_foot = _off([each for one in own for each in one.errors])
        stays, right = sum(one.stays for one in own), sum(one.right for one in own)
        yield name, layout, str(stays), str(right), f"{fmean(lateral):.3f}", f"{fmean(head_foot):.3f}"


def change_rows(report: Report, found: dict[str, list[Changes]], seeds: str) -> None:
    """Changes of posture of all people and parts on each layout."""
    for layout, each in found.items():
        made, hit = sum(one.made for one in each), sum(one.found for one in each)
        hours, false = sum(one.still_h for one in each), sum(one.false for one in each)
        share = hit / made if made else math.nan
        report.rows.append(Row("changes of posture found", layout, made, seeds, share, CHANGES_FOUND, "of 1", least=True))
        an_hour = false / hours if hours else math.nan
        report.rows.append(
            Row("false posture shifts, an hour of stillness", layout, round(hours), seeds, an_hour, FALSE_AN_HOUR, "/h")
        )
