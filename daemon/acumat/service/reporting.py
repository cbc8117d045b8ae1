"""Reports each turn of the loop to broker, panel, picture, systemd and the listeners of events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from acumat.contract.events import Event
from acumat.guard import Guard
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient
from acumat.mqtt.publisher import Publisher
from acumat.service.detection import Detection
from acumat.service.health_report import HealthReport
from acumat.service.live import Live
from acumat.service.now import Now
from acumat.service.painter import NullPainter, Painter
from acumat.service.panel import NullPanel, Panel
from acumat.service.records import Records
from acumat.service.starts import Starts
from acumat.service.status import Status
from acumat.service.turn import Turn
from acumat.service.watchdog import Watchdog
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)


class HasDocument(Protocol):
    """The document about the installed release; None if it did not come as a package."""

    def document(self) -> Mapping[str, Any]: ...


class Outputs(NamedTuple):
    """The outputs of the loop. `on_event` gets each event, `on_status` a line for systemd when the presence changes."""

    publisher: Publisher
    client: MqttClient | NullClient
    panel: Panel | NullPanel
    live: Live
    painter: Painter | NullPainter
    watchdog: Watchdog
    starts: Starts
    releases: HasDocument | None
    on_event: Callable[[Event], object]
    on_status: Callable[[str], object]


class Reporting:
    """Each step is guarded separately, so that a failure does not affect the others."""

    def __init__(
        self,
        outputs: Outputs,
        guard: Guard,
        clock: Clock,
        *,
        detection: Detection,
        records: Records,
        health: HealthReport,
        status: Status,
        now: Now,
    ) -> None:
        self._outputs = outputs
        self._guard = guard
        self._clock = clock
        self._routine = detection.routine
        self._pipeline = detection.pipeline
        self._now = now
        self._totals = records.totals
        self._health = health
        self.status = status

    def completed(self, seen: Turn, cues: tuple[Event, ...] = ()) -> Turn:
        """The turn with all its steps done: with these events of the routine, and with the health of every part."""
        with self._guard.step("conditions"):
            routine = self._routine
            return seen.completed(cues, self._health.conditions(seen), alarming=routine.alarming, pace=routine.pace)
        last = self.status.turn  # a failure silences no alarm
        return seen.completed(cues, last.conditions, alarming=last.alarming)

    @property
    def watched(self) -> bool:
        """Whether somebody wants to see every frame."""
        return self._outputs.live.watched

    def without_report(self) -> None:
        """After a frame that is not reported: LED and buzzer play on by the last turn, and systemd hears of the loop."""
        self._play(self.status.turn)
        self._guard.do("watchdog", self._outputs.watchdog.tick)

    def after_frame(self, turn: Turn) -> None:
        """Report this turn, and give each output its turn."""
        self.report(turn)
        outputs, do = self._outputs, self._guard.do
        do("publisher", outputs.publisher.tick)
        do("picture", outputs.painter.after_frame, turn)
        self._play(turn)
        do("broker", outputs.client.maintain)
        do("watchdog", outputs.watchdog.tick)
        do("starts", outputs.starts.tick)

    def report(self, turn: Turn) -> None:
        """The events and documents of this turn."""
        before = self.status.turn.state
        self.status.after_frame(turn)
        for event in turn.events:
            self._report_event(event)
        publisher, step, do = self._outputs.publisher, self._guard.step, self._guard.do
        do("feed", self._outputs.live.report, turn)
        if turn.state.presence is not before.presence:
            with step("status"):
                self._outputs.on_status(f"{turn.state.presence}: {turn.state.reason_text}")
        with step("session document"):
            publisher.publish_session(self._totals.document())
        with step("routine document"):
            routine = self._routine.document()
            if routine is not None:
                publisher.publish_routine(routine, self._routine.labels)
            with step("now document"):  # a mat without its routine would advise to lie down, even after a symptom
                now = self._now.document(turn, routine, paused=self._pipeline.paused, plan_min=self._routine.plan_min)
                publisher.publish_now(now)
        do("state", publisher.publish_state, turn.state, self._clock.monotonic())
        if self._outputs.releases is not None:
            with step("update document"):
                publisher.publish_update(self._outputs.releases.document())
        with step("health"):
            if self._health.changed(turn):
                publisher.publish_health(self._health.document(turn))

    def _play(self, turn: Turn) -> None:
        panel = self._outputs.panel
        self._guard.do("look of the panel", panel.after_frame, turn)
        self._guard.do("panel", panel.tick)

    def _report_event(self, event: Event) -> None:
        log.info("%s: %s", event.event_type, event.text)
        with self._guard.step("on_event"):
            self._outputs.on_event(event)
        with self._guard.step("panel"):
            self._outputs.panel.on_event(event)
