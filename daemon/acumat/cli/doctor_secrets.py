"""Password and key for the doctor: only root can read those of the service."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from acumat.config import Ads1x15Config, Config, ConfigError, load_config
from acumat.config.secrets import EXPOSED, MQTT_KEY, MQTT_PASSWORD, read_password
from acumat.doctor.finding import Finding, fail, warn
from acumat.mqtt.problems import Target
from acumat.wiring.broker import target_of
from acumat_hw.errors import InputError

HIDDEN = "(Permission denied)"


def secret_findings(config: Config) -> Iterator[Finding]:
    """Faults of password, certificates and key. A file that this user must not read is no fault."""
    try:
        warnings = load_config(config.path).warnings
    except ConfigError as error:  # the rest of the configuration has been read already
        warnings = ()
        for problem in error.problems:
            if HIDDEN not in problem:
                yield fail("configuration", "config", problem, "")
    for each in warnings:
        yield warn("configuration", "config_exposed" if EXPOSED in each else "config_names", each, "")
    for path in (MQTT_PASSWORD, MQTT_KEY) if _of_the_service(config) else ():
        mode = _mode(path)
        if mode & 0o077:
            yield fail(
                "configuration",
                "secret_exposed",
                f"{path} can be read by others (mode {mode:o}).",
                f"Run: sudo chmod 600 {path}.",
            )


def broker_target(config: Config) -> Target:
    """The broker as the daemon connects to it, as far as this user may read the secrets."""
    mqtt, password, hidden = config.mqtt, None, config.mqtt.username is not None
    try:
        loaded = load_config(config.path).mqtt
    except ConfigError:
        pass
    else:
        mqtt, password, hidden = replace(mqtt, key_file=loaded.key_file), loaded.password, False
    if _of_the_service(config) and mqtt.username is not None and password is None and not hidden:
        password, hidden = _service_password()
    return target_of(mqtt, password=password, password_hidden=hidden)


def _of_the_service(config: Config) -> bool:
    """Whether the service is this mat's daemon. A simulated mat does not use its secrets."""
    return isinstance(config.source, Ads1x15Config)


def _service_password() -> tuple[str | None, bool]:
    try:
        return read_password(MQTT_PASSWORD) or None, False
    except InputError as error:
        return None, isinstance(error.__cause__, PermissionError)


def _mode(path: Path) -> int:
    """Of a file with something in it; 0 for any other."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return stat.S_IMODE(found.st_mode) if found.st_size > 1 else 0
