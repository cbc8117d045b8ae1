"""The health of each part of the mat, as it is published."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from acumat.contract.documents import health_document
from acumat.contract.state import Condition, HealthState, Presence
from acumat.service.turn import Turn
from acumat_hw.layout import Layout

START_S = 15.0
"""A mat that has not been seen for longer than this since the start is reported as blind, whatever the reason."""


BLIP_S = 2.0
"""A fault that ends sooner gave nobody time to look after it, and each report of one adds rows to a database."""

OK = Condition()
NOT_CALIBRATED = Condition("not_calibrated", "Left and right are only rough until you calibrate: acumat calibrate.")


class HasCondition(Protocol):
    """A part of the daemon that has a health."""

    @property
    def condition(self) -> Condition: ...


class HealthReport:
    """Sensors, calibration, and the daemon's own parts.

    `parts` lists by name in the document whose conditions it shows: the first that is not ok. One of them is the bus.
    """

    def __init__(self, layout: Layout, parts: Mapping[str, tuple[HasCondition, ...]], monotonic: Callable[[], float]) -> None:
        self._names = tuple(sensor.name for sensor in layout.sensors)
        self._parts = parts
        self._bus_index = list(parts).index("bus")
        self._monotonic = monotonic
        self._start_s = monotonic()
        self._bus_well_s = self._mat_well_s = -math.inf
        self._health = HealthState.BLIND
        self._found: tuple[Condition, ...] = ()
        self._conditions: Mapping[str, Condition] = {}
        self._reported: tuple[HealthState, tuple[Condition, ...], Mapping[str, Condition]] | None = None

    def conditions(self, turn: Turn) -> Mapping[str, Condition]:
        """The health of every part, by its name in the document; the same object as long as nothing has changed."""
        self._follow_health(turn.state.health)
        problems = [_first_problem(parts) for parts in self._parts.values()]
        found = (*problems, self._bus(problems[self._bus_index], turn), _calibration(turn))
        if found != self._found:
            by_name = dict(zip(self._parts, problems, strict=True))
            self._found, self._conditions = found, {**by_name, "bus": found[-2], "calibration": found[-1]}
        return self._conditions

    def changed(self, turn: Turn) -> bool:
        """Whether the document of this completed turn differs from that of the last call, as few do."""
        before, self._reported = self._reported, (self._health, turn.sensors, turn.conditions)
        return self._reported != before

    def document(self, turn: Turn) -> dict[str, Any]:
        """As published, for a completed turn."""
        return health_document(self._health, dict(zip(self._names, turn.sensors, strict=True)), turn.conditions)

    def _bus(self, condition: Condition, turn: Turn) -> Condition:
        """How the sensors are read. A mat that has just begun to look at them, or misses them for a moment, has no fault."""
        now_s = self._monotonic()
        looks = turn.state.presence is Presence.BLIND and turn.state.reason in ("starting", "looking")
        if condition.code == "ok" and looks and now_s - self._start_s < START_S:
            return Condition("starting", "The sensors are being looked at for the first time.")
        if condition.code == "ok":
            self._bus_well_s = now_s
        return OK if now_s - self._bus_well_s < BLIP_S else condition

    def _follow_health(self, health: HealthState) -> None:
        now_s = self._monotonic()
        if health is HealthState.OK:
            self._mat_well_s = now_s
        if now_s - self._mat_well_s >= BLIP_S or health is HealthState.OK:
            self._health = health


def _first_problem(parts: tuple[HasCondition, ...]) -> Condition:
    for part in parts:
        condition = part.condition
        if condition.code != "ok":
            return condition
    return OK


def _calibration(turn: Turn) -> Condition:
    return OK if turn.calibrated else NOT_CALIBRATED
