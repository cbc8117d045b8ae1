"""Lines of a feed as the daemon sends them, for displays to show."""

from __future__ import annotations

from typing import Any

from acumat.contract.commands import Response
from acumat.contract.documents import event_document, response_document, state_document
from acumat.contract.events import Event, EventType
from acumat.contract.feed import Shown, answer_line_document, event_line_document, frame_document, hello_document
from acumat.contract.state import Condition, MatState, Mode, Phase, Presence
from acumat_hw.layout import PRESETS, grid

AT_S = 1.8e9
LYING = MatState(
    Presence.LYING, confirmed=True, phase=Phase.SETTLED, load=97.0, reference="learnt", lateral=-3.0, head_foot=10.0,
    cop_mm=(-20.0, 60.0), breaths_per_min=12.7, mode=Mode.BACK, session_id="0a1b2c3d-s1", session_s=280.0, contact_s=270.0,
    reason="alive", reason_text="The load is a person's: it breathes.",
)  # fmt: skip
EMPTY = MatState(Presence.EMPTY, load=1.0, reference="default", reason="gone", reason_text="The load is gone.")
BLIND = MatState(reason="bus", reason_text="No sensor answers.")


def names(preset: str) -> tuple[str, ...]:
    return tuple(sensor.name for sensor in grid(*PRESETS[preset], rm_ohm=3300.0).sensors)


def hello(preset: str = "4x4") -> dict[str, Any]:
    answer = response_document(Response("watch", ok=True, reason="watching", text="Shown."))
    layout = grid(*PRESETS[preset], rm_ohm=3300.0)
    return hello_document(answer, 5.0, version="9.8.7", mat_id="bedroom", layout=layout)


def frame(
    state: MatState = LYING,
    preset: str = "4x4",
    *,
    loads: tuple[float | None, ...] | None = None,
    plan_min: int | None = 10,
    calibration: dict[str, Any] | None = None,
    alarming: bool = False,
    broken: dict[str, Condition] | None = None,
    t_mono_s: float = 100.0,
) -> dict[str, Any]:
    sensors = names(preset)
    shown = Shown(
        t_mono_s,
        tuple(float(number + 1) for number in range(len(sensors))) if loads is None else loads,
        state,
        plan_min=plan_min,
        calibration=calibration,
        alarming=alarming,
        sensors=(Condition(),) * len(sensors),
        parts=broken or {},
    )
    return frame_document(shown, sensors, lambda mono_s: AT_S + mono_s)


def event(text: str = "Lying quietly for 30 s.", kind: EventType = EventType.SETTLED) -> dict[str, Any]:
    return event_line_document(event_document(Event(kind, 100.0, "still", text), lambda mono_s: AT_S + mono_s))


def answer(*, ok: bool = True, text: str = "Done.") -> dict[str, Any]:
    return answer_line_document(response_document(Response("stop", ok=ok, reason="done" if ok else "busy", text=text)))


def nulled(line: dict[str, Any]) -> dict[str, Any]:
    """The frame with nothing known that the contract allows to be unknown."""
    return {
        **line,
        "state": state_document(MatState(reason_text="Nothing is known.")),
        "loads_us": [None] * len(line["loads_us"]),
    }
