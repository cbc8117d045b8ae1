"""States as codes, which Home Assistant shows in each user's own language. Those of MQTT are in the language of the mat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .mat import AVAILABILITY, DOMAIN, Mat

if TYPE_CHECKING:
    from . import AcumatEntry

# fmt: off
ADVICE = [
    "starting", "alarm", "rise", "calibrating", "paused", "blind", "over_time", "shift_left", "shift_right", "breathe",
    "measuring", "redness", "fading", "symptom", "professional", "unanswered", "ask_again", "ask_professional", "rest_day",
    "history", "calibrate", "done_today", "ready", "lie_down",
]
# fmt: on
SITUATIONS = ["ready", "waiting", "guided", "over_time", "alarm", "measuring", "cool_down", "question"]
GUIDANCE = ["on", "symptom", "professional", "unanswered", "ask_again", "advice", "rest_day", "history"]


@dataclass(frozen=True, kw_only=True)
class AcumatSensor(SensorEntityDescription):
    """`read` gives the code out of the document on the topic that ends in `leaf`."""

    leaf: str
    read: Callable[[Mapping[str, Any]], object]


SENSORS = (
    AcumatSensor(key="next_step", options=ADVICE, leaf="now", read=lambda now: now.get("advice")),
    AcumatSensor(key="routine_state", options=SITUATIONS, leaf="routine", read=lambda routine: routine.get("situation")),
    AcumatSensor(
        key="guidance_state",
        options=GUIDANCE,
        leaf="routine",
        read=lambda routine: (routine["guidance_reason"] or "on") if "guidance_reason" in routine else None,
    ),
)


async def async_setup_entry(hass: HomeAssistant, entry: AcumatEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """Before the mat is listened to: nothing it says is missed."""
    add(CodeSensor(entry.runtime_data, entry.title, each) for each in SENSORS)


class CodeSensor(SensorEntity):
    """One code of a document."""

    entity_description: AcumatSensor
    _attr_device_class = SensorDeviceClass.ENUM
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, mat: Mat, name: str, description: AcumatSensor) -> None:
        self._mat = mat
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{mat.id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, mat.id)}, name=name, manufacturer=DOMAIN, entry_type=DeviceEntryType.SERVICE
        )

    @property
    def available(self) -> bool:
        """While the mat's daemon is connected."""
        return self._mat.online

    @property
    def native_value(self) -> str | None:
        """None for a code of a newer daemon, which has no word here."""
        code = self.entity_description.read(self._mat.document(self.entity_description.leaf))
        return str(code) if code in self.options else None

    async def async_added_to_hass(self) -> None:
        """Listen to the mat."""
        self._mat.listeners.append(self._on_document)

    async def async_will_remove_from_hass(self) -> None:
        """Listen no longer."""
        self._mat.listeners.remove(self._on_document)

    @callback
    def _on_document(self, leaf: str, _: Mapping[str, Any]) -> None:
        if leaf in (AVAILABILITY, self.entity_description.leaf):
            self.async_write_ha_state()
