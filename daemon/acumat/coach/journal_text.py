"""Everybody's journals as one stored JSON document, apart from the rest since it changes seldom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from acumat.coach.journal import Body, Entry, Journal, Kind
from acumat.coach.moment import Stamp, parsed_or_none
from acumat.coach.parse import DAMAGED, mapping, number, text, whole
from acumat.coach.serialisation import MOST, person_number, standing
from acumat.strict_json import read_json

DOCUMENT = "people"
"""Its name in the store."""
VERSION = 1
SENSORS_MOST = 64
LOAD_MOST_US = 1e6


def journals_text(journals: Mapping[int, Journal]) -> str:
    """The stored form."""
    values = {str(person): asdict(journal) for person, journal in journals.items()}
    return json.dumps({"version": VERSION, "journals": values}, separators=(",", ":"), allow_nan=False)


def journals_from(document: str) -> dict[int, Journal]:
    """The stored journals. Raises ValueError, which quotes nothing of the document."""
    try:
        values = mapping(read_json(document))
        if whole(values["version"], 0, 2**31) == VERSION:
            return {person_number(key): _journal(mapping(each)) for key, each in mapping(values["journals"]).items()}
    except DAMAGED as exc:
        raise ValueError(f"it is damaged ({type(exc).__name__})") from None
    raise ValueError(f"this acumat knows version {VERSION} of it")


def _journal(values: Mapping[str, Any]) -> Journal:
    return Journal(
        standing(mapping(values["base"])),
        tuple(_entry(mapping(each)) for each in values["entries"]),
        tuple(_body(mapping(each)) for each in values["bodies"]),
    )


def _entry(values: Mapping[str, Any]) -> Entry:
    session_id = values["session_id"]
    return Entry(
        Stamp.parsed(values["at"]),
        Kind(values["kind"]),
        None if session_id is None else text(session_id),
        whole(values["minutes"], 0, MOST),
        text(values["word"]),
        parsed_or_none(values["ended"]),
    )


def _body(values: Mapping[str, Any]) -> Body:
    us = tuple(number(each, 0.0, LOAD_MOST_US) for each in values["us"])
    if len(us) > SENSORS_MOST:
        raise ValueError("more sensors than a mat can have")
    return Body(text(values["session_id"]), us)
