"""A mat is found at the broker by itself, or by its topic where that is not below `acumat`."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import voluptuous as vol
from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo

from .mat import AVAILABILITY, DOMAIN, TOPIC

TOPIC_FORM = re.compile(r"[^#+\0]+/[a-zA-Z0-9_-]+")
HEARD_S = 5.0
"""A retained message comes with the subscription; so long it may take over a slow network."""


class AcumatFlow(ConfigFlow, domain=DOMAIN):
    """One entry a mat."""

    def __init__(self) -> None:
        self._topic = ""

    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """A mat has reported at the broker."""
        if discovery_info.payload != "online":
            return self.async_abort(reason="not_heard")
        await self._take(discovery_info.topic.removesuffix(f"/{AVAILABILITY}"))
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The user wants it, or not."""
        if user_input is None:
            return self.async_show_form(step_id="confirm", description_placeholders={"name": self._name})
        return self.async_create_entry(title=self._name, data={TOPIC: self._topic})

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The user names the topic."""
        errors = {}
        if user_input is not None:
            topic = user_input[TOPIC].strip().rstrip("/")
            if not await self._heard(topic):
                errors[TOPIC] = "not_heard"
            else:
                await self._take(topic)
                return self.async_create_entry(title=self._name, data={TOPIC: topic})
        schema = vol.Schema({vol.Required(TOPIC, default="acumat/"): str})
        return self.async_show_form(step_id="user", data_schema=schema, errors=errors)

    async def _take(self, topic: str) -> None:
        """Aborts the flow for a mat that is set up already."""
        self._topic = topic
        await self.async_set_unique_id(topic.rpartition("/")[2])
        self._abort_if_unique_id_configured(updates={TOPIC: topic})
        self.context["title_placeholders"] = {"name": self._name}

    async def _heard(self, topic: str) -> bool:
        """Whether a mat is or was there: its availability is retained."""
        if not TOPIC_FORM.fullmatch(topic) or not await mqtt.async_wait_for_mqtt_client(self.hass):
            return False
        heard = asyncio.Event()

        @callback
        def on_message(message: mqtt.ReceiveMessage) -> None:
            if message.payload in ("online", "offline"):
                heard.set()

        unsubscribe = await mqtt.async_subscribe(self.hass, f"{topic}/{AVAILABILITY}", on_message, 1)
        try:
            async with asyncio.timeout(HEARD_S):
                return await heard.wait()
        except TimeoutError:
            return False
        finally:
            unsubscribe()

    @property
    def _name(self) -> str:
        """What the mat is called as an MQTT device, else its id."""
        mat_id = self._topic.rpartition("/")[2]
        devices = dr.async_get(self.hass).async_get_devices(identifiers={(mqtt.DOMAIN, f"{DOMAIN}_{mat_id}")})
        return next((each.name_by_user or each.name for each in devices if each.name_by_user or each.name), mat_id)
