"""Converts a file to plain values. The file wins over the environment, which wins over the defaults."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import time
from pathlib import Path

from acumat.config.electrical import CODES, FULL_SCALE_V, fitting_gain
from acumat.config.host import host_and_port
from acumat.config.schema import Ads1x15Section, DaemonSection, File, MqttSection, PanelSection, SensorSection, WebSection
from acumat.config.secrets import Secrets
from acumat.config.values import (
    MQTT_PORT,
    Ads1x15Config,
    Config,
    DaemonConfig,
    MqttConfig,
    PanelConfig,
    RoutineConfig,
    SimulatedConfig,
    SourceConfig,
    WebConfig,
)
from acumat.contract.sessions import Profile
from acumat.contract.wellbeing import Shared
from acumat_hw.layout import PRESETS, Layout, Sensor, grid, zones_by_row
from acumat_hw.panel import PanelPins

MQTT_TLS_PORT = 8883


def config_of(file: File, secrets: Secrets, path: Path | None, warnings: tuple[str, ...]) -> Config:
    """The values of a file, with the secrets outside of it."""
    return Config(
        mat_id=file.mat.id,
        name=file.mat.name,
        profile=Profile(**asdict(file.mat.profile)),
        layout=_layout(file),
        source=_source(file),
        daemon=_daemon(file.daemon),
        mqtt=_mqtt(file.mqtt, secrets),
        panel=_panel(file.panel),
        sensitivity=file.detect.sensitivity,
        routine=RoutineConfig(**asdict(file.routine)),
        share=Shared(**asdict(file.share)),
        web=_web(file.web),
        path=path,
        warnings=warnings,
    )


def runtime_dir(written: str | None) -> Path:
    """The path of the control socket."""
    return _directory(written, "RUNTIME_DIRECTORY", "/run/acumat")


def _daemon(section: DaemonSection) -> DaemonConfig:
    return DaemonConfig(
        rate_hz=section.rate_hz,
        idle_rate_hz=section.idle_rate_hz,
        state_dir=_directory(section.state_dir, "STATE_DIRECTORY", "/var/lib/acumat"),
        runtime_dir=runtime_dir(section.runtime_dir),
        day_starts_at=time.fromisoformat(section.day_starts_at),
        safe_mode_after=section.safe_mode_after,
        clock=section.clock,
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


def _web(section: WebSection) -> WebConfig:
    code_file = Path(section.code_file) if section.code_file else WebConfig().code_file
    return WebConfig(section.hosts, section.url, code_file)


def _mqtt(section: MqttSection, secrets: Secrets) -> MqttConfig:
    return MqttConfig(
        enabled=section.enabled,
        brokers=_brokers(section),
        username=section.username,
        password=section.password if secrets.password is None else secrets.password,
        password_file=_path(section.password_file),
        client_id=section.client_id,
        tls=section.tls,
        ca_file=_path(section.ca_file),
        cert_file=_path(section.cert_file),
        key_file=secrets.key_file or _path(section.key_file),
        base_topic=section.base_topic,
        discovery=section.discovery,
        discovery_prefix=section.discovery_prefix,
        picture=section.picture,
        names=section.names,
        language=section.language,
        keepalive_s=section.keepalive_s,
    )


def _brokers(section: MqttSection) -> tuple[tuple[str, int], ...]:
    usual = section.port or (MQTT_TLS_PORT if section.tls else MQTT_PORT)
    named = [host_and_port(each) for each in section.hosts] or [(section.host, None)]
    return tuple((host, usual if port is None else port) for host, port in named)


def _path(written: str | None) -> Path | None:
    return Path(written) if written else None
