"""The companion of a mat in Home Assistant, for what MQTT discovery cannot give. The mat itself comes by MQTT, without it."""

from __future__ import annotations

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady

from .issues import Issues
from .mat import TOPIC, Mat
from .statistics import SessionStatistics

PLATFORMS = (Platform.SENSOR,)

AcumatEntry = ConfigEntry[Mat]


async def async_setup_entry(hass: HomeAssistant, entry: AcumatEntry) -> bool:
    """Listen to the mat. Raises ConfigEntryNotReady while MQTT is not set up; it is then tried again."""
    if not await mqtt.async_wait_for_mqtt_client(hass):
        raise ConfigEntryNotReady("MQTT is not set up")
    mat = entry.runtime_data = Mat(entry.data[TOPIC])
    statistics = SessionStatistics(hass, mat, entry.title)
    await statistics.load()
    issues = Issues(hass, mat, entry.title)
    entry.async_on_unload(issues.withdraw)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await mat.listen(hass, entry.async_on_unload)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: AcumatEntry) -> bool:
    """Listen no longer; the subscriptions end by themselves."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
