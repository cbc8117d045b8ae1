"""The doctor's findings in one file for somebody who helps: without secrets, names and people's answers."""

from __future__ import annotations

import io
import json
import platform
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from acumat import __version__
from acumat.backup.private_file import replace_private
from acumat.cli.doctor_secrets import broker_target
from acumat.config import Config, ConfigError, find_config, load_config
from acumat.config.redacted import NOT_SHOWN, misplaced, redacted
from acumat.contract.events import OF_THE_MACHINE, EventType
from acumat.control import ask
from acumat.doctor.finding import Finding
from acumat.release import RELEASE, installed
from acumat_hw.errors import AcumatError, InputError
from acumat_hw.text_file import read_text, shown_path
from acumat_hw.toml_file import read_toml

PACKAGES = ("paho-mqtt", "adafruit-circuitpython-ads1x15", "Adafruit-Blinka", "adafruit-extended-bus", "gpiozero", "lgpio")
MODEL, RELEASE_FILE = Path("/proc/device-tree/model"), Path("/etc/os-release")
STATUS = ("mat", "version", "layout", "health", "frames_skipped", "messages_refused", "steps_failed")
STATE = ("presence", "health", "reason")
"""The parts of the status about the mat itself, and none about who lies there."""
JOURNAL = (
    "journalctl",
    "-u",
    "acumat",
    "-u",
    "acumat-switch",
    "-u",
    "acumat-web",
    "-n",
    "2000",
    "--no-pager",
    "-o",
    "short-iso",
    "--no-hostname",
)
JOURNAL_S, ASK_S = 20.0, 5.0
OF_PEOPLE = re.compile(
    rf"\b({'|'.join(each for each in EventType if each not in OF_THE_MACHINE)}|button|guest): |\bsession \S+-s\d"
)
"""A line of the log about any other event, the button, a guest or a session."""
LEAST_SECRET = 4
"""A shorter password is part of ordinary words."""


def write_bundle(path: Path, config_path: Path | None, findings: Sequence[Finding]) -> None:
    """Write the archive of this mat. Raises InputError if the file exists, or OSError."""
    if path.exists():
        raise InputError(f"{shown_path(path)}: is there already; give another name")
    config = _loaded(config_path)
    pieces = {
        "findings.json": [each.document() for each in findings],
        "versions.json": _versions(),
        "configuration.json": _configuration(config_path),
        "status.json": None if config is None else _status(config),
        "log.txt": _log(),
    }
    secrets = [each for each in _secrets(config, config_path) if len(each) >= LEAST_SECRET]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pieces.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False, default=str)
            archive.writestr(name, without(text, secrets))
    replace_private(path, made.getvalue(), for_caller=True)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced, in case one has got there in an unforeseen way."""
    for secret in secrets:
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
            text = text.replace(form, NOT_SHOWN)
    return text


def _loaded(config_path: Path | None) -> Config | None:
    try:
        return load_config(find_config(config_path), secrets=False)
    except ConfigError:
        return None


def _configuration(config_path: Path | None) -> object:
    path = find_config(config_path)
    try:
        return "the defaults" if path is None else redacted(read_toml(path).data)
    except InputError:
        return "cannot be read; the findings say why"


def _status(config: Config) -> object:
    try:
        answer = ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
        return {**{key: answer.get(key) for key in STATUS}, "state": _part(answer.get("state"), STATE)}
    except AcumatError as error:
        return f"{error}"


def _part(found: object, keys: Sequence[str]) -> Mapping[str, Any]:
    return {key: found.get(key) for key in keys} if isinstance(found, dict) else {}


def _versions() -> Mapping[str, object]:
    return {
        "acumat": __version__,
        "release": RELEASE.name if installed() else "none: a checkout",
        "python": sys.version,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "system": _line_of(RELEASE_FILE, "PRETTY_NAME="),
        "board": _line_of(MODEL, ""),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _line_of(path: Path, begins: str) -> str:
    try:
        lines = read_text(path).split("\n")
    except InputError:
        return "unknown"
    return next((line.removeprefix(begins).strip('"\0') for line in lines if line.startswith(begins)), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _log() -> str:
    try:
        done = subprocess.run(JOURNAL, capture_output=True, text=True, errors="replace", timeout=JOURNAL_S, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return f"The log cannot be read ({type(error).__name__})."
    return about_the_mat(done.stdout) or f"The log cannot be read; run it as root: sudo acumat doctor. {done.stderr}"


def about_the_mat(log: str) -> str:
    """The log without its lines about people."""
    return "".join(line for line in log.splitlines(keepends=True) if not OF_PEOPLE.search(line))


def _secrets(config: Config | None, config_path: Path | None) -> Iterable[str]:
    """The passwords and possible passwords, the longest first: one may be a part of another."""
    found: list[str] = []
    if config is not None and (password := broker_target(config).password) is not None:
        found.append(password)
    with suppress(InputError):
        path = find_config(config_path)
        found += [] if path is None else misplaced(read_toml(path).data)
    return sorted(found, key=len, reverse=True)
