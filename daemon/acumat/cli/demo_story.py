"""What the demo's made-up person does, and the hour that passes before the last question."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from acumat.cli.printing import print_line
from acumat.coach.rules import COOL_DOWN_S, LEAST_MIN
from acumat.coach.screening import QUESTIONS, Answer
from acumat.contract.events import Event, EventType
from acumat.control import ask
from acumat_hw.clock import Clock
from acumat_hw.errors import AcumatError, SourceEndedError
from acumat_hw.frame import Frame
from acumat_hw.source import FrameSource

ASK_S = 10.0
LOOK_S = 0.05
STEP_S = 1.0
"""Seconds to advance at a time: a mat without a reading for longer counts as blind."""
AFTERWARDS_S = 600.0
"""Seconds after the hour, at most, for the question and its answer."""


class SkippingClock(Clock, Protocol):
    """A clock of a simulated mat, which can be moved on."""

    def skip(self, seconds: float) -> None: ...


class Person(threading.Thread):
    """The owner of the mat: answers the questions, and lies on the mat as the scenario says."""

    def __init__(self, socket: Path, clock: Clock, zero_s: float, story: Sequence[tuple[float, str]]) -> None:
        super().__init__(name="person", daemon=True)
        self._socket = socket
        self._clock = clock
        self._zero_s = zero_s
        self._story = list(story)
        self._heard: queue.SimpleQueue[EventType | None] = queue.SimpleQueue()
        self.waits = False
        """For the question about redness, an hour after the session."""

    def run(self) -> None:
        with suppress(AcumatError):  # the demo was ended before the daemon answered
            self._live()
        self.waits = False

    def _live(self) -> None:
        self._ask("acumat screen --none", command="screen", **dict.fromkeys(QUESTIONS, Answer.NO.value))
        self._ask(f"acumat programme set --minutes {LEAST_MIN}", command="programme_set", minutes=LEAST_MIN)
        while True:
            try:
                heard = self._heard.get(timeout=LOOK_S)
            except queue.Empty:
                self._tell()
                continue
            if heard is None:
                return
            self._react(heard)

    def hear(self, event: Event) -> None:
        """An event of the mat."""
        if event.event_type is EventType.COOL_DOWN_STARTED:
            self.waits = True
        self._heard.put(event.event_type)

    def stop(self) -> None:
        self._heard.put(None)
        self.join(ASK_S)

    def _tell(self) -> None:
        while self._story and self._clock.monotonic() - self._zero_s >= self._story[0][0]:
            at_s, text = self._story.pop(0)
            print_line(at_s, "(scenario)", text)

    def _react(self, heard: EventType) -> None:
        if heard is EventType.COOL_DOWN_STARTED:
            self._ask("acumat check-in --calm 4 --discomfort 2", command="check_in", calm=4, discomfort=2)
        elif heard is EventType.COOL_DOWN_ENDED:
            self._ask("acumat redness faded", command="redness", answer="faded")
            self.waits = False

    def _ask(self, typed: str, **request: object) -> None:
        answer = ask(self._socket, request, ASK_S)
        print(f"{'':9}    {'$ ' + typed}\n{'':9}      {answer['text']}", flush=True)


class HourLater:
    """A mat on which the hour after a session passes quickly: it stays as empty as at the end of the scenario."""

    def __init__(self, source: FrameSource, clock: SkippingClock, zero_s: float, waits: Callable[[], bool]) -> None:
        self._source = source
        self._clock = clock
        self._zero_s = zero_s
        self._waits = waits
        self._last: Frame | None = None
        self._passed_s: float | None = None

    def open(self) -> None:
        self._source.open()

    def read(self) -> Frame:
        if self._passed_s is None:
            try:
                self._last = self._source.read()
            except SourceEndedError:
                if not self._waits():
                    raise
                print_line(self._clock.monotonic() - self._zero_s, "(scenario)", "An hour passes.")
                self._passed_s = 0.0
            else:
                return self._last
        return self._empty(self._passed_s)

    def close(self) -> None:
        self._source.close()

    def _empty(self, passed_s: float) -> Frame:
        if self._last is None or not self._waits() or passed_s >= COOL_DOWN_S + AFTERWARDS_S:
            raise SourceEndedError("the demo is over")
        step_s = STEP_S if passed_s < COOL_DOWN_S else 0.0
        self._clock.skip(step_s)
        now_s = self._clock.monotonic()
        self._passed_s = passed_s + max(step_s, now_s - self._last.t_mono_s)
        self._last = replace(self._last, t_mono_s=now_s, seq=self._last.seq + 1)
        return self._last
