"""A recording through the whole of detection, flat out: events and one state a second as JSON lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from acumat.contract.documents import NUMBER_DIGITS, encode, replay_event_document, rounded, state_document
from acumat.contract.events import Event
from acumat.contract.learned import Learned
from acumat.contract.state import MatState
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat_hw.recording import Recording

INSTALL = "replay"
"""Stands for the installation in the ids of a replay, so that they are the same everywhere."""


def replay(
    recording: Recording,
    parameters: Parameters,
    *,
    told: Callable[[Event], None] | None = None,
    ended: Callable[[int, MatState], None] | None = None,
) -> Iterator[str]:
    """The lines of the output: every event when it is decided, and the state at the first frame of each whole second.

    Times are seconds of the recording. `told` hears each event too, `ended` how many frames there were and the last state.
    Problems with single lines gather in the recording.
    """
    pipeline = Pipeline(recording.layout, learned=start_of(recording), parameters=parameters, prefix=INSTALL)
    next_state_s = -math.inf
    told_so_far = frames = 0
    for frame in recording.frames():
        frames += 1
        for event in pipeline.step(frame):
            told_so_far += 1
            if told is not None:
                told(event)
            yield encode(replay_event_document(event, f"{INSTALL}-{told_so_far}", 0.0))
        if frame.t_mono_s >= next_state_s:
            next_state_s = math.floor(frame.t_mono_s) + 1.0
            t_s = rounded(frame.t_mono_s, NUMBER_DIGITS)
            yield encode({"kind": "state", "t_s": t_s, **state_document(pipeline.state)})
    if ended is not None:
        ended(frames, pipeline.state)


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
