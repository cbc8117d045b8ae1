"""The allowed values of each column.

SQLite checks neither types nor text, so every row is checked here when it is written or read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile
from acumat.contract.wellbeing import BODY_NOTES, WEEKLY_ANSWERS
from acumat.stored import LARGEST, SMALLEST, UnreadableError, read_as, read_json, read_object

COUNT_MAX = 1 << 40
DURATION_MAX_S = 1e7
"""No session is longer than this."""
LOST = object()
"""Takes the place of a default: a row is lost if this column cannot be read."""

Check = Callable[[Any], bool]


class DamagedRowError(Exception):
    """A row has values that cannot have been written. The message names the table and none of the content."""


class Column(NamedTuple):
    """The allowed values of a column, and the default for a damaged value when its row is salvaged."""

    fits: Check
    default: object = LOST


def decoded(data: bytes) -> str | bytes:
    """SQLite's text; where it is not UTF-8, the bytes, which no column accepts as text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _text(value: object) -> bool:
    return isinstance(value, str)


def _count(value: object) -> bool:
    return type(value) is int and 0 <= value <= COUNT_MAX


def _number(value: object) -> bool:
    return isinstance(value, int | float) and SMALLEST <= value <= LARGEST


def _duration(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= DURATION_MAX_S


def _maybe_number(value: object) -> bool:
    return value is None or _number(value)


def _maybe_whole(value: object) -> bool:
    return value is None or (type(value) is int and _number(value))


def _scale(least: int, most: int) -> Check:
    return lambda value: value is None or (type(value) is int and least <= value <= most)


def _flag(value: object) -> bool:
    return value in (0, 1)


def _day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _install(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}", value) is not None


def _json(read: Callable[[str], object]) -> Check:
    def fits(value: object) -> bool:
        try:
            return isinstance(value, str) and read(value) is not None
        except UnreadableError:
            return False

    return fits


@lru_cache(maxsize=16)
def profile_of(text: str) -> Profile:
    """A stored profile; most sessions have the same. Raises UnreadableError."""
    return read_as(Profile, text)


def _read_names(text: str) -> list[str] | None:
    names = read_json(text)
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


TEXT, COUNT, NUMBER, FLAG = Column(_text), Column(_count), Column(_number), Column(_flag, 0)
MEAN = Column(_maybe_number, None)
WHOLE = Column(_maybe_whole, None)
MAYBE_COUNT = Column(lambda value: value is None or _count(value), None)
SOURCE = Column(lambda value: value in ("mat", "added"), "mat")
CALM, DISCOMFORT = Column(_scale(1, 5), None), Column(_scale(0, 10), None)
MAYBE_FLAG = Column(lambda value: value is None or _flag(value), None)
DAY = Column(_day)
NAMES, LEARNED = Column(_json(_read_names)), Column(_json(lambda text: read_as(Learned, text)))

INSTALL: Mapping[str, Column] = {
    "id": Column(_install),
    "last_seq": COUNT,
    "last_session_no": COUNT,
    "last_event_no": COUNT,
    "pruned_sessions": Column(_count, 0),
    "pruned_contact_s": Column(lambda value: _number(value) and value >= 0, 0.0),
}
TABLES: Mapping[str, Mapping[str, Column]] = {
    "learned": {"sensors": TEXT, "names": NAMES, "learned": LEARNED},
    "calibration": {
        "id": COUNT,
        "wall_s": NUMBER,
        "margin": MEAN,
        "names": NAMES,
        "before": LEARNED,
        "after": LEARNED,
        "sensors": TEXT,
    },
    "document": {"name": TEXT, "value": TEXT},
    "programme_step": {
        "id": COUNT,
        "wall_s": NUMBER,
        "mono_s": NUMBER,
        "boot_id": Column(_text, ""),
        "reason": TEXT,
        "text": TEXT,
        "from_min": COUNT,
        "to_min": COUNT,
        "from_clothing": TEXT,
        "to_clothing": TEXT,
        "person": MAYBE_COUNT,
    },
    "session": {
        "number": COUNT,
        "session_id": TEXT,
        "start_wall_s": NUMBER,
        "end_wall_s": NUMBER,
        "start_mono_s": NUMBER,
        "end_mono_s": NUMBER,
        "boot_id": Column(_text, ""),
        "contact_s": Column(_duration),
        "lifts": Column(_count, 0),
        "end_reason": Column(_text, "interrupted"),
        "load": MEAN,
        "lateral": MEAN,
        "head_foot": MEAN,
        "evenness": MEAN,
        "recovered": FLAG,
        "profile": Column(_json(profile_of), "{}"),
        "dated": Column(_flag, 1),
        "guest": FLAG,
        "person": MAYBE_COUNT,
        "zone": Column(_text, ""),
        "source": SOURCE,
        "edited_wall_s": MEAN,
        "guessed": FLAG,
    },
    "person": {"id": COUNT, "name": TEXT, "wall_s": NUMBER},
    "checkin": {
        "id": COUNT,
        "moment": Column(lambda value: value in ("before", "after", "morning")),
        "session_id": Column(lambda value: value is None or _text(value), None),
        "person": MAYBE_COUNT,
        "wall_s": NUMBER,
        "mono_s": NUMBER,
        "boot_id": Column(_text, ""),
        "dated": Column(_flag, 1),
        "zone": Column(_text, ""),
        "calm": CALM,
        "discomfort": DISCOMFORT,
        "source": SOURCE,
        "edited_wall_s": MEAN,
        "alertness": CALM,
        "sleep": CALM,
        **dict.fromkeys(BODY_NOTES, MAYBE_FLAG),
    },
    "weekly": {
        "id": COUNT,
        "person": MAYBE_COUNT,
        "wall_s": NUMBER,
        "zone": Column(_text, ""),
        **dict.fromkeys(WEEKLY_ANSWERS, CALM),
        "source": SOURCE,
        "edited_wall_s": MEAN,
    },
    "away": {"id": COUNT, "person": MAYBE_COUNT, "first": DAY, "back": DAY},
    "minute": {
        "session": COUNT,
        "minute": COUNT,
        "load_permille": WHOLE,
        "lateral_pct": WHOLE,
        "head_foot_pct": WHOLE,
        "evenness_permille": WHOLE,
        "still_pct": WHOLE,
        "breaths_per_10_min": WHOLE,
    },
    "event": {
        "seq": COUNT,
        "wall_s": NUMBER,
        "mono_s": NUMBER,
        "boot_id": Column(_text, ""),
        "payload": Column(_json(read_object)),
        "dated": Column(_flag, 1),
    },
    "outbox": {"seq": COUNT},
}
"""By table and column, in the order in which they are salvaged: the most important ones first."""


def checked(table: str, names: Sequence[str], row: Sequence[Any]) -> Sequence[Any]:
    """The row as it is. Raises DamagedRowError if one of its values cannot have been written."""
    columns = INSTALL if table == "install" else TABLES[table]
    if not all(columns[name].fits(value) for name, value in zip(names, row, strict=True)):
        raise DamagedRowError(f"a row of the table {table} is damaged")
    return row


def mended(table: str, names: Sequence[str], row: Sequence[Any]) -> tuple[Any, ...] | None:
    """The row with defaults for values that cannot be read; None for a row that is lost."""
    columns = TABLES[table]
    values = [value if columns[name].fits(value) else columns[name].default for name, value in zip(names, row, strict=True)]
    return None if any(value is LOST for value in values) else tuple(values)
