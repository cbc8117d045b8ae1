"""The configuration as frozen plain values. Wiring gives each part what it needs; no other part stores a Config."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Literal

from acumat.contract.sessions import Profile
from acumat.contract.wellbeing import Shared
from acumat_hw.layout import Layout
from acumat_hw.panel import PanelPins

MQTT_PORT = 1883
Language = Literal["en", "de", "sv"]
PacerParts = Literal["off", "light", "sound", "both"]


@dataclass(frozen=True, slots=True)
class Ads1x15Config:
    """The real converters: I2C bus number, chip, gain (2/3 to 16) and samples a second (None: the chip's fastest).

    A frame is the mean of at most `scans` scans of the mat (None: as many as cost little).
    """

    bus: int = 1
    model: Literal["ads1115", "ads1015"] = "ads1115"
    gain: float = 1
    data_rate: int | None = None
    scans: int | None = None


@dataclass(frozen=True, slots=True)
class SimulatedConfig:
    """A simulated mat at `speed` times real time (0: without waiting), read over the register-level bus or directly."""

    scenario: str = "one-session"
    seed: int | None = None
    speed: float = 1.0
    through: Literal["bus", "fast"] = "bus"
    bus_hz: int = 400_000
    scans: int | None = None
    started: datetime | None = None
    """When the scenario began. Its mat then continues over restarts of the daemon; None: each start begins it anew."""


SourceConfig = Ads1x15Config | SimulatedConfig


@dataclass(frozen=True, slots=True)
class DaemonConfig:
    """Frames a second, also while the mat is empty and still, the folders, and when a day begins (local time)."""

    rate_hz: float = 10.0
    idle_rate_hz: float = 5.0
    state_dir: Path = Path("/var/lib/acumat")
    runtime_dir: Path = Path("/run/acumat")
    day_starts_at: time = time(4, 0)
    safe_mode_after: int = 5
    """After so many failed starts within ten minutes the daemon starts without its stored data; 0: never."""
    clock: Literal["auto", "trusted"] = "auto"
    """`trusted`: the machine's clock is right from the start, though no time service says so."""

    @property
    def control_socket(self) -> Path:
        """Where the running daemon takes requests."""
        return self.runtime_dir / "control.sock"


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker and what is published there. The password is from the file, a file beside it or systemd's credentials.

    `brokers` are host and port of the broker, or of each of its nodes.
    `cert_file` is the certificate that we show; without a `key_file` its key is in the same file.
    """

    enabled: bool = True
    brokers: tuple[tuple[str, int], ...] = (("localhost", MQTT_PORT),)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    client_id: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    base_topic: str = "acumat"
    discovery: bool = True
    discovery_prefix: str = "homeassistant"
    picture: bool = True
    names: bool = False
    language: Language = "en"
    keepalive_s: int = 15


@dataclass(frozen=True, slots=True)
class RoutineConfig:
    """Whether the mat guides, the hard cap and the person's own limit in minutes, and the part of the day that is aimed at.

    `pacer`: what of the panel leads the breath.

    `advice_over_mqtt`: MQTT, too, may report that a professional was asked. `screen_over_mqtt`: the questions about health may
    be answered over MQTT.
    """

    enabled: bool = True
    cap_min: int = 40
    person_cap_min: int = 30
    goal: Literal["morning", "night"] = "night"
    pacer: PacerParts = "off"
    advice_over_mqtt: bool = False
    screen_over_mqtt: bool = False


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """LED, buzzer and button. With `simulated` the log says what they would do."""

    pins: PanelPins = field(default_factory=PanelPins)
    simulated: bool = False

    @property
    def fitted(self) -> bool:
        """Whether there is any part."""
        return any(pin is not None for pin in (self.pins.button, self.pins.led, self.pins.buzzer))


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The page: further names by which browsers call it, where Home Assistant links to it, and the file with the hash of the
    code to sign in with.
    """

    hosts: tuple[str, ...] = ()
    url: str | None = None
    code_file: Path = Path("/var/lib/acumat-web/code")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a person may set. `mat_id` None: made from the machine's id; `path` None: no file, all defaults."""

    mat_id: str | None
    name: str
    profile: Profile
    layout: Layout
    source: SourceConfig
    daemon: DaemonConfig
    mqtt: MqttConfig
    panel: PanelConfig
    sensitivity: Literal["normal", "low", "high"]
    routine: RoutineConfig
    share: Shared
    web: WebConfig
    path: Path | None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Warnings about usable values that should be corrected: file, line, key and fix in a sentence each."""
