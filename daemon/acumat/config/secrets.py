"""The files that a configuration points to: the broker's password and the certificates that it is checked with.

No message quotes a password.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from acumat.config.raw import table
from acumat_hw.errors import InputError
from acumat_hw.text_file import load_text, read_text, shown_path
from acumat_hw.toml_lines import Path as Loc

MAX_PASSWORD_BYTES = 4096
MAX_CA_BYTES = 2**20
"""The bundle of a whole distribution has 220 kB."""
CONTAINER_SECRETS = Path("/run/secrets")
"""Where containers get their secrets, as files that only their host can change."""


def secrets_of(data: Mapping[str, Any]) -> tuple[str | None, list[tuple[Loc, str]]]:
    """The password from outside of the configuration, and what is wrong with the files that the configuration names."""
    mqtt = table(data, "mqtt")
    problems: list[tuple[Loc, str]] = []
    ca_file = mqtt.get("ca_file")
    if isinstance(ca_file, str) and ca_file and mqtt.get("tls") is True:
        problems += _ca_problems(Path(ca_file))
    try:
        return _password(mqtt), problems
    except InputError as error:
        return None, [*problems, (("mqtt", "password_file"), _in_sentence(error))]


def exposed(data: Mapping[str, Any], mode: int) -> list[tuple[Loc, str]]:
    """A password written into a configuration that every user of the machine can read."""
    if "password" not in table(data, "mqtt") or not mode & 0o004:
        return []
    fix = "write it into /etc/acumat/mqtt_password (the service) or a file named by mqtt.password_file"
    return [(("mqtt", "password"), f"every user of this machine can read this file (mode {mode:o}); {fix}")]


def read_password(path: Path) -> str:
    """All of a file but the end of its line. Raises InputError."""
    return read_text(path, MAX_PASSWORD_BYTES).rstrip("\r\n")


def _password(mqtt: Mapping[str, Any]) -> str | None:
    named = mqtt.get("password_file")
    if isinstance(named, str) and named:
        return _private_password(Path(named))
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if "password" in mqtt or "password_file" in mqtt or not credentials:
        return None
    path = Path(credentials) / "mqtt_password"
    # the credential is optional, and the installation leaves an empty one there
    return (read_password(path) or None) if path.exists() else None


def _private_password(path: Path) -> str:
    file = load_text(path, MAX_PASSWORD_BYTES)
    if file.mode & 0o077 and not (file.read_only or CONTAINER_SECRETS in path.parents):
        shown = shown_path(path)
        raise InputError(f"{shown}: can be read by others (mode {file.mode:o}); run: chmod 600 {shown}")
    return file.text.rstrip("\r\n")


def _ca_problems(path: Path) -> Iterator[tuple[Loc, str]]:
    try:
        pem = "-----BEGIN " in read_text(path, MAX_CA_BYTES)
    except InputError as error:
        yield ("mqtt", "ca_file"), _in_sentence(error)
        return
    if not pem:
        yield ("mqtt", "ca_file"), f"{shown_path(path)} has no certificate in PEM form; give a file with BEGIN CERTIFICATE"


def _in_sentence(error: InputError) -> str:
    """What is wrong with a file, to stand behind a key of the configuration."""
    return str(error).replace(": ", " ", 1)
