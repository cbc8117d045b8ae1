"""What Home Assistant demands of a device discovery payload, as found by trying: all problems of one, each in a sentence.

Written apart from the code that builds payloads. The first half would make Home Assistant refuse the whole device, the second a
single component, and the rest is what it accepts in silence and then gets wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Payload = Mapping[str, Any]

TOP_KEYS = {
    "device",
    "origin",
    "components",
    "availability",
    "availability_mode",
    "availability_template",
    "state_topic",
    "command_topic",
    "qos",
    "encoding",
}
DEVICE_KEYS = {
    "identifiers",
    "connections",
    "name",
    "manufacturer",
    "model",
    "model_id",
    "serial_number",
    "sw_version",
    "hw_version",
    "configuration_url",
    "suggested_area",
    "via_device",
}
ORIGIN_KEYS = {"name", "sw_version", "support_url"}

COMMON_KEYS = {
    "platform",
    "unique_id",
    "name",
    "icon",
    "entity_category",
    "enabled_by_default",
    "default_entity_id",
    "availability",
    "state_topic",
    "qos",
    "json_attributes_topic",
    "json_attributes_template",
}
PLATFORM_KEYS: dict[str, set[str]] = {
    "sensor": {
        "device_class",
        "state_class",
        "unit_of_measurement",
        "suggested_display_precision",
        "value_template",
        "options",
    },
    "binary_sensor": {"device_class", "value_template", "payload_on", "payload_off"},
    "event": {"device_class", "event_types", "value_template"},
    "button": {"device_class", "command_topic", "command_template", "payload_press"},
    "number": {
        "device_class",
        "command_topic",
        "command_template",
        "value_template",
        "min",
        "max",
        "step",
        "mode",
        "unit_of_measurement",
    },
    "switch": {"device_class", "command_topic", "value_template", "payload_on", "payload_off"},
    "select": {"command_topic", "command_template", "value_template", "options"},
    "text": {"command_topic", "command_template", "value_template", "pattern", "max"},
    "image": {"image_topic", "content_type"},
    "update": {"title", "value_template"},
}
REQUIRED: dict[str, set[str]] = {
    "sensor": set(),
    "binary_sensor": set(),
    "event": {"event_types"},
    "button": {"command_topic"},
    "number": {"command_topic", "state_topic"},
    "switch": {"command_topic"},
    "select": {"command_topic", "options"},
    "text": {"command_topic"},
    "image": {"image_topic"},
    "update": {"state_topic"},
}

UNITS: dict[str | None, set[str | None]] = {
    None: {None, "%", "breaths/min"},
    "duration": {"μs", "ms", "s", "min", "h", "d"},
    "timestamp": {None},
    "enum": {None},
}
"""Units by the device class of a sensor, of those that a mat may use."""
STATE_CLASSES: dict[str | None, set[str | None]] = {
    None: {None, "measurement", "total_increasing"},
    "duration": {None, "measurement", "total_increasing"},
    "timestamp": {None},
    "enum": {None},
}
BINARY_CLASSES = {None, "occupancy", "problem", "connectivity", "running"}
BUTTON_CLASSES = {None, "identify", "restart", "update"}
CATEGORIES: dict[str, set[str | None]] = {
    "sensor": {None, "diagnostic"},
    "binary_sensor": {None, "diagnostic"},
    "event": {None, "diagnostic"},
    "button": {None, "diagnostic", "config"},
    "number": {None, "config"},
    "switch": {None, "diagnostic", "config"},
    "select": {None, "diagnostic", "config"},
    "text": {None, "config"},
    "image": {None, "diagnostic"},
    "update": {None, "diagnostic", "config"},
}


def problems(payload: Payload) -> list[str]:
    """Everything that is wrong with a payload; empty for one that may be published."""
    return [*_device_problems(payload), *_component_problems(payload)]


def _device_problems(payload: Payload) -> Iterator[str]:
    device, origin = payload.get("device", {}), payload.get("origin", {})
    for place, keys, allowed in (
        ("the top", payload, TOP_KEYS),
        ("device", device, DEVICE_KEYS),
        ("origin", origin, ORIGIN_KEYS),
    ):
        for key in sorted(keys.keys() - allowed):
            yield f"{key} at {place} makes the whole payload be refused"
    if not origin.get("name"):
        yield "origin needs a name"
    if not device.get("name"):
        yield "device needs a name, or older versions call its entities none_..."
    if not (device.get("identifiers") or device.get("connections")):
        yield "device needs identifiers or connections"
    url = device.get("configuration_url")
    if url is not None and not re.match(r"https?://[^/]", url):
        yield f"configuration_url {url} needs http:// or https://"
    if not payload.get("components"):
        yield "there are no components"
    yield from _availability_problems("the top", payload)


def _availability_problems(place: str, of: Payload) -> Iterator[str]:
    if "availability_topic" in of:
        yield f"availability_topic at {place}: only the list form can be mixed"
    for each in of.get("availability", []):
        if not isinstance(each, Mapping) or "topic" not in each:
            yield f"availability at {place} must be a list of objects with a topic"


def _component_problems(payload: Payload) -> Iterator[str]:
    components: Mapping[str, Payload] = payload.get("components", {})
    for key, component in components.items():
        where = f"component {key}"
        if not re.fullmatch(r"[a-z0-9_]+", key):
            yield f"{where}: the key may hold a-z, 0-9 and _ only, or it cannot be removed"
        platform = component.get("platform")
        if platform not in PLATFORM_KEYS:
            yield f"{where}: platform {platform} is not one of ours"
            continue
        if component.keys() == {"platform"}:  # how a retired one is removed
            continue
        for problem in _problems_of(platform, component, payload):
            yield f"{where}: {problem}"
    living = [component for component in components.values() if component.keys() != {"platform"}]
    ids = Counter(component.get("unique_id") for component in living)
    for unique_id in [each for each, count in ids.items() if count > 1]:
        yield f"unique_id {unique_id} is there more than once"
    names = Counter(component.get("name", "") for component in living)
    for name in [each for each, count in names.items() if count > 1]:
        yield f"name {name!r} is there more than once"
    if names[None] != 1:
        yield "exactly one main entity bears the device's name (name null)"


def _problems_of(platform: str, component: Payload, payload: Payload) -> Iterator[str]:
    for key in sorted(component.keys() - COMMON_KEYS - PLATFORM_KEYS[platform]):
        yield f"{key} is no key of {platform}"
    for key in sorted(REQUIRED[platform] - component.keys()):
        yield f"{key} is missing"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", str(component.get("unique_id") or "")):
        yield "unique_id is missing or has odd characters"
    if "icon" in component and not re.fullmatch(r"mdi:[a-z0-9-]+", str(component["icon"])):
        yield f"icon {component['icon']} must begin with mdi:"
    for key, value in component.items():
        if value is None and key != "name":
            yield f"{key} must not be null"
    name, device = component.get("name", ""), payload.get("device", {}).get("name", "")
    if name == "" or (name and name.lower().startswith(str(device).lower())):
        yield "name must be there, and not begin with the device's"
    if component.get("entity_category") not in CATEGORIES[platform]:
        yield f"entity_category {component.get('entity_category')} is refused for {platform}"
    yield from _availability_problems("it", component)
    yield from _topic_problems(platform, component, payload)
    yield from _class_problems(platform, component)
    yield from _template_problems(component)


def _topic_problems(platform: str, component: Payload, payload: Payload) -> Iterator[str]:
    for key in ("state_topic", "command_topic", "json_attributes_topic", "image_topic"):
        if re.search(r"[+#]", component.get(key, "")):
            yield f"{key} must have no wildcard"
    if platform in ("switch", "select") and "state_topic" not in component:
        yield "a setting must be shown from its own state_topic, or it is unknown after a restart"
    if platform not in ("button", "image") and "state_topic" not in component and "state_topic" not in payload:
        yield "state_topic is missing"
    if platform == "event" and "state_topic" not in component:
        yield "an event's state_topic must be its own: the shared one is retained"


def _class_problems(platform: str, component: Payload) -> Iterator[str]:
    device_class = component.get("device_class")
    if platform == "sensor":
        yield from _sensor_problems(device_class, component)
    elif platform == "binary_sensor" and device_class not in BINARY_CLASSES:
        yield f"device_class {device_class} is not one of ours"
    elif platform == "number":
        yield from _number_problems(component)
    elif platform == "button" and device_class not in BUTTON_CLASSES:
        yield f"device_class {device_class} is no button's"
    elif platform == "event" and device_class is not None:
        yield "an event of ours has no device_class"


def _number_problems(component: Payload) -> Iterator[str]:
    least, most = component.get("min", 1), component.get("max", 100)
    if not least < most:
        yield f"min {least} is not below max {most}"
    if component.get("mode") not in ("auto", "box", "slider"):
        yield f"mode {component.get('mode')} is not known"
    if component.get("device_class") is not None:
        yield "a number of ours has no device_class"


def _sensor_problems(device_class: str | None, component: Payload) -> Iterator[str]:
    if device_class not in UNITS:
        yield f"device_class {device_class} is not one of ours"
        return
    unit, state_class = component.get("unit_of_measurement"), component.get("state_class")
    if unit not in UNITS[device_class]:
        yield f"unit {unit} does not go with device_class {device_class}"
    if state_class not in STATE_CLASSES[device_class]:
        yield f"state_class {state_class} does not go with device_class {device_class}"
    if ("options" in component) != (device_class == "enum"):
        yield "options and device_class enum go together"
    if len(set(component.get("options", []))) != len(component.get("options", [])):
        yield "options repeat themselves"
    numeric = unit is not None or state_class is not None
    if numeric and "suggested_display_precision" not in component:
        yield "without suggested_display_precision numbers are shown with needless digits"


def _template_problems(component: Payload) -> Iterator[str]:
    if component.get("platform") == "number" and "{{ value }}" not in component.get("command_template", "{{ value }}"):
        yield "command_template must carry the value"
    for key in ("value_template", "json_attributes_template"):
        template = component.get(key, "")
        if re.search(r"value_json\.(?!get\()|value_json\[", template):
            yield f"{key} must read with value_json.get: an absent key would warn with every message"
        if template.count("{{") != template.count("}}") or template.count("{%") != template.count("%}"):
            yield f"{key} has an open bracket"
