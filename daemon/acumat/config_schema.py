"""What may stand in the configuration file: one private model a section, and the checks across keys.

`config` turns a file that passed into plain values; nobody else sees these models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from acumat.coach.rules import CAP_RANGE_MIN
from acumat.config_electrical import MAX_SENSORS, MAX_VCC_V, electrical_problems
from acumat.config_host import host_problem
from acumat_hw.layout import CHANNELS_PER_CHIP, FIRST_ADDRESS, MAT_LENGTH_MM, MAT_WIDTH_MM, MAX_CHIPS
from acumat_hw.toml_lines import Path as Loc

ID_PATTERN = r"^[a-z0-9_-]{1,32}$"
TOPIC_PATTERN = r"^[^/+#\s$][^+#\s]*$"
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
PATTERN_WORDS = {
    ID_PATTERN: "1 to 32 of a-z, 0-9, _ and -",
    TOPIC_PATTERN: "an MQTT topic without spaces, + and #, not starting with / or $",
    TIME_PATTERN: 'a time of day such as "04:00"',
}

CONTROL_CHARACTERS = "has a control character in it; allowed: characters that can be seen, and spaces"
SPEEDS = (0.01, 10_000)
"""A scenario may run so many times as fast as it would."""
MAX_SOCKET_PATH = 107
"""Bytes of the path of a Unix socket (unix(7))."""


def _visible(text: str) -> str:
    # a path cannot hold a NUL, and a terminal obeys the others
    if any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in text):
        raise ValueError(CONTROL_CHARACTERS)
    return text


def _on_one_line(text: str) -> str:
    # brokers refuse these in topics and names (MQTT 5, 1.5.4)
    if any(unicodedata.category(char) == "Cc" or _is_no_character(ord(char)) for char in text):
        raise ValueError(CONTROL_CHARACTERS)
    return text


def _is_no_character(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_visible)]
Topic = Annotated[str, Field(pattern=TOPIC_PATTERN, max_length=200), AfterValidator(_on_one_line)]
Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_on_one_line)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ProfileSection(_Section):
    size: Text | None = None
    spikes: Text | None = None
    foam: Text | None = None
    cover: Text | None = None
    surface: Text | None = None
    body_part: Text | None = None


class MatSection(_Section):
    id: str | None = Field(default=None, pattern=ID_PATTERN)
    name: Text = "Acupressure mat"
    width_mm: float = Field(default=MAT_WIDTH_MM, ge=50, le=3000)
    length_mm: float = Field(default=MAT_LENGTH_MM, ge=50, le=3000)
    profile: ProfileSection = ProfileSection()


class LayoutSection(_Section):
    preset: Literal["2x2", "4x2", "4x3", "4x4"] = "4x2"
    rm_ohm: float = Field(default=3300.0, ge=10, le=10_000_000)
    vcc_v: float = Field(default=3.3, ge=1, le=MAX_VCC_V)
    bleed_ohm: float | None = Field(default=None, ge=10_000, le=10_000_000)


class SensorSection(_Section):
    name: str = Field(pattern=ID_PATTERN)
    x_mm: float
    y_mm: float
    chip: int = Field(ge=FIRST_ADDRESS, le=FIRST_ADDRESS + MAX_CHIPS - 1)
    channel: int = Field(ge=0, le=CHANNELS_PER_CHIP - 1)
    rm_ohm: float | None = Field(default=None, ge=10, le=10_000_000)
    zone: Literal["neck", "shoulders", "lumbar", "pelvis"] | None = None


class Ads1x15Section(_Section):
    kind: Literal["ads1x15"] = "ads1x15"
    bus: int = Field(default=1, ge=0, le=99)
    model: Literal["ads1115", "ads1015"] = "ads1115"
    gain: Literal["2/3", 1, 2, 4, 8, 16] = 1
    data_rate: int | None = None
    scans: int = Field(default=0, ge=0, le=16)


class SimulatedSection(_Section):
    kind: Literal["simulated"] = "simulated"
    scenario: Text = "one-session"
    seed: int | None = Field(default=None, ge=0)
    speed: float = Field(default=1.0, ge=0)
    through: Literal["bus", "fast"] = "bus"
    bus_hz: int = Field(default=400_000, ge=10_000, le=3_400_000)
    scans: int = Field(default=0, ge=0, le=16)
    started: datetime | None = None

    @field_validator("speed")
    @classmethod
    def _can_be_waited_for(cls, speed: float) -> float:
        if speed and not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ValueError(f"is not possible; allowed: 0, or {SPEEDS[0]:g} to {SPEEDS[1]:g}")
        return speed

    @field_validator("started")
    @classmethod
    def _within_the_clock(cls, started: datetime | None) -> datetime | None:
        if started is not None and not 1970 < started.year < 2200:
            raise ValueError("is a time that no scenario began at; allowed: the years 1971 to 2199")
        return started


def _kind(source: object) -> object:
    return source.get("kind", "ads1x15") if isinstance(source, dict) else "ads1x15"


Source = Annotated[
    Annotated[Ads1x15Section, Tag("ads1x15")] | Annotated[SimulatedSection, Tag("simulated")],
    Discriminator(_kind),
]


class DaemonSection(_Section):
    rate_hz: float = Field(default=10.0, ge=1, le=200)
    idle_rate_hz: float = Field(default=5.0, ge=1, le=200)
    state_dir: Text | None = None
    runtime_dir: Text | None = None
    day_starts_at: str = Field(default="04:00", pattern=TIME_PATTERN)
    safe_mode_after: int = Field(default=5, ge=0, le=15)
    clock: Literal["auto", "trusted"] = "auto"


class MqttSection(_Section):
    enabled: bool = True
    host: Text = "localhost"
    port: int | None = Field(default=None, ge=1, le=65535)
    username: Identifier | None = None
    password: str | None = Field(default=None, repr=False, max_length=1000)
    password_file: Text | None = None
    client_id: Identifier | None = None
    tls: bool = False
    ca_file: Text | None = None
    base_topic: Topic = "acumat"
    discovery: bool = True
    discovery_prefix: Topic = "homeassistant"
    picture: bool = True
    keepalive_s: int = Field(default=15, ge=5, le=3600)

    @field_validator("host")
    @classmethod
    def _can_be_looked_up(cls, host: str) -> str:
        if problem := host_problem(host):
            raise ValueError(problem)
        return host

    @field_validator("base_topic", "discovery_prefix")
    @classmethod
    def _no_empty_level(cls, topic: str) -> str:
        if topic.endswith("/") or "//" in topic:
            raise ValueError("has an empty level; allowed: names joined by single slashes")
        return topic


class PanelSection(_Section):
    button_pin: int | None = Field(default=None, ge=4, le=27)
    led_pin: int | None = Field(default=None, ge=4, le=27)
    buzzer_pin: int | None = Field(default=None, ge=4, le=27)
    button_pull: Literal["up", "down"] = "up"
    led_active_high: bool = True
    buzzer_active_high: bool = True
    buzzer: Literal["active", "passive"] = "active"
    simulated: bool = False


class DetectSection(_Section):
    sensitivity: Literal["normal", "low", "high"] = "normal"


class RoutineSection(_Section):
    enabled: bool = True
    cap_min: int = Field(default=40, ge=CAP_RANGE_MIN[0], le=CAP_RANGE_MIN[1])
    person_cap_min: int = Field(default=30, ge=5, le=30)
    goal: Literal["morning", "night"] = "night"
    advice_over_mqtt: bool = False


class File(_Section):
    mat: MatSection = MatSection()
    layout: LayoutSection = LayoutSection()
    sensors: list[SensorSection] | None = Field(default=None, min_length=1, max_length=MAX_SENSORS)
    source: Source = Ads1x15Section()
    daemon: DaemonSection = DaemonSection()
    mqtt: MqttSection = MqttSection()
    panel: PanelSection = PanelSection()
    detect: DetectSection = DetectSection()
    routine: RoutineSection = RoutineSection()


SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): File,
    ("mat",): MatSection,
    ("mat", "profile"): ProfileSection,
    ("layout",): LayoutSection,
    ("sensors",): SensorSection,
    ("source", "ads1x15"): Ads1x15Section,
    ("source", "simulated"): SimulatedSection,
    ("daemon",): DaemonSection,
    ("mqtt",): MqttSection,
    ("panel",): PanelSection,
    ("detect",): DetectSection,
    ("routine",): RoutineSection,
}
"""The model of each section, by its path in pydantic's errors without the indices."""


def cross_problems(data: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """What is wrong between keys, on the raw data, so that these are told together with faults in single keys."""
    sensors = data.get("sensors")
    if isinstance(sensors, list):
        if "preset" in _table(data, "layout"):
            yield ("layout", "preset"), "a preset and [[sensors]] exclude each other; allowed: one of the two"
        yield from _sensor_problems(sensors, _table(data, "mat"))
    yield from electrical_problems(data)
    source = _table(data, "source")
    if "started" in source and source.get("speed") == 0:
        yield ("source", "started"), "has no meaning at speed 0, which has no time of its own; allowed: a speed above 0"
    yield from _panel_problems(_table(data, "panel"))
    runtime_dir = _table(data, "daemon").get("runtime_dir")
    if isinstance(runtime_dir, str) and len(f"{runtime_dir}/control.sock".encode()) > MAX_SOCKET_PATH:
        room = MAX_SOCKET_PATH - len("/control.sock")
        yield ("daemon", "runtime_dir"), f"is too long for the control socket in it; allowed: {room} bytes"
    mqtt = _table(data, "mqtt")
    if "password" in mqtt and "password_file" in mqtt:
        yield ("mqtt", "password_file"), "password and password_file exclude each other; allowed: one of the two"
    if ("password" in mqtt or "password_file" in mqtt) and "username" not in mqtt:
        yield ("mqtt", "username"), "is missing; a password needs the user it belongs to"
    if "ca_file" in mqtt and mqtt.get("tls", False) is False:
        yield ("mqtt", "ca_file"), "has no effect without tls; set tls = true"


PANEL_PINS = ("button_pin", "led_pin", "buzzer_pin")


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
        if isinstance(name, str) and re.match(ID_PATTERN, name) and names.setdefault(name, index) != index:
            yield ("sensors", index, "name"), f'"{name}" is already the name of sensor {names[name] + 1}'
        if type(chip) is int and type(channel) is int and inputs.setdefault((chip, channel), index) != index:
            other = inputs[chip, channel] + 1
            yield ("sensors", index, "channel"), f"chip {chip:#x} channel {channel} is already read by sensor {other}"
        for axis, size_mm in half_mm.items():
            place = sensor.get(axis)
            if isinstance(place, int | float) and isinstance(size_mm, int | float) and abs(place) > size_mm / 2:
                yield (
                    ("sensors", index, axis),
                    f"{place:g} is off the mat; allowed: {-size_mm / 2:g} to {size_mm / 2:g} from its centre",
                )


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name)
    return table if isinstance(table, dict) else {}
