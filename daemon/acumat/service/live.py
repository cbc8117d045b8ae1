"""Hands the values of each turn to the feed's thread, which makes lines for the readers. Without readers it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import add
from typing import Any

from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command
from acumat.contract.documents import event_document
from acumat.contract.events import Event
from acumat.contract.feed import Shown, answer_line_document, calibration_document, event_line_document, frame_document
from acumat.feed.feed import Entry, Feed
from acumat.guard import Guard
from acumat.service.detection import Detection
from acumat.service.inbox import OnAnswer
from acumat.service.records import Records
from acumat.service.turn import Turn
from acumat_hw.clock import Clock

NOT_TAKEN = "busy"
"""The answer to too many requests, which readers are not shown."""


class Live:
    """Puts frames, events and answers into the feed. `names` are those of the sensors."""

    def __init__(
        self, feed: Feed, names: tuple[str, ...], clock: Clock, guard: Guard, *, detection: Detection, records: Records
    ) -> None:
        self._feed = feed
        self._names = names
        self._clock = clock
        self._guard = guard
        self._pipeline = detection.pipeline
        self._routine = detection.routine
        self._time = records.time_of_day

    @property
    def watched(self) -> bool:
        """Whether there is a reader."""
        return self._feed.watched

    def report(self, turn: Turn) -> None:
        """The events of a completed turn, then its frame."""
        if not self._feed.watched:
            return
        wall_of = partial(add, self._time.offset_s)
        for event in turn.events:
            self._put(partial(_event, event, wall_of))
        shown = Shown(
            turn.frame.t_mono_s if turn.frame is not None else self._clock.monotonic(),
            turn.loads_us,
            turn.state,
            plan_min=self._routine.plan_min,
            calibration=calibration_document(self._pipeline.calibration),
            alarming=turn.alarming,
            sensors=turn.sensors,
            parts=turn.conditions,
        )
        self._put(partial(frame_document, shown, self._names, wall_of), frame=True)

    def reported(self, command: Command, answer: OnAnswer) -> OnAnswer:
        """The same answer, which readers of the feed get as well if the command changes something and may come from a broker.

        Answers about health, and stored personal data, go only to the one who asks.
        """
        spec = COMMANDS[command.name]
        if spec.reads or "mqtt" not in spec.origins:
            return answer

        def both(document: dict[str, Any]) -> None:
            answer(document)
            if self._feed.watched and document["reason"] != NOT_TAKEN:
                self._put(partial(answer_line_document, document))

        return both

    def _put(self, document: Callable[[], Mapping[str, Any]], *, frame: bool = False) -> None:
        self._feed.put(Entry(frame, partial(self._guard.run, "feed line", document, None)))


def _event(event: Event, wall_of: Callable[[float], float]) -> Mapping[str, Any]:
    return event_line_document(event_document(event, wall_of))
