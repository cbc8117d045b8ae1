"""The lines of the feed, which a reader at the control socket gets while the mat is at work. docs/feed.md explains them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from acumat.contract.documents import rfc3339, rounded, state_document
from acumat.contract.state import Condition, MatState
from acumat_hw.layout import Layout

FEED_VERSION = 1
"""Counts up when a line changes its meaning; new kinds of line and new keys may come at any time."""
CONTRACT_VERSION = 1
"""Of state, events and answers, as in the names of their schemas."""
HEARTBEAT_S = 10.0
"""A line comes at least this often: a reader knows within half a minute that the daemon hangs."""
LOAD_DIGITS = 2
"""Microsiemens: the finest converter resolves about as much over an empty mat."""
SECONDS_PER_MIN = 60.0


class Kind(StrEnum):
    """The kinds of lines, under the key `kind`."""

    HELLO = "hello"
    FRAME = "frame"
    EVENT = "event"
    ANSWER = "answer"
    DROPPED = "dropped"
    ALIVE = "alive"
    END = "end"


class CalibrationProgress(Protocol):
    """The progress of a calibration."""

    @property
    def stage(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def seconds_left(self) -> float: ...


class Shown(NamedTuple):
    """The content of a frame line. `loads_us` and `sensors` are in the order of the layout.

    Both are empty if detection has failed. `plan_min` is None if nobody is guided.
    """

    t_mono_s: float
    loads_us: Sequence[float | None]
    state: MatState
    plan_min: int | None
    calibration: Mapping[str, Any] | None
    alarming: bool
    sensors: Sequence[Condition]
    parts: Mapping[str, Condition]


def hello_document(answer: Mapping[str, Any], rate_hz: float, *, version: str, mat_id: str, layout: Layout) -> dict[str, Any]:
    """The first line: the answer to the request, and everything that no later line repeats."""
    return {
        "kind": Kind.HELLO,
        **answer,
        "feed": FEED_VERSION,
        "contract": CONTRACT_VERSION,
        "version": version,
        "mat": mat_id,
        "rate_hz": rate_hz,
        "heartbeat_s": HEARTBEAT_S,
        "layout": layout_document(layout),
    }


def layout_document(layout: Layout) -> dict[str, Any]:
    """Where the sensors lie."""
    sensors = [{"name": each.name, "x_mm": each.x_mm, "y_mm": each.y_mm, "zone": each.zone} for each in layout.sensors]
    return {"name": layout.name, "width_mm": layout.width_mm, "length_mm": layout.length_mm, "sensors": sensors}


def frame_document(shown: Shown, names: Sequence[str], wall_of: Callable[[float], float]) -> dict[str, Any]:
    """One frame. Of the health it has the mat's state and the parts that are not ok.

    `names` are the sensors'; `wall_of` gives Unix time for a monotonic time.
    """
    return {
        "kind": Kind.FRAME,
        "t_mono_s": rounded(shown.t_mono_s, 3),
        "at": rfc3339(wall_of(shown.t_mono_s)),
        "loads_us": [rounded(load, LOAD_DIGITS) for load in shown.loads_us],
        "state": state_document(shown.state),
        "session_plan_min": shown.plan_min,
        "session_left_s": _left_s(shown.plan_min, shown.state.contact_s),
        "calibration": shown.calibration,
        "alarm": shown.alarming,
        "problems": dict(_problems(shown, names)),
    }


def event_line_document(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event: the document of the contract without its id, which only the history gives."""
    return {"kind": Kind.EVENT, **event}


def answer_line_document(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody's command has been answered."""
    return {"kind": Kind.ANSWER, **answer}


def dropped_document(frames: int, others: int) -> dict[str, Any]:
    """So many lines were left out here, since the reader was too slow."""
    return {"kind": Kind.DROPPED, "frames": frames, "others": others}


def alive_document() -> dict[str, Any]:
    """There was no other line for a while."""
    return {"kind": Kind.ALIVE}


def end_document() -> dict[str, Any]:
    """The last line of a daemon that ends in order."""
    return {"kind": Kind.END, "reason": "stopping", "text": "The daemon is stopping or starting over."}


def calibration_document(progress: CalibrationProgress | None) -> dict[str, Any] | None:
    """How far the calibration is; None while there is none."""
    if progress is None:
        return None
    return {"stage": progress.stage, "text": progress.text, "seconds_left": round(progress.seconds_left, 1)}


def _left_s(plan_min: int | None, contact_s: float | None) -> float | None:
    """Seconds on the mat that are left of the plan."""
    if plan_min is None or contact_s is None:
        return None
    return rounded(max(0.0, plan_min * SECONDS_PER_MIN - contact_s), 1)


def _problems(shown: Shown, names: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The parts that are not ok, by name."""
    for name, each in zip(names, shown.sensors, strict=False):
        if each.code != "ok":
            yield f"sensor {name}", {"code": each.code, "text": each.text}
    for name, each in shown.parts.items():
        if each.code != "ok":
            yield name, {"code": each.code, "text": each.text}
