"""The files that a configuration points to: the broker's password, and certificates with their key.

No message quotes a password or a key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acumat.config.raw import table
from acumat_hw.errors import InputError
from acumat_hw.text_file import load_text, read_text, shown_path
from acumat_hw.toml_lines import Path as Loc

MAX_PASSWORD_BYTES = 4096
MAX_CERTIFICATE_BYTES = 2**20
"""The bundle of a whole distribution has 220 kB."""
CONTAINER_SECRETS = Path("/run/secrets")
"""Where containers get their secrets, as files that only their host can change."""
MQTT_PASSWORD, MQTT_KEY = Path("/etc/acumat/mqtt_password"), Path("/etc/acumat/mqtt_key")
"""Where the service's password and key lie; systemd hands them over as credentials of these names."""
EXPOSED = "every user of this machine can read this file"
NO_KEY = "name its file as mqtt.key_file, or write it into /etc/acumat/mqtt_key (the service)"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets outside of the configuration: the password, and the file with the key of the client certificate.

    `key_file` None: the key is in the certificate's own file.
    """

    password: str | None = field(default=None, repr=False)
    key_file: Path | None = None


def secrets_of(data: Mapping[str, Any]) -> tuple[Secrets, list[tuple[Loc, str]]]:
    """The secrets outside of the configuration, and the faults of the files that it names."""
    mqtt = table(data, "mqtt")
    problems: list[tuple[Loc, str]] = []
    password: str | None = None
    key_file = _key_file(mqtt)
    if mqtt.get("tls") is True:
        problems += _certificate_problems(mqtt, "ca_file")
        problems += _certificate_problems(mqtt, "cert_file") or _key_problems(mqtt, key_file)
    try:
        password = _password(mqtt)
    except InputError as error:
        problems.append((("mqtt", "password_file"), _in_sentence(error)))
    return Secrets(password, key_file), problems


def exposed(data: Mapping[str, Any], mode: int) -> list[tuple[Loc, str]]:
    """A password written into a configuration that every user of the machine can read."""
    if "password" not in table(data, "mqtt") or not mode & 0o004:
        return []
    fix = "write it into /etc/acumat/mqtt_password (the service) or a file named by mqtt.password_file"
    return [(("mqtt", "password"), f"{EXPOSED} (mode {mode:o}); {fix}")]


def read_password(path: Path) -> str:
    """A file's text without the end of its line. Raises InputError."""
    return read_text(path, MAX_PASSWORD_BYTES).rstrip("\r\n")


def _password(mqtt: Mapping[str, Any]) -> str | None:
    named = mqtt.get("password_file")
    if isinstance(named, str) and named:
        if not named.startswith("/") and not _is_there(Path(named)):  # it may be the password itself
            raise InputError(f"is no file that is there; give its whole path, such as {MQTT_PASSWORD}")
        return private_text(Path(named)).rstrip("\r\n")
    path = None if "password" in mqtt or "password_file" in mqtt else _credential(MQTT_PASSWORD.name)
    # the credential is optional, and the installation leaves an empty one there
    return None if path is None else (read_password(path) or None)


def _key_file(mqtt: Mapping[str, Any]) -> Path | None:
    """The key apart from its certificate: the file that is named, else systemd's credential if there is anything in it.

    Outside of the service it is the file that systemd takes the credential from.
    """
    named = mqtt.get("key_file")
    if isinstance(named, str) and named:
        return Path(named)
    path = _credential(MQTT_KEY.name) or (None if "CREDENTIALS_DIRECTORY" in os.environ else MQTT_KEY)
    return path if "cert_file" in mqtt and path is not None and _is_filled(path) else None


def _credential(name: str) -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder or ".") / name
    return path if folder and _is_there(path) else None


def _is_there(path: Path) -> bool:
    """Whether the path leads to something; a name that is too long for one leads nowhere."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def _is_filled(path: Path) -> bool:
    """Whether there is more in it than the line that the installation leaves there."""
    try:
        return path.stat().st_size > 1
    except OSError:
        return False


def private_text(path: Path, max_bytes: int = MAX_PASSWORD_BYTES) -> str:
    """The text of a file that nobody else may read. Raises InputError."""
    file = load_text(path, max_bytes)
    if file.mode & 0o077 and not (file.read_only or CONTAINER_SECRETS in path.parents):
        shown = shown_path(path)
        raise InputError(f"{shown}: can be read by others (mode {file.mode:o}); run: chmod 600 {shown}")
    return file.text


def _certificate_problems(mqtt: Mapping[str, Any], key: str) -> list[tuple[Loc, str]]:
    named = mqtt.get(key)
    if not isinstance(named, str) or not named:
        return []
    path = Path(named)
    try:
        pem = "-----BEGIN " in read_text(path, MAX_CERTIFICATE_BYTES)
    except InputError as error:
        return [(("mqtt", key), _in_sentence(error))]
    fix = f"{shown_path(path)} has no certificate in PEM form; give a file with BEGIN CERTIFICATE"
    return [] if pem else [(("mqtt", key), fix)]


def _key_problems(mqtt: Mapping[str, Any], key_file: Path | None) -> list[tuple[Loc, str]]:
    """The fault of the client certificate's key: in a file of its own, in the certificate's, or missing."""
    named = mqtt.get("cert_file")
    if not isinstance(named, str) or not named:
        return []
    loc = ("mqtt", "key_file" if "key_file" in mqtt else "cert_file")
    path = key_file or Path(named)
    if path == MQTT_KEY and not os.access(path, os.R_OK):
        return []  # only root can read it, and systemd hands it over
    shown = shown_path(path)
    try:
        if "PRIVATE KEY-----" not in read_text(path, MAX_CERTIFICATE_BYTES):
            return [(loc, f"{shown} has no private key in PEM form; {NO_KEY}")]
        text = private_text(path, MAX_CERTIFICATE_BYTES)
    except InputError as error:
        return [(loc, _in_sentence(error))]
    if "ENCRYPTED" in text:
        return [(loc, f"{shown} has a passphrase, which nobody could type; take it off: openssl pkey -in {shown} -out NEW")]
    return []


def _in_sentence(error: InputError) -> str:
    """The fault of a file, worded to follow a key of the configuration."""
    return str(error).replace(": ", " ", 1)
