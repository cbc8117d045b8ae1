"""Finds the configuration file and reads it: every problem at once, each with its line."""

from __future__ import annotations

import os
import re
from pathlib import Path

from acumat.config.combinations import combination_problems, disclosed
from acumat.config.convert import config_of, runtime_dir
from acumat.config.engine_names import refused_elsewhere
from acumat.config.problems import described, problem_lines
from acumat.config.schema import File
from acumat.config.secrets import Secrets, exposed, secrets_of
from acumat.config.values import Config, DaemonConfig
from acumat.typed_data import read
from acumat_hw.errors import InputError
from acumat_hw.text_file import TextFile, load_text, read_bytes, shown_path
from acumat_hw.toml_file import parse_toml
from acumat_hw.toml_lines import Path as Loc

SYSTEM_CONFIG = Path("/etc/acumat/acumat.toml")


class ConfigError(InputError):
    """The configuration cannot be used; the message is one problem a line, in the order of the file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def find_config(explicit: Path | None) -> Path | None:
    """The file to load: the given one, else $ACUMAT_CONFIG, else the system's if it exists, else None (defaults)."""
    if explicit is not None:
        return explicit
    if named := os.environ.get("ACUMAT_CONFIG"):
        return Path(named)
    return SYSTEM_CONFIG if SYSTEM_CONFIG.exists() else None


def load_config(path: Path | None, *, secrets: bool = True) -> Config:
    """Read, check and convert a configuration file; None gives the defaults.

    Without `secrets` no password is looked for: a user who only asks the daemon may have no right to read it. Raises
    ConfigError with every problem of the file.
    """
    try:
        written = TextFile("", 0, read_only=False) if path is None else load_text(path)
        document = parse_toml(written.text, "defaults" if path is None else shown_path(path))
    except InputError as exc:
        raise ConfigError(str(exc).splitlines()) from exc
    data = document.data
    problems: list[tuple[Loc, str]] = list(combination_problems(data))
    file, faults = read(File, data, ignore_unknown=False)
    problems += described(faults)
    outside = Secrets()
    if secrets:
        outside, secret_problems = secrets_of(data)
        problems += secret_problems
    if problems or file is None:
        raise ConfigError(problem_lines(document.shown, problems, document.lines()))
    warned = [*exposed(data, written.mode), *refused_elsewhere(data), *disclosed(data)] if secrets else []
    warnings = problem_lines(document.shown, warned, document.lines()) if warned else []
    return config_of(file, outside, path, tuple(warnings))


def control_socket_of(path: Path) -> Path:
    """The socket of a daemon whose file has become unusable, from the readable part of the file."""
    try:
        text = read_bytes(path).decode("utf-8", errors="replace")
    except InputError:
        text = ""
    written = re.search(r"""^[^#\n]*\bruntime_dir\s*=\s*(["'])(.+?)\1""", text, re.MULTILINE)
    return DaemonConfig(runtime_dir=runtime_dir(written and written[2])).control_socket
