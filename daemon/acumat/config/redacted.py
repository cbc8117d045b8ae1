"""A configuration to show to others: without secrets and personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from acumat.config import schema
from acumat.config.schema import File
from acumat.typed_data import read

SECTIONS: Mapping[str, tuple[type, ...]] = {
    "mat": (schema.MatSection,),
    "layout": (schema.LayoutSection,),
    "sensors": (schema.SensorSection,),
    "source": (schema.Ads1x15Section, schema.SimulatedSection),
    "daemon": (schema.DaemonSection,),
    "mqtt": (schema.MqttSection,),
    "panel": (schema.PanelSection,),
    "detect": (schema.DetectSection,),
    "routine": (schema.RoutineSection,),
    "share": (schema.ShareSection,),
    "web": (schema.WebSection,),
}
HIDDEN = {
    ("mat", "name"),
    ("mat", "profile"),
    ("mqtt", "username"),
    ("mqtt", "password"),
    ("mqtt", "password_file"),
    ("mqtt", "client_id"),
    ("web", "hosts"),
    ("web", "url"),
}
"""Secrets, keys that are mistaken for them, and names that people have given."""
NOT_SHOWN, NOT_VALID, UNKNOWN = "(not shown)", "(not valid, not shown)", "(no such key, not shown)"


def redacted(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a file. An unknown or invalid key is shown by its name alone."""
    _, faults = read(File, dict(data), ignore_unknown=True)
    wrong = {fault.path for fault in faults}
    return {name: _section(name, value, wrong) if name in SECTIONS else UNKNOWN for name, value in data.items()}


def misplaced(data: Mapping[str, Any]) -> Iterator[str]:
    """Texts under keys that are not known or not valid, and a password file that is none: any of them may be a secret."""
    shown = redacted(data)
    for name, value in data.items():
        yield from _misplaced(value, shown[name])
    mqtt = data.get("mqtt")
    named = mqtt.get("password_file") if isinstance(mqtt, dict) else None
    if isinstance(named, str) and not named.startswith("/"):
        yield named


def _misplaced(value: object, shown: object) -> Iterator[str]:
    """Texts in the value that its redacted form leaves out for what they are, or for where they are."""
    if isinstance(shown, list | dict) and isinstance(value, list | dict):
        keys = shown if isinstance(shown, dict) else range(len(shown))
        for key in keys:
            yield from _misplaced(value[key], shown[key])
    elif shown in (NOT_VALID, UNKNOWN):
        yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _section(name: str, value: object, wrong: set[tuple[str | int, ...]]) -> object:
    if isinstance(value, list):
        return [_table(name, each, (name, index), wrong) for index, each in enumerate(value)]
    return _table(name, value, (name,), wrong)


def _table(name: str, value: object, at: tuple[str | int, ...], wrong: set[tuple[str | int, ...]]) -> object:
    if not isinstance(value, dict) or at in wrong:
        return NOT_VALID
    known = {field.name for section in SECTIONS[name] for field in fields(section)}
    return {key: _value(name, key, each, (*at, key) in wrong, known) for key, each in value.items()}


def _value(name: str, key: str, value: object, wrong: bool, known: set[str]) -> object:
    if key not in known:
        return UNKNOWN
    if (name, key) in HIDDEN:
        return NOT_SHOWN
    return NOT_VALID if wrong or isinstance(value, dict) else value
