"""Real recordings through detection, beside what was labelled by those who recorded them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from acumat.contract.documents import replay_event_document, state_document
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.replay import replay
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout, Sensor
from acumat_hw.recording import open_recording
from tests.accuracy.report import Report, Row, Table

DATA = Path(__file__).parents[1] / "data"
LABELS: dict[str, tuple[float, float, float | None, float | None]] = {
    "bed_a": (6.5, 10.5, 310.5, 314.5),
    "bed_whisper": (7.8, 9.5, 172.8, 175.0),
    "popu_4x2": (105.0, 111.0, None, None),
}
"""First contact, settled, leaving, empty, in seconds; None where it does not end."""
EDGE_S = 1.0
STRIP_RM_OHM = 10_000.0
STRIP = Layout("strip", (Sensor("strip", 0.0, 0.0, STRIP_RM_OHM, 0x48, 0, None),), vcc_v=3.3, lsb_v=0.125e-3)


def real_recordings() -> Report:
    """A row for each edge that is inside its labels, and a table of what was reported."""
    report = Report("Real recordings")
    cells: list[tuple[str, ...]] = []
    for name, (contact_s, settled_s, leaving_s, empty_s) in LABELS.items():
        reported = [json.loads(line) for line in replay(open_recording(DATA / f"{name}.csv.gz"), Parameters())]
        began, left = edges(reported, "session_started"), edges(reported, "got_up")
        right = len(began) == 1 and contact_s - EDGE_S <= began[0] <= settled_s + EDGE_S
        if leaving_s is None or empty_s is None:
            right = right and not left
        else:
            right = right and len(left) == 1 and leaving_s - EDGE_S <= left[0] <= empty_s + EDGE_S
        report.rows.append(Row("in and out within the labels", name, 1, "real", float(right), 1.0, "yes", least=True))
        cells.append((name, _seconds(began), f"{contact_s:g} to {settled_s:g}", _seconds(left), _labelled(leaving_s, empty_s)))
    cells += _not_in_repository()
    report.tables.append(Table("Edges in seconds", ("recording", "session from", "labels", "got up", "labels"), tuple(cells)))
    report.text.append(
        "`sitting_a` is a strip under the thigh of somebody who sits all the time. One strip has no rows that could tell "
        "sitting from lying, so it is taken for lying. Sensors in two rows or more are needed to tell them apart."
    )
    return report


def edges(reported: list[dict[str, Any]], event_type: str) -> list[float]:
    """When it really began, in seconds of the recording."""
    found = [each for each in reported if each.get("event_type") == event_type]
    return [each["t_s"] if each["edge_t_s"] is None else each["edge_t_s"] for each in found]


def _not_in_repository() -> list[tuple[str, ...]]:
    """Recordings that are not in the repository, where $ACUMAT_DATA names their folder."""
    path = Path(os.environ.get("ACUMAT_DATA", "/nonexistent")) / "fsr408_bed" / "sitting_a.npz"
    if not path.exists():
        return [("sitting_a", "not measured: ACUMAT_DATA is not set", "seated all the time", "", "")]
    import numpy as np

    data = np.load(path)
    rate_hz = float(data["fs_fsr"])
    pipeline = Pipeline(STRIP)
    reported: list[dict[str, Any]] = []
    for index, mv in enumerate(data["fsr_mV"][::7]):
        code = None if mv != mv else round(float(mv) / 0.125)
        events = pipeline.step(Frame.complete(index * 7 / rate_hz, index, (code or 0,)))
        reported += [replay_event_document(event, "", 0.0) for event in events]
    end = state_document(pipeline.state)["presence"]
    return [
        (
            "sitting_a",
            _seconds(edges(reported, "session_started")),
            "seated all the time",
            _seconds(edges(reported, "got_up")),
            f"at the end {end}",
        )
    ]


def _seconds(times_s: list[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in times_s) or "none"


def _labelled(leaving_s: float | None, empty_s: float | None) -> str:
    return "does not end" if leaving_s is None or empty_s is None else f"{leaving_s:g} to {empty_s:g}"
