"""The settings of the fleet's page: the database of the record, the names of the page, and the file of its code.

They are apart from the collector's file: the page is another user of the database, and must not have the password that writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from acumat.config.file import ConfigError
from acumat.config.problems import described, problem_lines
from acumat.config.rules import FILLED, ON_ONE_LINE, VISIBLE, at_most
from acumat.config.schema import Host, Text
from acumat.typed_data import Secret, read
from acumat_hw.errors import InputError
from acumat_hw.text_file import load_text, read_text, shown_path
from acumat_hw.toml_file import parse_toml
from acumat_hw.toml_lines import Path as Loc

CODE_FILE = Path("/var/lib/acumat-web/code")
MAX_DSN_BYTES = 4096
NO_DSN = "give dsn, or the file that holds it as dsn_file (a password belongs there)"

Dsn = Annotated[str, at_most(1000), FILLED, ON_ONE_LINE, Secret()]


@dataclass(frozen=True, slots=True)
class RecordSection:
    dsn: Dsn | None = None
    dsn_file: Annotated[str, at_most(200), FILLED, VISIBLE] | None = None


@dataclass(frozen=True, slots=True)
class WebSection:
    hosts: tuple[Host, ...] = ()
    code_file: Text | None = None


@dataclass(frozen=True, slots=True)
class File:
    record: RecordSection = field(default_factory=RecordSection)
    web: WebSection = field(default_factory=WebSection)


@dataclass(frozen=True, slots=True)
class Settings:
    """`dsn` is a connection string of PostgreSQL, `hosts` are further names of the page."""

    dsn: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    code_file: Path = CODE_FILE


def load_settings(path: Path) -> Settings:
    """Read and check the file. Raises ConfigError with every problem of it."""
    try:
        document = parse_toml(load_text(path).text, shown_path(path))
    except InputError as exc:
        raise ConfigError(str(exc).splitlines()) from exc
    file, faults = read(File, document.data, ignore_unknown=False)
    problems: list[tuple[Loc, str]] = described(faults)
    dsn, wrong = ("", []) if file is None else _dsn(file.record)
    problems += wrong
    if problems or file is None:
        raise ConfigError(problem_lines(document.shown, problems, document.lines()))
    return Settings(dsn, file.web.hosts, Path(file.web.code_file) if file.web.code_file else CODE_FILE)


def _dsn(section: RecordSection) -> tuple[str, list[tuple[Loc, str]]]:
    if (section.dsn is None) == (section.dsn_file is None):
        return "", [(("record",), NO_DSN if section.dsn is None else "has both dsn and dsn_file; leave one of them out")]
    if section.dsn is not None:
        return section.dsn, []
    try:
        text = read_text(Path(str(section.dsn_file)), MAX_DSN_BYTES).strip()
    except InputError as exc:
        return "", [(("record", "dsn_file"), str(exc))]
    return text, [] if text else [(("record", "dsn_file"), "is an empty file; write the connection string into it")]
