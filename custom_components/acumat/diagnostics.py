"""What helps with a fault, and nothing of a person: only what is listed here leaves the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant

if TYPE_CHECKING:
    from . import AcumatEntry

TOLD = {
    "settings": ("paused", "sensitivity"),
    "state": ("presence", "phase", "mode", "reference", "health", "reason"),
    "update": ("installed_version", "latest_version"),
}
"""No sentences: those of the broker name machines."""


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: AcumatEntry) -> dict[str, Any]:
    """Codes of each part, and which documents have come."""
    mat = entry.runtime_data
    health = dict(mat.document("health"))
    sensors = health.pop("sensors", {})
    sensors = sensors if isinstance(sensors, dict) else {}
    return {
        "online": mat.online,
        "heard": sorted(mat.documents),
        "health": {part: said.get("code") for part, said in (health | sensors).items() if isinstance(said, dict)},
        **{leaf: {key: mat.document(leaf).get(key) for key in keys} for leaf, keys in TOLD.items()},
    }
