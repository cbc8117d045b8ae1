"""The configuration file: TOML in, frozen plain values out, every problem at once with its line.

Values that stand in the file win over the environment, which wins over the defaults. Where the values are used, wiring hands
on the parts that each piece needs; nobody else keeps a Config.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from acumat.config_electrical import CODES, FULL_SCALE_V, fitting_gain
from acumat.config_problems import problem_lines, schema_problems
from acumat.config_schema import (
    Ads1x15Section,
    File,
    MqttSection,
    PanelSection,
    SensorSection,
    cross_problems,
)
from acumat.config_secrets import exposed, secrets_of
from acumat.contract.sessions import Profile
from acumat_hw.errors import InputError
from acumat_hw.layout import PRESETS, Layout, Sensor, grid, zones_by_row
from acumat_hw.panel import PanelPins
from acumat_hw.text_file import TextFile, load_text, read_bytes, shown_path
from acumat_hw.toml_file import parse_toml
from acumat_hw.toml_lines import Path as Loc

SYSTEM_CONFIG = Path("/etc/acumat/acumat.toml")
MQTT_PORT = 1883
MQTT_TLS_PORT = 8883


class ConfigError(InputError):
    """The configuration cannot be used; the message is one problem a line, in the order of the file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Ads1x15Config:
    """The real converters: I2C bus number, chip, gain (2/3 to 16) and samples a second (None: the chip's fastest).

    `scans` is how many scans of the mat a frame is the mean of, at most (None: as many as cost little).
    """

    bus: int = 1
    model: Literal["ads1115", "ads1015"] = "ads1115"
    gain: float = 1
    data_rate: int | None = None
    scans: int | None = None


@dataclass(frozen=True, slots=True)
class SimulatedConfig:
    """A simulated mat: `speed` times real time (0: as fast as it goes), through the register-level bus or past it."""

    scenario: str = "one-session"
    seed: int | None = None
    speed: float = 1.0
    through: Literal["bus", "fast"] = "bus"
    bus_hz: int = 400_000
    scans: int | None = None
    started: datetime | None = None
    """When the scenario began, so that its mat lives on over restarts of the daemon; None: at each start of the daemon."""


SourceConfig = Ads1x15Config | SimulatedConfig


@dataclass(frozen=True, slots=True)
class DaemonConfig:
    """How fast to read, also while the mat is empty and still, where to keep things, and when a day begins (local time)."""

    rate_hz: float = 10.0
    idle_rate_hz: float = 5.0
    state_dir: Path = Path("/var/lib/acumat")
    runtime_dir: Path = Path("/run/acumat")
    day_starts_at: time = time(4, 0)
    safe_mode_after: int = 5
    clock: Literal["auto", "trusted"] = "auto"
    """Starts within ten minutes of which none lasted, before one does without what was kept; 0: never."""

    @property
    def control_socket(self) -> Path:
        """Where the running daemon can be spoken to."""
        return self.runtime_dir / "control.sock"


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker and what to tell it. The password comes from the file, a file beside it or systemd's credentials."""

    enabled: bool = True
    host: str = "localhost"
    port: int = MQTT_PORT
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    base_topic: str = "acumat"
    discovery: bool = True
    discovery_prefix: str = "homeassistant"
    picture: bool = True
    keepalive_s: int = 15


@dataclass(frozen=True, slots=True)
class RoutineConfig:
    """Whether the mat guides, the person's own limit and the hard cap in minutes, and the part of the day that is aimed at.

    `advice_over_mqtt`: whether it may be said over MQTT, too, that a professional was asked.
    """

    enabled: bool = True
    cap_min: int = 40
    person_cap_min: int = 30
    goal: Literal["morning", "night"] = "night"
    advice_over_mqtt: bool = False


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """The parts that somebody looks at, hears and presses; `simulated` tells in the log what they would do."""

    pins: PanelPins = field(default_factory=PanelPins)
    simulated: bool = False

    @property
    def fitted(self) -> bool:
        """Whether there is any part."""
        return any(pin is not None for pin in (self.pins.button, self.pins.led, self.pins.buzzer))


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a person may set. `mat_id` None: to be taken from the machine; `path` None: no file, all defaults."""

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
    path: Path | None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What can be used and should be put right all the same: file, line, key and fix in a sentence each."""


def find_config(explicit: Path | None) -> Path | None:
    """The file to load: the one asked for, else $ACUMAT_CONFIG, else the system's if it is there, else None (defaults)."""
    if explicit is not None:
        return explicit
    if named := os.environ.get("ACUMAT_CONFIG"):
        return Path(named)
    return SYSTEM_CONFIG if SYSTEM_CONFIG.exists() else None


def load_config(path: Path | None, *, secrets: bool = True) -> Config:
    """Read, check and convert a configuration file; None gives the defaults.

    Without `secrets` no password is looked for: whoever asks the daemon need not be able to read it. Raises ConfigError with
    every problem of the file.
    """
    try:
        written = TextFile("", 0, read_only=False) if path is None else load_text(path)
        document = parse_toml(written.text, "defaults" if path is None else shown_path(path))
    except InputError as exc:
        raise ConfigError(str(exc).splitlines()) from exc
    data = document.data
    problems: list[tuple[Loc, str]] = list(cross_problems(data))
    file: File | None = None
    try:
        file = File.model_validate(data)
    except ValidationError as exc:
        problems += schema_problems(exc)
    password: str | None = None
    if secrets:
        password, secret_problems = secrets_of(data)
        problems += secret_problems
    if problems or file is None:
        raise ConfigError(problem_lines(document.shown, problems, document.lines()))
    warnings = problem_lines(document.shown, exposed(data, written.mode), document.lines()) if secrets else []
    return _config(file, password, path, tuple(warnings))


def control_socket_of(path: Path) -> Path:
    """Where the daemon of a file that cannot be used listens, by what can still be read of it."""
    try:
        text = read_bytes(path).decode("utf-8", errors="replace")
    except InputError:
        text = ""
    written = re.search(r"""^[^#\n]*\bruntime_dir\s*=\s*(["'])(.+?)\1""", text, re.MULTILINE)
    runtime_dir = _directory(written and written[2], "RUNTIME_DIRECTORY", "/run/acumat")
    return DaemonConfig(runtime_dir=runtime_dir).control_socket


def _config(file: File, password: str | None, path: Path | None, warnings: tuple[str, ...]) -> Config:
    profile = Profile(**file.mat.profile.model_dump())
    return Config(
        mat_id=file.mat.id,
        name=file.mat.name,
        profile=profile,
        layout=_layout(file),
        source=_source(file),
        daemon=DaemonConfig(
            rate_hz=file.daemon.rate_hz,
            idle_rate_hz=file.daemon.idle_rate_hz,
            state_dir=_directory(file.daemon.state_dir, "STATE_DIRECTORY", "/var/lib/acumat"),
            runtime_dir=_directory(file.daemon.runtime_dir, "RUNTIME_DIRECTORY", "/run/acumat"),
            day_starts_at=time.fromisoformat(file.daemon.day_starts_at),
            safe_mode_after=file.daemon.safe_mode_after,
            clock=file.daemon.clock,
        ),
        mqtt=_mqtt(file.mqtt, password),
        panel=_panel(file.panel),
        sensitivity=file.detect.sensitivity,
        routine=RoutineConfig(**file.routine.model_dump()),
        path=path,
        warnings=warnings,
    )


def _directory(written: str | None, variable: str, default: str) -> Path:
    # systemd joins several directories with colons; the unit asks for one
    return Path(written or os.environ.get(variable, "").split(":")[0] or default)


def _source(file: File) -> SourceConfig:
    section = file.source
    scans = section.scans or None
    if isinstance(section, Ads1x15Section):
        gain = 2 / 3 if section.gain == "2/3" else section.gain
        return Ads1x15Config(section.bus, section.model, gain, section.data_rate, scans)
    return SimulatedConfig(
        section.scenario, section.seed, section.speed, section.through, section.bus_hz, scans=scans, started=section.started
    )


def _layout(file: File) -> Layout:
    gain = file.source.gain if isinstance(file.source, Ads1x15Section) else fitting_gain(file.layout.vcc_v)
    lsb_v = FULL_SCALE_V[gain] / CODES
    mat, layout = file.mat, file.layout
    if file.sensors is None:
        rows, columns = PRESETS[layout.preset]
        return grid(
            rows,
            columns,
            rm_ohm=layout.rm_ohm,
            vcc_v=layout.vcc_v,
            lsb_v=lsb_v,
            width_mm=mat.width_mm,
            length_mm=mat.length_mm,
            bleed_ohm=layout.bleed_ohm,
        )
    zones = zones_by_row([sensor.y_mm for sensor in file.sensors])
    sensors = tuple(_sensor(each, zone, layout.rm_ohm) for each, zone in zip(file.sensors, zones, strict=True))
    return Layout("custom", sensors, layout.vcc_v, lsb_v, mat.width_mm, mat.length_mm, layout.bleed_ohm)


def _sensor(section: SensorSection, zone: str | None, rm_ohm: float) -> Sensor:
    return Sensor(
        name=section.name,
        x_mm=section.x_mm,
        y_mm=section.y_mm,
        rm_ohm=rm_ohm if section.rm_ohm is None else section.rm_ohm,
        chip=section.chip,
        channel=section.channel,
        zone=section.zone or zone,
    )


def _panel(section: PanelSection) -> PanelConfig:
    pins = PanelPins(
        button=section.button_pin,
        led=section.led_pin,
        buzzer=section.buzzer_pin,
        button_pull=section.button_pull,
        led_active_high=section.led_active_high,
        buzzer_active_high=section.buzzer_active_high,
        buzzer_passive=section.buzzer == "passive",
    )
    return PanelConfig(pins, section.simulated)


def _mqtt(section: MqttSection, password: str | None) -> MqttConfig:
    return MqttConfig(
        enabled=section.enabled,
        host=section.host,
        port=section.port or (MQTT_TLS_PORT if section.tls else MQTT_PORT),
        username=section.username,
        password=section.password if password is None else password,
        client_id=section.client_id,
        tls=section.tls,
        ca_file=Path(section.ca_file) if section.ca_file else None,
        base_topic=section.base_topic,
        discovery=section.discovery,
        discovery_prefix=section.discovery_prefix,
        picture=section.picture,
        keepalive_s=section.keepalive_s,
    )
