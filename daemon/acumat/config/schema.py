"""The schema of the configuration file: one private dataclass a section, each key with its type, rules and default.

`convert` turns a file that was read into plain values; nobody else sees these sections.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from acumat.coach.rules import CAP_RANGE_MIN
from acumat.config.electrical import MAX_VCC_V, RM_RANGE_OHM
from acumat.config.rules import (
    A_BROKER,
    A_HOST,
    A_PAGE,
    A_SPEED,
    A_START,
    A_TIME,
    A_TOPIC,
    AN_ID,
    FILLED,
    NO_EMPTY_LEVEL,
    ON_ONE_LINE,
    VISIBLE,
    WHOLE,
    at_least,
    at_most,
    between,
)
from acumat.typed_data import Secret
from acumat_hw.layout import CHANNELS_PER_CHIP, FIRST_ADDRESS, MAT_LENGTH_MM, MAT_WIDTH_MM, MAX_CHIPS

Text = Annotated[str, at_most(200), FILLED, VISIBLE]
Place = Annotated[Text, WHOLE]
Topic = Annotated[str, at_most(200), A_TOPIC, ON_ONE_LINE, NO_EMPTY_LEVEL]
Identifier = Annotated[str, at_most(200), FILLED, ON_ONE_LINE]
Pin = Annotated[int, between(4, 27)]
Scans = Annotated[int, between(0, 16)]
# a broker's URL may hold its password
WITH_LOGIN = Secret(lambda value: "@" in str(value))
Host = Annotated[Text, A_HOST, WITH_LOGIN]
Node = Annotated[Text, A_BROKER, WITH_LOGIN]


@dataclass(frozen=True, slots=True)
class ProfileSection:
    """The table [mat.profile]: what the mat is."""

    size: Text | None = None
    spikes: Text | None = None
    foam: Text | None = None
    cover: Text | None = None
    surface: Text | None = None
    body_part: Text | None = None
    pillow: Text | None = None


@dataclass(frozen=True, slots=True)
class MatSection:
    """The table [mat]."""

    id: Annotated[str, AN_ID] | None = None
    name: Text = "Acupressure mat"
    width_mm: Annotated[float, between(50, 3000)] = MAT_WIDTH_MM
    length_mm: Annotated[float, between(50, 3000)] = MAT_LENGTH_MM
    profile: ProfileSection = field(default_factory=ProfileSection)


@dataclass(frozen=True, slots=True)
class LayoutSection:
    """The table [layout]."""

    preset: Literal["2x2", "4x2", "4x3", "4x4"] = "4x2"
    rm_ohm: Annotated[float, between(*RM_RANGE_OHM)] = 3300.0
    vcc_v: Annotated[float, between(1, MAX_VCC_V)] = 3.3
    bleed_ohm: Annotated[float, between(10_000, 10_000_000)] | None = None


@dataclass(frozen=True, slots=True)
class SensorSection:
    """One table [[sensors]]."""

    name: Annotated[str, AN_ID]
    x_mm: float
    y_mm: float
    chip: Annotated[int, between(FIRST_ADDRESS, FIRST_ADDRESS + MAX_CHIPS - 1)]
    channel: Annotated[int, between(0, CHANNELS_PER_CHIP - 1)]
    rm_ohm: Annotated[float, between(*RM_RANGE_OHM)] | None = None
    zone: Literal["neck", "shoulders", "lumbar", "pelvis"] | None = None


@dataclass(frozen=True, slots=True)
class Ads1x15Section:
    """The table [source] of a real mat."""

    kind: Literal["ads1x15"] = "ads1x15"
    bus: Annotated[int, between(0, 99)] = 1
    model: Literal["ads1115", "ads1015"] = "ads1115"
    gain: Literal["2/3", 1, 2, 4, 8, 16] = 1
    data_rate: int | None = None
    scans: Scans = 0


@dataclass(frozen=True, slots=True)
class SimulatedSection:
    """The table [source] of a simulated mat."""

    kind: Literal["simulated"] = "simulated"
    scenario: Text = "one-session"
    seed: Annotated[int, at_least(0)] | None = None
    speed: Annotated[float, at_least(0), A_SPEED] = 1.0
    through: Literal["bus", "fast"] = "bus"
    bus_hz: Annotated[int, between(10_000, 3_400_000)] = 400_000
    scans: Scans = 0
    started: Annotated[datetime, A_START] | None = None


@dataclass(frozen=True, slots=True)
class DaemonSection:
    """The table [daemon]."""

    rate_hz: Annotated[float, between(1, 200)] = 10.0
    idle_rate_hz: Annotated[float, between(1, 200)] = 5.0
    state_dir: Place | None = None
    runtime_dir: Place | None = None
    day_starts_at: Annotated[str, A_TIME] = "04:00"
    safe_mode_after: Annotated[int, between(0, 15)] = 5
    clock: Literal["auto", "trusted"] = "auto"


@dataclass(frozen=True, slots=True)
class MqttSection:
    """The table [mqtt]."""

    enabled: bool = True
    host: Host = "localhost"
    hosts: tuple[Node, ...] = ()
    port: Annotated[int, between(1, 65535)] | None = None
    username: Identifier | None = None
    password: Annotated[str, at_most(1000), Secret()] | None = field(default=None, repr=False)
    password_file: Text | None = None
    client_id: Identifier | None = None
    tls: bool = False
    ca_file: Text | None = None
    cert_file: Text | None = None
    key_file: Text | None = None
    base_topic: Topic = "acumat"
    discovery: bool = True
    discovery_prefix: Topic = "homeassistant"
    picture: bool = True
    names: bool = False
    language: Literal["en", "de", "sv"] = "en"
    keepalive_s: Annotated[int, between(5, 3600)] = 15


@dataclass(frozen=True, slots=True)
class PanelSection:
    """The table [panel]."""

    button_pin: Pin | None = None
    led_pin: Pin | None = None
    buzzer_pin: Pin | None = None
    button_pull: Literal["up", "down"] = "up"
    led_active_high: bool = True
    buzzer_active_high: bool = True
    buzzer: Literal["active", "passive"] = "active"
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DetectSection:
    """The table [detect]."""

    sensitivity: Literal["normal", "low", "high"] = "normal"


@dataclass(frozen=True, slots=True)
class RoutineSection:
    """The table [routine]."""

    enabled: bool = True
    cap_min: Annotated[int, between(*CAP_RANGE_MIN)] = 40
    person_cap_min: Annotated[int, between(5, 30)] = 30
    goal: Literal["morning", "night"] = "night"
    pacer: Literal["off", "light", "sound", "both"] = "off"
    advice_over_mqtt: bool = False
    screen_over_mqtt: bool = False


@dataclass(frozen=True, slots=True)
class ShareSection:
    """The table [share]."""

    questions: bool = False
    check_ins: bool = False
    rhythm: bool = False
    helped: bool = False
    weekly_look: bool = False


@dataclass(frozen=True, slots=True)
class WebSection:
    """The table [web]."""

    hosts: tuple[Host, ...] = ()
    url: Annotated[str, at_most(200), A_PAGE] | None = None
    code_file: Place | None = None


@dataclass(frozen=True, slots=True)
class File:
    """The whole file."""

    mat: MatSection = field(default_factory=MatSection)
    layout: LayoutSection = field(default_factory=LayoutSection)
    sensors: tuple[SensorSection, ...] | None = None
    source: Ads1x15Section | SimulatedSection = field(default_factory=Ads1x15Section)
    daemon: DaemonSection = field(default_factory=DaemonSection)
    mqtt: MqttSection = field(default_factory=MqttSection)
    panel: PanelSection = field(default_factory=PanelSection)
    detect: DetectSection = field(default_factory=DetectSection)
    routine: RoutineSection = field(default_factory=RoutineSection)
    share: ShareSection = field(default_factory=ShareSection)
    web: WebSection = field(default_factory=WebSection)
