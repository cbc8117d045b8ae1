"""Prints a run of the mat: a line for each event and for each step of the scenario."""

from __future__ import annotations

from acumat.contract.events import Event
from acumat.contract.state import MatState


def print_event(t_s: float, event: Event, zero_s: float = 0.0) -> None:
    """One event: when it was decided, its type, the sentence, and when it took place, both in seconds after `zero_s`."""
    edge = "" if event.edge_mono_s is None else f" (at {event.edge_mono_s - zero_s:.1f} s)"
    print_line(t_s, event.event_type, f"{event.text}{edge}")


def print_line(t_s: float, what: str, text: str) -> None:
    """One line of the story."""
    print(f"{t_s:9.1f} s  {what:<20} {text}", flush=True)


def print_end(frames: int, state: MatState) -> None:
    """The last line: how much was read, and the state at the end."""
    going_on = " The session is not over." if state.session_id is not None else ""
    print(f"{frames} frames read; at the end the mat is {state.presence}: {state.reason_text}{going_on}")
