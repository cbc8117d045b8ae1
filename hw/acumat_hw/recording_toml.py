"""The TOML file beside a recording: what the columns are, electrically and in place, and what was known at the start."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acumat_hw.errors import InputError
from acumat_hw.layout import CHANNELS_PER_CHIP, FIRST_ADDRESS, MAT_LENGTH_MM, MAT_WIDTH_MM, Layout, Sensor, zones_by_row
from acumat_hw.text_file import shown_text
from acumat_hw.toml_file import read_toml

FORMAT_VERSION = 1
MAX_SENSORS = 64
LEAST, MOST = 1e-9, 1e9
"""No voltage, resistance, place or conductance of a mat is beyond; with these nothing that is computed overflows."""
TIME_COLUMN = "t_s"
FLAGS_COLUMN = "_flags"


@dataclass(frozen=True, slots=True)
class Start:
    """What the recorder already knew of the mat when the recording began.

    `baseline_us` is the empty conductance in microsiemens and `gains` the load factor, each by sensor name; `reference_us` is
    the summed conductance of the user's calibration, `start_utc` the wall time of t_s = 0.
    """

    baseline_us: Mapping[str, float] = field(default_factory=dict)
    gains: Mapping[str, float] = field(default_factory=dict)
    reference_us: float | None = None
    start_utc: datetime | None = None


def is_name(name: str) -> bool:
    """Whether a sensor may be called so: the name is a CSV cell, a key of a flag and a key of a table."""
    printable = name.isprintable() and name == name.strip() and not set(name) & set(',;="')
    return bool(name) and printable and name not in (TIME_COLUMN, FLAGS_COLUMN)


class _Fields:
    """Takes typed values out of a TOML table and notes what is wrong with each."""

    def __init__(self, table: object, place: str, problems: list[str]) -> None:
        self._place = place
        self._problems = problems
        self._table: dict[str, Any] = table if isinstance(table, dict) else {}
        if not isinstance(table, dict):
            problems.append(f"{place} must be a table")

    def number(self, key: str, default: float | None = None, *, positive: bool = False) -> float:
        value: Any = self._table.get(key, default)
        if key not in self._table and default is None:
            self._problems.append(f"{self._place} lacks {key}; add it")
            return 1.0
        valid = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not valid or (positive and value <= 0):
            self._must_be(key, "a number above 0" if positive else "a number")
            return 1.0
        if abs(value) > MOST or (positive and value < LEAST):
            self._must_be(key, f"a number from {LEAST if positive else -MOST:g} to {MOST:g}")
            return 1.0
        return float(value)

    def has(self, key: str) -> bool:
        return key in self._table

    def whole(self, key: str, default: int) -> int:
        value = self._table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._must_be(key, "a whole number from 0")
            return default
        return value

    def text(self, key: str) -> str | None:
        value = self._table.get(key)
        if value is not None and (not isinstance(value, str) or not value):
            self._must_be(key, "a text")
            return None
        return value

    def by_sensor(self, key: str, names: set[str], *, positive: bool = False) -> dict[str, float]:
        place = f"{self._place} {key}"
        fields = _Fields(self._table.get(key, {}), place, self._problems)
        unknown = sorted(fields._table.keys() - names)[:MAX_SENSORS]
        self._problems += [f"{place} names {shown_text(name)!r}, which is no sensor" for name in unknown]
        return {name: fields.number(name, positive=positive) for name in fields._table if name in names}

    def moment(self, key: str) -> datetime | None:
        value = self._table.get(key)
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = value
        if moment is None or isinstance(moment, datetime):
            return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
        self._must_be(key, "a time like 2026-01-31T21:00:00Z")
        return None

    def _must_be(self, key: str, kind: str) -> None:
        self._problems.append(f"{self._place} {key} must be {kind}, not {shown_text(repr(self._table[key]))}")


def read_description(path: Path, problems: list[str]) -> tuple[Layout | None, Start | None]:
    """Layout and start of the recording; what is wrong is added to `problems`, the layout is None if nothing could be read."""
    try:
        document = read_toml(path).data
    except InputError as error:
        missing = f"{path}: is missing; it must describe the sensors of the recording beside it"
        problems.append(missing if isinstance(error.__cause__, FileNotFoundError) else str(error))
        return None, None
    return _description(document, path, problems)


def _description(document: dict[str, Any], path: Path, problems: list[str]) -> tuple[Layout, Start | None]:
    if document.get("format", FORMAT_VERSION) != FORMAT_VERSION:
        found = shown_text(repr(document["format"]))
        problems.append(f"{path}: format is {found}, this version reads {FORMAT_VERSION}; update acumat")
    adc = _Fields(document.get("adc", {}), f"{path}: [adc]", problems)
    mat = _Fields(document.get("mat", {}), f"{path}: [mat]", problems)
    sensors = _sensors(document.get("sensors"), path, problems)
    layout = Layout(
        path.stem,
        sensors,
        vcc_v=adc.number("vcc_v", positive=True),
        lsb_v=adc.number("lsb_v", positive=True),
        width_mm=mat.number("width_mm", MAT_WIDTH_MM, positive=True),
        length_mm=mat.number("length_mm", MAT_LENGTH_MM, positive=True),
    )
    if "start" not in document:
        return layout, None
    known = _Fields(document["start"], f"{path}: [start]", problems)
    names = {sensor.name for sensor in sensors}
    return layout, Start(
        known.by_sensor("baseline_us", names),
        known.by_sensor("gains", names, positive=True),
        known.number("reference_us", positive=True) if known.has("reference_us") else None,
        known.moment("start_utc"),
    )


def _sensors(tables: object, path: Path, problems: list[str]) -> tuple[Sensor, ...]:
    if not isinstance(tables, list) or not tables:
        problems.append(f"{path}: has no [[sensors]]; add one for each column of the recording")
        return ()
    if len(tables) > MAX_SENSORS:
        problems.append(f"{path}: has {len(tables)} [[sensors]]; a recording has up to {MAX_SENSORS}")
        return ()
    sensors: list[Sensor] = []
    for index, table in enumerate(tables):
        fields = _Fields(table, f"{path}: [[sensors]] number {index + 1}", problems)
        name = fields.text("name") or ""
        if not is_name(name) or any(name == other.name for other in sensors):
            problems.append(
                f"{path}: [[sensors]] number {index + 1}: name {shown_text(name)!r} must be there once and be free of"
                " , ; = and quotes"
            )
        sensors.append(
            Sensor(
                name,
                x_mm=fields.number("x_mm"),
                y_mm=fields.number("y_mm"),
                rm_ohm=fields.number("rm_ohm", positive=True),
                chip=fields.whole("chip", FIRST_ADDRESS + index // CHANNELS_PER_CHIP),
                channel=fields.whole("channel", index % CHANNELS_PER_CHIP),
                zone=fields.text("zone"),
            )
        )
    if all(sensor.zone is None for sensor in sensors):
        zones = zones_by_row([sensor.y_mm for sensor in sensors])
        sensors = [replace(sensor, zone=zone) for sensor, zone in zip(sensors, zones, strict=True)]
    return tuple(sensors)


def describe(layout: Layout, start: Start | None) -> str:
    """The text of the file, such that `read_description` gives the same layout and start again."""
    lines = [f"format = {FORMAT_VERSION}", "", "[adc]", f"lsb_v = {layout.lsb_v!r}", f"vcc_v = {layout.vcc_v!r}", ""]
    lines += ["[mat]", f"width_mm = {layout.width_mm!r}", f"length_mm = {layout.length_mm!r}"]
    for sensor in layout.sensors:
        lines += ["", "[[sensors]]", f"name = {_quoted(sensor.name)}"]
        lines += [f"x_mm = {sensor.x_mm!r}", f"y_mm = {sensor.y_mm!r}", f"rm_ohm = {sensor.rm_ohm!r}"]
        lines += [f"chip = 0x{sensor.chip:02x}", f"channel = {sensor.channel}"]
        lines += [] if sensor.zone is None else [f"zone = {_quoted(sensor.zone)}"]
    if start is not None:
        lines += ["", "[start]"]
        lines += [] if start.reference_us is None else [f"reference_us = {start.reference_us!r}"]
        lines += [] if start.start_utc is None else [f"start_utc = {start.start_utc.isoformat()}"]
        for title, values in (("baseline_us", start.baseline_us), ("gains", start.gains)):
            lines += ["", f"[start.{title}]"] + [f"{_quoted(name)} = {value!r}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON escapes the same way once its text is left as UTF-8."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
