"""The issued tokens and certificates with their numbers, one line each. Public: they belong in git."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from acumat.fleet.identity.csv_file import rows_of
from acumat_hw.errors import InputError
from acumat_hw.text_file import shown_path

Kind = Literal["token", "certificate", "broker"]
KINDS: tuple[Kind, ...] = ("token", "certificate", "broker")
SERIAL_BELOW = 1 << 159
"""Serial numbers have at most 159 bits (RFC 5280, section 4.1.2.2: 20 octets, positive)."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token (`number` is its user's public key), or the certificate of a client or of a broker (`number` is the serial number
    in hexadecimal digits).

    Times are RFC 3339 in UTC; `expires` and `revoked` may be empty.
    """

    kind: Kind
    name: str
    number: str
    issued: str
    expires: str = ""
    revoked: str = ""


COLUMNS = tuple(each.name for each in fields(Issued))


def read_issued(path: Path) -> list[Issued]:
    """Everything issued so far, empty without a file. Raises InputError for a damaged line."""
    if not path.exists():
        return []
    found = []
    for number, row in enumerate(rows_of(path), 1):
        if number == 1 or not row:
            continue
        if (one := _issued(row)) is None:
            where = f"{shown_path(path)}, line {number}"
            raise InputError(f"{where}: is not {','.join(COLUMNS)}; bring the line back from git")
        found.append(one)
    return found


def _issued(row: list[str]) -> Issued | None:
    """The entry of a line, None if the line is invalid."""
    kind = next((kind for kind in KINDS if kind == row[0]), None)
    if kind is None or len(row) != len(COLUMNS):
        return None
    try:
        serial = 1 if kind == "token" else int(row[2], 16)
        times_s = [seconds(each) for each in row[3:] if each]
    except ValueError:
        return None
    if not 0 < serial < SERIAL_BELOW or min(times_s, default=0) < 0:
        return None
    return Issued(kind, *row[1:])


def issued_text(issued: Iterable[Issued]) -> str:
    """The file's content."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(each, name) for name in COLUMNS] for each in issued)
    return text.getvalue()


def without(issued: Iterable[Issued], name: str, kinds: Collection[Kind], now: datetime) -> list[Issued]:
    """The entries after the revocation of those of `name` with these kinds."""
    return [
        replace(each, revoked=stamp(now)) if each.name == name and each.kind in kinds and not each.revoked else each
        for each in issued
    ]


def stamp(moment: datetime) -> str:
    """A moment as it stands in the file."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Seconds since 1970. Raises ValueError for a text that is no moment."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
