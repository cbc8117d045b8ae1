"""The broker to connect to, its possible problems, and the login (MQTT 3.1.1) that tests it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from acumat_hw.errors import InputError

TIMEOUT_S = 5.0
CONNACK = 0x20
BAD_LOGIN = (134, 135)
BAD_CLIENT_ID = 133


@dataclass(frozen=True, slots=True)
class Target:
    """The broker to try. `password_hidden`: there may be a password that this user must not read.

    `cert_file` is the certificate that we show; without a `key_file` its key is in the same file.
    """

    host: str
    port: int
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password: str | None = None
    password_hidden: bool = False
    others: tuple[tuple[str, int], ...] = ()
    """Further nodes of the same broker: host and port of each."""

    @property
    def nodes(self) -> tuple[Target, ...]:
        """Each node for itself."""
        return tuple(replace(self, host=host, port=port, others=()) for host, port in ((self.host, self.port), *self.others))

    @property
    def where(self) -> str:
        """Host and port as people write them."""
        return f"{self.host}:{self.port}"


class Problem(NamedTuple):
    """A problem: a code for programs, cause and fix for people."""

    code: str
    cause: str
    fix: str

    @property
    def text(self) -> str:
        """Cause and fix in one text."""
        return f"{self.cause} {self.fix}"


class UnusableFileError(InputError):
    """A certificate or key cannot be used: `problem` says which and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text.rstrip("."))
        self.problem = problem


def refused(reason_code: int, reason: str, target: Target) -> Problem:
    """The problem in a CONNACK of MQTT 5 that is no success."""
    if reason_code in BAD_LOGIN and target.password_hidden:
        cause = f"{target.where} wants a password, which this user may not read."
        return Problem("password_hidden", cause, "Run it as root: sudo acumat doctor.")
    if reason_code in BAD_LOGIN:
        cause = f"The broker at {target.where} refused us: it does not accept this user name or password."
        fix = "Check mqtt.username and the password (mosquitto_passwd on the broker's machine)."
        return Problem("login", cause, fix)
    fix = "Check mqtt.client_id." if reason_code == BAD_CLIENT_ID else "Look at the broker's log."
    return Problem("broker_refuses", f"The broker at {target.where} refused us ({reason}).", fix)


def client_id() -> str:
    """A client id of its own: with the daemon's id the broker would disconnect the daemon."""
    return f"acumat-doctor-{os.getpid()}"


def connect_packet(client_id: str, username: str | None, password: str | None) -> bytes:
    """CONNECT with a clean session and ten seconds of keep-alive."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if username is not None and password is not None else 0)
    payload = _text(client_id)
    if username is not None:
        payload += _text(username) + (_text(password) if password is not None else b"")
    body = _text("MQTT") + bytes((4, flags, 0, 10)) + payload
    return b"\x10" + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _length(count: int) -> bytes:
    """Seven bits a byte, the lowest first, the top bit set while more follow (section 2.2.3)."""
    found = bytearray()
    while True:
        count, low = divmod(count, 128)
        found.append(low | (0x80 if count else 0))
        if not count:
            return bytes(found)
