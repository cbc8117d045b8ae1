"""A recording through the whole of detection, flat out: events and one state a second as JSON lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from acumat.contract.documents import NUMBER_DIGITS, encode, replay_event_document, rounded, state_document
from acumat.contract.events import Event
from acumat.contract.learned import Learned
from acumat.contract.state import MatState
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from acumat_hw.recording import Recording

INSTALL = "replay"
"""Stands for the installation in the ids of a replay, so that they are the same everywhere."""


class JsonLines:
    """A run as JSON lines: every event when it is decided, and the state at the first frame of each whole second."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._events = 0
        self._next_state_s = -math.inf

    def of(self, t_mono_s: float, events: Sequence[Event], zero_s: float = 0.0) -> Iterator[str]:
        """The lines of one frame; times are seconds after `zero_s`."""
        for event in events:
            self._events += 1
            yield encode(replay_event_document(event, f"{INSTALL}-{self._events}", zero_s))
        t_s = t_mono_s - zero_s
        if t_s >= self._next_state_s:
            self._next_state_s = math.floor(t_s) + 1.0
            yield encode({"kind": "state", "t_s": rounded(t_s, NUMBER_DIGITS), **state_document(self._pipeline.state)})


def replay(
    recording: Recording,
    parameters: Parameters,
    *,
    on_event: Callable[[Event], None] | None = None,
    on_frame: Callable[[Frame, Sequence[Event], Pipeline], None] | None = None,
    on_end: Callable[[int, MatState], None] | None = None,
) -> Iterator[str]:
    """The lines of the output: every event when it is decided, and the state at the first frame of each whole second.

    Times are seconds of the recording. `on_event` gets each event too, `on_frame` each frame with its events before their lines
    come, `on_end` how many frames there were and the last state. Problems with single lines gather in the recording.
    """
    pipeline = Pipeline(recording.layout, learned=start_of(recording), parameters=parameters, prefix=INSTALL)
    lines = JsonLines(pipeline)
    frames = 0
    for frame in recording.frames():
        frames += 1
        events = pipeline.step(frame)
        if on_event is not None:
            for event in events:
                on_event(event)
        if on_frame is not None:
            on_frame(frame, events, pipeline)
        yield from lines.of(frame.t_mono_s, events)
    if on_end is not None:
        on_end(frames, pipeline.state)


def start_of(recording: Recording) -> Learned | None:
    """What the recording says was known at its start; None where it says nothing."""
    start = recording.start
    if start is None:
        return None
    names = [sensor.name for sensor in recording.layout.sensors]
    return Learned(
        tuple(start.baseline_us.get(name) for name in names),
        tuple(start.gains.get(name, 1.0) for name in names),
        start.reference_us,
        calibrated=bool(start.gains),
    )
