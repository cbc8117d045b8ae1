"""The configuration of a fleet's collector, `/etc/acumat/fleet.toml`: every problem at once, each with its line.

No message quotes a password, nor the DSN of the database, which may hold one.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from acumat.config.combinations import login_problems
from acumat.config.file import ConfigError
from acumat.config.problems import described, problem_lines
from acumat.config.raw import table
from acumat.config.rules import A_TOPIC, FILLED, NO_EMPTY_LEVEL, ON_ONE_LINE, VISIBLE, at_most, between, matches
from acumat.config.secrets import private_text
from acumat.typed_data import Rule, Secret, read
from acumat_hw.errors import InputError
from acumat_hw.text_file import load_text, shown_path
from acumat_hw.toml_file import parse_toml
from acumat_hw.toml_lines import Path as Loc

FLEET_CONFIG = Path("/etc/acumat/fleet.toml")
PORTS = {("mqtt", False): 1883, ("mqtt", True): 8883, ("nats", False): 4222, ("nats", True): 4222}
"""The default port of each engine, by kind and TLS."""
LONGEST_DAYS = 36_500

Text = Annotated[str, at_most(200), FILLED, VISIBLE]
File = Annotated[str, at_most(1000), FILLED, VISIBLE]
Host = Annotated[
    str,
    matches(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?", 'a host, or host and port such as "broker.local:1883"'),
    Rule(lambda written: _port_problem(str(written)), quotes=False),
]


def _port_problem(written: str) -> str:
    found = re.search(r":([0-9]{1,5})$", written)
    return "" if found is None or 1 <= int(found[1]) <= 65_535 else "has a port that is none; allowed: 1 to 65535"


def _filled(hosts: object) -> str:
    return "" if hosts else "is empty; allowed: one host or more"


@dataclass(frozen=True, slots=True)
class RecordSection:
    """Where the record is: `dsn` in libpq's words, or a file with it that nobody else may read."""

    dsn: Annotated[str, at_most(2000), FILLED, Secret()] | None = None
    dsn_file: File | None = None


@dataclass(frozen=True, slots=True)
class TransportSection:
    """The engine that the mats publish to. For NATS the password may be a token, as `acumat fleet token` makes it."""

    kind: Literal["mqtt", "nats"] = "mqtt"
    hosts: Annotated[tuple[Host, ...], Rule(_filled, quotes=False)] = ("localhost",)
    username: Annotated[str, at_most(200), FILLED, ON_ONE_LINE] | None = None
    password_file: File | None = None
    tls: bool = False
    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None
    base_topic: Annotated[str, at_most(200), A_TOPIC, ON_ONE_LINE, NO_EMPTY_LEVEL] = "acumat"


@dataclass(frozen=True, slots=True)
class RetentionSection:
    """How many days events stay; without it, for ever."""

    days: Annotated[int, between(31, LONGEST_DAYS)] | None = None


@dataclass(frozen=True, slots=True)
class AuditSection:
    """The requests to mats for missing events; times in seconds."""

    enabled: bool = True
    settle_s: Annotated[float, between(0, 86_400)] = 60.0
    """Age of a gap before it is requested: events on their way arrive within the 30 s after which NATS sends again, or within a
    node's death."""
    every_s: Annotated[float, between(1, 86_400)] = 600.0
    """How often each mat is asked which events it has. The answer also shows that it lives."""
    retry_s: Annotated[float, between(0.1, 3600)] = 30.0
    """The first wait for an answer; it doubles up to an hour."""
    asks_per_s: Annotated[float, between(0.1, 1000)] = 20.0


@dataclass(frozen=True, slots=True)
class FleetFile:
    """The whole file."""

    record: RecordSection = field(default_factory=RecordSection)
    transport: TransportSection = field(default_factory=TransportSection)
    retention: RetentionSection = field(default_factory=RetentionSection)
    audit: AuditSection = field(default_factory=AuditSection)
    name: Annotated[str, matches(r"[A-Za-z0-9_-]{1,64}", "1 to 64 of A-Z, a-z, 0-9, _ and -")] | None = None
    """The name of this collector, different from that of any other."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The values of a file, with the secrets outside of it."""

    dsn: str = field(repr=False)
    transport: TransportSection
    password: str | None = field(repr=False)
    retention_days: int | None
    audit: AuditSection
    name: str

    @property
    def hosts(self) -> tuple[tuple[str, int], ...]:
        """Each host with its port."""
        section = self.transport
        return tuple(_host(each, PORTS[section.kind, section.tls]) for each in section.hosts)


def load_fleet(path: Path) -> Fleet:
    """Read and check the file. Raises ConfigError with every problem of it."""
    try:
        document = parse_toml(load_text(path).text, shown_path(path))
    except InputError as error:
        raise ConfigError(str(error).splitlines()) from error
    data = document.data
    file, faults = read(FleetFile, data, ignore_unknown=False)
    problems: list[tuple[Loc, str]] = described(faults)
    dsn = _dsn(data, problems)
    password = _private(data, "transport", "password_file", problems)
    transport = table(data, "transport")
    problems += login_problems("transport", transport, user_needed=transport.get("kind") != "nats")
    if problems or file is None or dsn is None:
        raise ConfigError(problem_lines(document.shown, problems, document.lines()))
    name = file.name or re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64] or "collector"
    return Fleet(dsn, file.transport, password, file.retention.days, file.audit, name)


def _dsn(data: dict[str, Any], problems: list[tuple[Loc, str]]) -> str | None:
    record = table(data, "record")
    written = record.get("dsn")
    if "dsn" in record and "dsn_file" in record:
        problems.append((("record", "dsn_file"), "stands beside dsn; leave one of the two out"))
        return None
    if "dsn_file" in record:
        return _private(data, "record", "dsn_file", problems)
    if isinstance(written, str) and written:
        return written
    if "dsn" not in record:
        text = 'has neither dsn nor dsn_file; give the database, such as dsn = "host=db.local dbname=fleet user=acumat"'
        problems.append((("record",), text))
    return None


def _private(data: dict[str, Any], section: str, key: str, problems: list[tuple[Loc, str]]) -> str | None:
    """The text of a file that is named; None where none is, or where it cannot be used."""
    named = table(data, section).get(key)
    if not isinstance(named, str) or not named:
        return None
    try:
        return private_text(Path(named)).rstrip("\r\n")
    except InputError as error:
        problems.append(((section, key), str(error).replace(": ", " ", 1)))
        return None


def _host(written: str, port: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?", written)
    assert found is not None
    return found[1].strip("[]"), int(found[2] or port)
