"""What one mat has said over MQTT, and who wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

DOMAIN = "acumat"
TOPIC = "topic"
"""The key of an entry's data for base topic and id, as `acumat/bedroom`."""
AVAILABILITY, EVENT = "availability", "event"
LEAVES = (EVENT, "health", "now", "routine", "session", "settings", "state", "update")

Listener = Callable[[str, Mapping[str, Any]], None]


class Mat:
    """The last document of each topic. Listeners get the topic's last level and the document; that of availability is empty."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.id = topic.rpartition("/")[2]
        self.online = False
        self.documents: dict[str, Mapping[str, Any]] = {}
        self.listeners: list[Listener] = []

    def document(self, leaf: str) -> Mapping[str, Any]:
        """The last one on this topic; empty before the first."""
        return self.documents.get(leaf, {})

    async def listen(self, hass: HomeAssistant, on_unload: Callable[[Callable[[], None]], None]) -> None:
        """Subscribe to all topics; `on_unload` is handed what ends each subscription."""
        on_unload(await mqtt.async_subscribe(hass, f"{self.topic}/{AVAILABILITY}", self._on_availability, 1))
        for leaf in LEAVES:
            on_unload(await mqtt.async_subscribe(hass, f"{self.topic}/{leaf}", partial(self._on_message, leaf), 1))

    @callback
    def _on_availability(self, message: mqtt.ReceiveMessage) -> None:
        self.online = message.payload == "online"
        self._tell(AVAILABILITY, {})

    @callback
    def _on_message(self, leaf: str, message: mqtt.ReceiveMessage) -> None:
        """What is no JSON object, as the empty message that removes a topic, is taken for an empty one."""
        try:
            document = json_loads(message.payload)
        except JSON_DECODE_EXCEPTIONS:
            document = {}
        if not isinstance(document, dict) or (leaf == EVENT and message.retain):
            return
        self.documents[leaf] = document
        self._tell(leaf, document)

    def _tell(self, leaf: str, document: Mapping[str, Any]) -> None:
        for listener in self.listeners:
            listener(leaf, document)
