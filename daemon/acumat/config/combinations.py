"""Values that are possible alone but not together, found in the raw data beside the faults of single keys."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from acumat.config.electrical import MAX_SENSORS, electrical_problems
from acumat.config.raw import number, table
from acumat.config.rules import ID_PATTERN
from acumat_hw.layout import MAT_LENGTH_MM, MAT_WIDTH_MM
from acumat_hw.toml_lines import Path as Loc

MAX_SOCKET_PATH = 107
"""Bytes of the path of a Unix socket (unix(7))."""
MAX_NODES = 16
"""Of one broker; a cluster that votes has three or five."""
NEAREST_MM = 1.0
"""From the centre of one sensor to that of another: no two fit into a millimetre, and places in metres are nearer."""
PANEL_PINS = ("button_pin", "led_pin", "buzzer_pin")


def combination_problems(data: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """The path of a key in the file and a sentence for each; a value of a wrong type is left to the schema."""
    sensors = data.get("sensors")
    if isinstance(sensors, list):
        if not 1 <= len(sensors) <= MAX_SENSORS:
            yield ("sensors",), f"wrong number of sensors; allowed: 1 to {MAX_SENSORS}"
        if "preset" in table(data, "layout"):
            yield ("layout", "preset"), "a preset and [[sensors]] exclude each other; allowed: one of the two"
        yield from _sensor_problems(sensors, table(data, "mat"))
    yield from electrical_problems(data)
    source = table(data, "source")
    if "started" in source and source.get("speed") == 0:
        yield ("source", "started"), "has no meaning at speed 0, which has no time of its own; allowed: a speed above 0"
    yield from _panel_problems(table(data, "panel"))
    runtime_dir = table(data, "daemon").get("runtime_dir")
    if isinstance(runtime_dir, str) and len(f"{runtime_dir}/control.sock".encode()) > MAX_SOCKET_PATH:
        room = MAX_SOCKET_PATH - len("/control.sock")
        yield ("daemon", "runtime_dir"), f"is too long for the control socket in it; allowed: {room} bytes"
    yield from _mqtt_problems(table(data, "mqtt"))


def disclosed(data: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Warnings about allowed settings that send private answers off this machine."""
    mqtt = table(data, "mqtt")
    if table(data, "routine").get("screen_over_mqtt") is True and mqtt.get("enabled", True) is True:
        way = "the broker" if mqtt.get("tls") is True else "the broker without encryption (mqtt.tls)"
        goes = f"what is answered about health in Home Assistant goes through {way}, and Home Assistant stores what was tapped"
        yield ("routine", "screen_over_mqtt"), f"{goes}; false: it is answered on the mat's page or with acumat screen"


def _mqtt_problems(mqtt: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    hosts = mqtt.get("hosts")
    if isinstance(hosts, list) and not 1 <= len(hosts) <= MAX_NODES:
        yield ("mqtt", "hosts"), f"wrong number of hosts; allowed: 1 to {MAX_NODES}, or leave the key out"
    if "hosts" in mqtt and "host" in mqtt:
        yield ("mqtt", "hosts"), "host and hosts exclude each other; allowed: one of the two"
    if "password" in mqtt and "password_file" in mqtt:
        yield ("mqtt", "password_file"), "password and password_file exclude each other; allowed: one of the two"
    yield from login_problems("mqtt", mqtt, user_needed=True)


def login_problems(section: str, written: Mapping[str, Any], *, user_needed: bool) -> Iterator[tuple[Loc, str]]:
    """Problems of a section with `username`, `password_file`, `tls` and its files."""
    if user_needed and ("password" in written or "password_file" in written) and "username" not in written:
        yield (section, "username"), "is missing; a password needs the user it belongs to"
    for key in ("ca_file", "cert_file"):
        if key in written and written.get("tls", False) is False:
            yield (section, key), "has no effect without tls; set tls = true"
    if "key_file" in written and "cert_file" not in written:
        yield (section, "cert_file"), "is missing; a key needs the certificate it belongs to"


def _panel_problems(panel: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    taken: dict[int, str] = {}
    for key in PANEL_PINS:
        pin = panel.get(key)
        if type(pin) is int and taken.setdefault(pin, key) != key:
            yield ("panel", key), f"pin {pin} is already {taken[pin]}; give each part a pin of its own"


def _sensor_problems(sensors: list[Any], mat: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    names: dict[str, int] = {}
    inputs: dict[tuple[int, int], int] = {}
    half_mm = {"x_mm": mat.get("width_mm", MAT_WIDTH_MM), "y_mm": mat.get("length_mm", MAT_LENGTH_MM)}
    for index, sensor in enumerate(sensors[:MAX_SENSORS]):
        if not isinstance(sensor, dict):
            continue
        name, chip, channel = sensor.get("name"), sensor.get("chip"), sensor.get("channel")
        if isinstance(name, str) and re.fullmatch(ID_PATTERN, name) and names.setdefault(name, index) != index:
            yield ("sensors", index, "name"), f'"{name}" is already the name of sensor {names[name] + 1}'
        if type(chip) is int and type(channel) is int and inputs.setdefault((chip, channel), index) != index:
            other = inputs[chip, channel] + 1
            yield ("sensors", index, "channel"), f"chip {chip:#x} channel {channel} is already read by sensor {other}"
        yield from _place_problems(sensors, index)
        for axis, size_mm in half_mm.items():
            place = sensor.get(axis)
            if isinstance(place, int | float) and isinstance(size_mm, int | float) and abs(place) > size_mm / 2:
                yield (
                    ("sensors", index, axis),
                    f"{place:g} is off the mat; allowed: {-size_mm / 2:g} to {size_mm / 2:g} from its centre",
                )


def _place_problems(sensors: list[Any], index: int) -> Iterator[tuple[Loc, str]]:
    """A sensor where another one is already, as when places are written in metres; a copied name or input is told elsewhere."""
    name, chip, channel, here = _name_input_place(sensors[index])
    for other in range(index):
        its_name, its_chip, its_channel, there = _name_input_place(sensors[other])
        if here is None or there is None or name == its_name or (chip, channel) == (its_chip, its_channel):
            continue
        if (apart_mm := math.dist(here, there)) < NEAREST_MM:
            what = f"its centre is {apart_mm:g} mm from that of sensor {other + 1}"
            yield ("sensors", index, "x_mm"), f"{what}; allowed: {NEAREST_MM:g} or more, and places are in millimetres"
            return


def _name_input_place(sensor: object) -> tuple[object, object, object, tuple[float, float] | None]:
    """Of one table [[sensors]]; no place where it is not said in numbers."""
    if not isinstance(sensor, dict):
        return None, None, None, None
    x_mm, y_mm = number(sensor, "x_mm", None), number(sensor, "y_mm", None)
    place = None if x_mm is None or y_mm is None else (float(x_mm), float(y_mm))
    return sensor.get("name"), sensor.get("chip"), sensor.get("channel"), place
