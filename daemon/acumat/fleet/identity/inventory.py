"""The inventory: all mats, one line each, in a CSV file for git. It contains no secret."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from acumat.config.rules import ID_PATTERN, ID_WORDS
from acumat.fleet.identity.csv_file import rows_of
from acumat_hw.errors import InputError
from acumat_hw.layout import PRESETS
from acumat_hw.problems import did_you_mean
from acumat_hw.text_file import shown_path

MAX_LABEL = 80
SERVICES = ("collector", "homeassistant", "display")
"""Users of a broker that are no mats; a mat of this name would get their rights."""
BRIDGE = "bridge-"
"""Begins the name of a site's bridge."""
ZONE = r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
"""As it is written; Python reads other forms as well."""


@dataclass(frozen=True, slots=True)
class Mat:
    """A line: the id in topics, the sensors, where the mat is, what people call it, its zone; `revoked` is a day, or empty."""

    id: str
    layout: str = "4x2"
    site: str = ""
    label: str = ""
    timezone: str = ""
    revoked: str = ""


COLUMNS = tuple(each.name for each in fields(Mat))


def read_inventory(path: Path) -> list[Mat]:
    """The mats in their order. Raises InputError with every fault and its line."""
    rows = list(rows_of(path))
    if not rows or rows[0] != list(COLUMNS):
        raise InputError(f"{shown_path(path)}, line 1: the columns are not {','.join(COLUMNS)}")
    mats, faults, seen = [], [], set[str]()
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(COLUMNS):
            faults.append(f"line {number}: {len(row)} fields instead of {len(COLUMNS)}; put a text with a comma in quotes")
            continue
        mat = Mat(*(each.strip() for each in row))
        faults += [f"line {number}: {fault}" for fault in mat_faults(mat)]
        if mat.id in seen:
            faults.append(f"line {number}: id {mat.id!r} is there twice; each mat needs its own")
        seen.add(mat.id)
        mats.append(mat)
    if faults:
        raise InputError("\n".join(f"{shown_path(path)}, {fault}" for fault in faults))
    return mats


def inventory_text(mats: Iterable[Mat]) -> str:
    """The file's content."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(mat, name) for name in COLUMNS] for mat in mats)
    return text.getvalue()


def mat_faults(mat: Mat) -> list[str]:
    """The faults of one mat, each as a sentence."""
    faults = []
    if not re.fullmatch(ID_PATTERN, mat.id):
        faults.append(f"id {mat.id!r} is not possible; allowed: {ID_WORDS}")
    if mat.id in SERVICES or mat.id.startswith(BRIDGE):
        faults.append(f"id {mat.id!r} is the name of a service at the broker; take another")
    if mat.layout not in PRESETS:
        faults.append(f"layout {mat.layout!r} is none of {', '.join(sorted(PRESETS))}{did_you_mean(mat.layout, PRESETS)}")
    if mat.site and not re.fullmatch(ID_PATTERN, mat.site):
        faults.append(f"site {mat.site!r} is not possible; allowed: nothing, or {ID_WORDS}")
    if len(mat.label) > MAX_LABEL or not mat.label.isprintable():
        faults.append(f"label: up to {MAX_LABEL} characters that can be seen")
    if mat.timezone and not _is_zone(mat.timezone):
        faults.append(f"timezone {mat.timezone!r} is no zone such as Europe/Berlin")
    if mat.revoked and not _is_day(mat.revoked):
        faults.append(f"revoked {mat.revoked!r} is no day such as 2026-11-24; empty: the mat may log in")
    return faults


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch(DAY, text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_zone(name: str) -> bool:
    """One that the record's views can count days in as well."""
    try:
        return re.fullmatch(ZONE, name) is not None and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        return False


def wanted(mats: Sequence[Mat], names: Sequence[str]) -> list[Mat]:
    """The mats of these ids; all if none is given. Raises InputError for an id that is not there."""
    by_id = {mat.id: mat for mat in mats}
    for name in names:
        if name not in by_id:
            raise InputError(f"no mat {name!r} in the inventory{did_you_mean(name, by_id) or '; acumat fleet list shows all'}")
    return [by_id[name] for name in names] if names else list(mats)
