"""The health of each part of the mat, as it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acumat.contract.documents import health_document
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.service.frames import Frames
from acumat_hw.layout import Layout

START_S = 15.0
"""A mat that has not been seen for longer than this since the start is told as blind, whatever the reason."""


class HealthReport:
    """Sensors, bus, calibration, and the parts that others know of."""

    def __init__(
        self,
        layout: Layout,
        pipeline: Pipeline,
        frames: Frames,
        parts: Callable[[], Mapping[str, Condition]],
        monotonic: Callable[[], float],
    ) -> None:
        self._names = tuple(sensor.name for sensor in layout.sensors)
        self._pipeline = pipeline
        self._frames = frames
        self._parts = parts
        self._monotonic = monotonic
        self._start_s = monotonic()
        self._told: tuple[HealthState, tuple[Condition, ...], Mapping[str, Condition]] | None = None

    def changed(self, state: MatState) -> bool:
        """Whether it is another one than at the last look: it is the same in nearly every frame."""
        told, self._told = self._told, (state.health, self._pipeline.sensor_conditions, self._all(state))
        return self._told != told

    def document(self, state: MatState) -> dict[str, Any]:
        """As published."""
        sensors = dict(zip(self._names, self._pipeline.sensor_conditions, strict=True))
        return health_document(state.health, sensors, self._all(state))

    def _all(self, state: MatState) -> Mapping[str, Condition]:
        return {"bus": self._bus(state), **self._parts(), "calibration": self._calibrated()}

    def _bus(self, state: MatState) -> Condition:
        """How the sensors are read. A mat that is only just looking at them is no fault that anybody has to be told of."""
        condition = self._frames.condition
        looks = state.presence is Presence.BLIND and state.reason in ("starting", "looking")
        if condition.code == "ok" and looks and self._monotonic() - self._start_s < START_S:
            return Condition("starting", "The sensors are being looked at for the first time.")
        return condition

    def _calibrated(self) -> Condition:
        if self._pipeline.learned.calibrated:
            return Condition()
        return Condition("not_calibrated", "Left and right are only rough until you calibrate: acumat calibrate.")
