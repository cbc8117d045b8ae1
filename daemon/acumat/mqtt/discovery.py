"""The one retained message that makes the mat appear in Home Assistant: a device and its entities, built purely.

One wrong key at the top, in `device` or in `origin` makes Home Assistant refuse the whole device, so only keys that are known
to pass stand there. Templates read with `.get`: a missing key is then unknown, where `value_json.x` would warn each time.
Component keys, unique ids, units and classes never change: entities, their history and people's automations depend on them.
An entity that must change gets a new key. The old key stays as a bare `{"platform": ...}`, so that Home Assistant removes it.
"""

from __future__ import annotations

from typing import Any

from acumat.coach.rules import CAP_RANGE_MIN
from acumat.contract.wellbeing import NOTHING_SHARED, Shared
from acumat.mqtt.discovery_controls import control_components
from acumat.mqtt.discovery_diagnostics import diagnostic_components, update_components
from acumat.mqtt.discovery_presence import glance_components, measure_components
from acumat.mqtt.discovery_routine import routine_components
from acumat.mqtt.discovery_screening import screening_components
from acumat.mqtt.discovery_sensors import Component
from acumat.mqtt.discovery_sessions import session_components
from acumat.mqtt.discovery_wellbeing import wellbeing_components
from acumat.mqtt.retired_entities import RETIRED, stubs
from acumat.mqtt.topics import Topics
from acumat_hw.layout import Layout

MANUFACTURER = "acumat"


def discovery_payload(
    topics: Topics,
    *,
    name: str,
    version: str,
    layout: Layout,
    routine: bool = True,
    asks_health: bool = False,
    latest_cap_min: int = CAP_RANGE_MIN[1],
    picture: bool = True,
    packaged: bool = False,
    shared: Shared = NOTHING_SHARED,
    page_url: str | None = None,
) -> dict[str, Any]:
    """The device payload; `name` is the display name. Without `routine`, `asks_health` or `picture` their entities are removed.

    So are the entities for how somebody feels, unless they are `shared`. A mat that is `packaged` has an entity for the newest
    release. `page_url` is where browsers find the mat's page.
    """
    return {
        "device": _device(topics, name, version, layout, page_url),
        "origin": {"name": "acumat", "sw_version": version},
        # the list form, here and in components: together with `availability_topic` it is an error
        # the payloads are written out: Home Assistant 2025.1 did not apply its defaults for them
        "availability": [{"topic": topics.availability, "payload_available": "online", "payload_not_available": "offline"}],
        "state_topic": topics.state,
        "qos": 1,
        "components": {
            **{
                key: {"unique_id": f"{topics.device_id}_{key}", **component}
                for key, component in {
                    **_components(topics),
                    **control_components(topics, picture=picture),
                    **update_components(topics, on=packaged),
                }.items()
            },
            **routine_components(topics, on=routine, latest_cap_min=latest_cap_min),
            **screening_components(topics, on=routine and asks_health),
            **wellbeing_components(topics, shared),
            **stubs({**RETIRED, **({} if picture else {"picture": "image"}), **({} if packaged else {"update": "update"})}),
        },
    }


def _device(topics: Topics, name: str, version: str, layout: Layout, page_url: str | None) -> dict[str, Any]:
    device: dict[str, Any] = {
        "identifiers": [topics.device_id],
        "name": name,
        "manufacturer": MANUFACTURER,
        "model": f"Acupressure mat {layout.name}",
        "sw_version": version,
        "hw_version": f"{len(layout.sensors)} sensors, {len({sensor.chip for sensor in layout.sensors})} converters",
        "serial_number": topics.mat_id,
    }
    if page_url is not None:
        device["configuration_url"] = page_url
    return device


def _components(topics: Topics) -> dict[str, Component]:
    return {
        **glance_components(topics),
        **measure_components(topics),
        **session_components(topics),
        **diagnostic_components(topics),
    }
