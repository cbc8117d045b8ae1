"""What somebody has to do about the mat, under Settings > Repairs for as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .mat import DOMAIN, Mat

QUESTIONS, CALIBRATION, SENSORS, SAME_ID = "questions_unanswered", "not_calibrated", "sensor_problem", "same_id"
SEVERITY = {
    QUESTIONS: ir.IssueSeverity.WARNING,
    CALIBRATION: ir.IssueSeverity.WARNING,
    SENSORS: ir.IssueSeverity.ERROR,
    SAME_ID: ir.IssueSeverity.ERROR,
}


def found(health: Mapping[str, Any], routine: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What is to be done, by the key of its text, and what that text names."""
    failing = [name for name, condition in (health.get("sensors") or {}).items() if condition.get("code") != "ok"]
    holds = {
        QUESTIONS: routine.get("guidance_reason") in ("unanswered", "ask_again"),
        CALIBRATION: _code(health, "calibration") == "not_calibrated",
        SENSORS: bool(failing),
        SAME_ID: _code(health, "broker") == "id_in_use",
    }
    named = {SENSORS: {"sensors": ", ".join(failing)}}
    return {key: named.get(key, {}) for key, is_so in holds.items() if is_so}


def _code(health: Mapping[str, Any], part: str) -> object:
    return (health.get(part) or {}).get("code")


class Issues:
    """Those of one mat."""

    def __init__(self, hass: HomeAssistant, mat: Mat, name: str) -> None:
        self._hass, self._mat, self._name = hass, mat, name
        mat.listeners.append(self._on_document)

    @callback
    def _on_document(self, leaf: str, _: Mapping[str, Any]) -> None:
        if leaf in ("health", "routine"):
            self._show(found(self._mat.document("health"), self._mat.document("routine")))

    @callback
    def withdraw(self) -> None:
        """None is shown any more."""
        self._show({})

    def _show(self, shown: Mapping[str, Mapping[str, str]]) -> None:
        for key, severity in SEVERITY.items():
            issue_id = f"{key}_{self._mat.id}"
            if key not in shown:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
                continue
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=severity,
                translation_key=key,
                translation_placeholders={"name": self._name, **shown[key]},
            )
