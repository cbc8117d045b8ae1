"""Real people who lie still on a real strip: its records cut to begin at other quiet moments, and read 10 times a second.

What lies before a cut is the record's own empty mat, three times. The load comes on within one reading; creep, breath and noise
are the real ones. The records are not in the repository: $ACUMAT_DATA names the folder that holds `fsr408_bed`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from acumat.contract.events import EventType
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from tests.accuracy.figures import percentile
from tests.accuracy.recordings import LABELS, STRIP
from tests.accuracy.report import Report, Row

RECORDS = ("bed_a", "bed_whisper")
EVERY_S = 7.0
RATE_HZ = 10.0
EMPTY_S, EMPTY_TIMES = 5.0, 3
QUIET_S, QUIET_SHARE = 5.0, 0.01
"""A moment is quiet if in so many seconds the reading deviates by less than this share of its mean (rms): nobody turns over."""
STAYS_S = 60.0
"""A cut leaves at least so long until the person begins to leave."""
WITHIN_S = (20.0, 30.0, 60.0)
WITHDRAWN_PCT, CONFIRMED_P95_S = 2.0, 30.0
"""What is asked."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: when it was confirmed, in seconds after the load came on (None: never), and whether it was withdrawn."""

    record: str
    from_s: float
    confirmed_s: float | None
    withdrawn: bool


def measure(folder: Path, scale: float = 1.0) -> list[Cut]:
    """Every cut of the records; a smaller scale takes every so many of them."""
    step = max(1, round(1 / scale))
    return [
        _one(name, mv, from_s)
        for name in RECORDS
        for mv in [readings(folder / f"{name}.npz")]
        for from_s in quiet_moments(mv, *_stays(name))[::step]
    ]


def readings(path: Path) -> Floats:
    """Millivolts at RATE_HZ, each the mean of what the converter gave since the one before."""
    data = np.load(path)
    mv, fs = data["fsr_mV"].astype(float), float(data["fs_fsr"])
    edges = np.round(np.arange(0, len(mv) + 1, fs / RATE_HZ)).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(mv)])
    return np.asarray(np.diff(sums[edges]) / np.diff(edges))


def quiet_moments(mv: Floats, first_s: float, last_s: float) -> list[float]:
    """Seconds EVERY_S apart from `first_s` to `last_s` at which nobody turns over."""
    found = []
    for from_s in np.arange(first_s, last_s, EVERY_S):
        part = mv[round(from_s * RATE_HZ) : round((from_s + QUIET_S) * RATE_HZ)]
        if part.std() < QUIET_SHARE * part.mean():
            found.append(float(from_s))
    return found


def _stays(name: str) -> tuple[float, float]:
    """From the first step after the settling to the last cut that leaves time."""
    contact_s, settled_s, leaving_s, _ = LABELS[name]
    assert leaving_s is not None
    return contact_s + EVERY_S * math.ceil((settled_s - contact_s) / EVERY_S), leaving_s - STAYS_S


def _one(name: str, mv: Floats, from_s: float) -> Cut:
    pipeline = Pipeline(STRIP)
    confirmed_s, withdrawn = None, False
    leaving_s = LABELS[name][2]
    assert leaving_s is not None
    for frame in _frames(mv, from_s, leaving_s):
        for event in pipeline.step(frame):
            withdrawn |= event.event_type is EventType.LYING_WITHDRAWN
            if event.event_type is EventType.LYING_CONFIRMED and confirmed_s is None:
                confirmed_s = event.t_mono_s - EMPTY_S * EMPTY_TIMES
    return Cut(name, from_s, confirmed_s, withdrawn)


def _frames(mv: Floats, from_s: float, to_s: float) -> Iterator[Frame]:
    empty = mv[: round(EMPTY_S * RATE_HZ)]
    course = np.concatenate([*[empty] * EMPTY_TIMES, mv[round(from_s * RATE_HZ) : round(to_s * RATE_HZ)]])
    for index, value in enumerate(course):
        yield Frame.complete(index / RATE_HZ, index, (round(float(value) / 1000 / STRIP.lsb_v),))


def rows(cuts: Sequence[Cut]) -> Report:
    """Shares of the cuts, each record and both together."""
    report = Report("Still people on a real strip")
    for layout in (*RECORDS, "all"):
        some = [cut for cut in cuts if layout in (cut.record, "all")]
        n = len(some)
        if not n:
            continue
        asked = layout == "all"
        known = [math.inf if cut.confirmed_s is None else cut.confirmed_s for cut in some]
        withdrawn = 100 * sum(cut.withdrawn for cut in some) / n
        report.rows.append(Row("withdrawn", layout, n, "real", withdrawn, WITHDRAWN_PCT if asked else None, "%"))
        limit = CONFIRMED_P95_S if asked else None
        report.rows.append(Row("confirmed, p95", layout, n, "real", percentile(known, 0.95), limit, "s"))
        for within_s in WITHIN_S:
            share = 100 * sum(value <= within_s for value in known) / n
            report.rows.append(Row(f"confirmed within {within_s:g} s", layout, n, "real", share, None, "%", least=True))
        report.spread("confirmed", layout, "s", [value for value in known if value < math.inf])
    report.text.append(
        f"The records `bed_a` and `bed_whisper`, cut {EVERY_S:g} s apart to begin at other quiet moments of the same person. "
        "One strip under a mattress has neither head nor foot: nothing but the course of the load can tell."
    )
    return report
