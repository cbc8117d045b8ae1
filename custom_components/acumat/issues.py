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


def found(leaf: str, document: Mapping[str, Any]) -> dict[str, dict[str, str] | None]:
    """By the key of its text each issue that this document decides: what the text names, None if there is nothing to do."""
    if leaf == "routine":
        return {QUESTIONS: {} if document.get("guidance_reason") in ("unanswered", "ask_again") else None}
    if leaf != "health":
        return {}
    sensors = _table(document.get("sensors"))
    failing = [name for name in sensors if _code(sensors, name) != "ok"]
    return {
        CALIBRATION: {} if _code(document, "calibration") == "not_calibrated" else None,
        SENSORS: {"sensors": ", ".join(failing)} if failing else None,
        SAME_ID: {} if _code(document, "broker") == "id_in_use" else None,
    }


def _code(health: Mapping[str, Any], part: str) -> object:
    return _table(health.get(part)).get("code")


def _table(said: object) -> Mapping[str, Any]:
    """Empty for what is none: whoever may publish at the broker may publish anything."""
    return said if isinstance(said, dict) else {}


class Issues:
    """Those of one mat."""

    def __init__(self, hass: HomeAssistant, mat: Mat, name: str) -> None:
        self._hass, self._mat, self._name = hass, mat, name
        mat.listeners.append(self._on_document)

    @callback
    def _on_document(self, leaf: str, document: Mapping[str, Any]) -> None:
        """An issue whose document has not come yet stays as it is: Home Assistant remembers which of them somebody ignores."""
        self._show(found(leaf, document))

    @callback
    def withdraw(self) -> None:
        """None is shown any more."""
        self._show(dict.fromkeys(SEVERITY))

    def _show(self, decided: Mapping[str, Mapping[str, str] | None]) -> None:
        for key, named in decided.items():
            issue_id = f"{key}_{self._mat.id}"
            if named is None:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
                continue
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=SEVERITY[key],
                translation_key=key,
                translation_placeholders={"name": self._name, **named},
            )
