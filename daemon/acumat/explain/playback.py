"""A recording for viewing: the lines of a replay unchanged, and between them the loads, and why each event was reported."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from acumat.contract.documents import NUMBER_DIGITS, encode, rounded
from acumat.contract.events import Event
from acumat.contract.feed import LOAD_DIGITS, layout_document
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.explain.recording import FrameView, moment_sentences
from acumat.history.explained import LAST_EVENTS
from acumat.replay import INSTALL, replay
from acumat_hw.frame import Frame
from acumat_hw.recording import Recording

SHIPPED_FOLDER = Path(__file__).with_name("shipped")
SHIPPED = ("bed_a", "bed_whisper", "popu_4x2")
"""The recordings that come with acumat."""
RATE_HZ = 5.0
"""Loads a second of the recording, as on the live page."""
EARLY = 0.1
"""Share of the time between two frames: a frame that is early by so much is still the due one."""
MAX_FRAMES = 600_000
"""Sixteen hours at 10 Hz: longer than any night, and what a browser holds. A packed file can be of any length."""


class _TooLongError(Exception):
    """The recording is longer than MAX_FRAMES."""


class _Beside:
    """The lines between those of the replay: loads, and explanations of the moments with events."""

    def __init__(self) -> None:
        self.frames = 0
        self.last_s = 0.0
        self._lines: list[str] = []
        self._next_s: float | None = None
        self._numbered = 0
        self._past: deque[Event] = deque(maxlen=LAST_EVENTS)

    def add(self, frame: Frame, events: Sequence[Event], pipeline: Pipeline) -> None:
        """A frame that detection has seen. Raises _TooLongError after the last accepted one."""
        if self.frames >= MAX_FRAMES:
            raise _TooLongError
        self.frames += 1
        self.last_s = frame.t_mono_s
        if self._next_s is None or self.last_s >= self._next_s:
            self._next_s = self.last_s + (1.0 - EARLY) / RATE_HZ
            loads = [rounded(load, LOAD_DIGITS) for load in pipeline.sensor_loads_us]
            self._put("frame", loads_us=loads)
        if events:
            self._past.extend(events)
            moment = FrameView(self.last_s, pipeline.state, pipeline.inspect(), tuple(self._past))
            ids = [f"{INSTALL}-{self._numbered + number}" for number in range(1, len(events) + 1)]
            self._numbered += len(events)
            self._put("why", ids=ids, sentences=moment_sentences(moment))

    def taken(self) -> list[str]:
        """The lines since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def _put(self, kind: str, **values: Any) -> None:  # noqa: ANN401  what JSON holds
        self._lines.append(encode({"kind": kind, "t_s": rounded(self.last_s, NUMBER_DIGITS), **values}))


def playback(recording: Recording, parameters: Parameters) -> Iterator[str]:
    """JSON lines: first the layout, then frames, reasons, and every line of `acumat replay --json` as it is, then the end."""
    yield encode({"kind": "hello", "layout": layout_document(recording.layout), "calibrated": recording.start is not None})
    beside = _Beside()
    problems: list[str] = []
    try:
        for line in replay(recording, parameters, on_frame=beside.add):
            yield from beside.taken()
            yield line
    except _TooLongError:
        problems.append(f"The recording is longer than {MAX_FRAMES} rows; the rest is left out. Cut it into parts.")
    yield from beside.taken()
    problems += recording.problems
    yield encode({"kind": "end", "t_s": rounded(beside.last_s, NUMBER_DIGITS), "frames": beside.frames, "problems": problems})
