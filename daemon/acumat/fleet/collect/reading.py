"""Turns a message into an entry of the record, or into the reason why it is set aside. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from acumat.config.rules import ID_PATTERN
from acumat.contract.documents import encode
from acumat.fleet.collect.messages import Message
from acumat.fleet.collect.personal import KEYS, public_document, public_event
from acumat.fleet.record.entries import EventEntry, Heard, SetAside
from acumat.strict_json import NotJsonError, read_json

MAX_BYTES = 64 * 1024
"""The longest document that a mat publishes is that of its health, with some 10 kB; events have less than 1 kB."""
EVENT_ID = re.compile(r"([0-9a-f]{8})-([0-9]{1,12})")
AN_EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}")
A_MAT = re.compile(ID_PATTERN)
MOST_VERSION = 64
"""Characters."""
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""What lies beyond, a session's length earlier or in another zone, is a date that most programs cannot hold."""
PROMPT = timedelta(seconds=60)
"""An older event, or one by a clock that is so wrong, does not show that its mat is alive."""


@dataclass(frozen=True, slots=True)
class Response:
    """A mat's answer to a command."""

    mat_id: str
    document: Mapping[str, Any]


Read = EventEntry | Heard | Response | SetAside


class _RefusedError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def read_message(base: str, message: Message, now: datetime) -> Iterator[Read]:
    """The entry of a message. An event that is set aside with a readable id counts as received."""
    topic = message.topic
    levels = topic.removeprefix(f"{base}/").split("/")
    if not topic.startswith(f"{base}/") or len(levels) != 2 or A_MAT.fullmatch(levels[0]) is None:
        yield _aside(message, "foreign_topic", f"It is no topic of a mat below {base}.")
        return
    mat_id, leaf = levels
    try:
        yield from _of_leaf(mat_id, leaf, message, now)
    except _RefusedError as refused:
        yield _aside(message, refused.reason, refused.detail)
        found = (
            re.search(rb'"id"\s*:\s*"([0-9a-f]{8})-([0-9]{1,12})"', message.payload[:MAX_BYTES]) if leaf == "event" else None
        )
        if found is not None and int(found[2]) > 0:
            yield EventEntry(mat_id, found[1].decode(), int(found[2]))


def _of_leaf(mat_id: str, leaf: str, message: Message, now: datetime) -> Iterator[Read]:
    alive = not message.retained and message.age_s < PROMPT.total_seconds()
    if leaf == "availability":
        yield _availability(mat_id, message, alive=alive)
    elif leaf == "event":
        document = _document(message.payload)
        event = _event(mat_id, document)
        assert event.at is not None
        yield event
        yield Heard(mat_id, alive=alive and not document.get("late") and abs(now - event.at) < PROMPT)
    elif leaf == "response":
        document = _document(message.payload)
        version = document.get("version")
        about = {"about": {"version": version[:MOST_VERSION]}} if isinstance(version, str) else {}
        yield Heard(mat_id, alive=alive, documents=about)
        yield Response(mat_id, document)
    elif leaf in KEYS:
        documents = {leaf: public_document(leaf, _document(message.payload))} if message.payload else {}
        yield Heard(mat_id, alive=alive, documents=documents)
    else:
        yield _aside(message, "foreign_topic", "A mat publishes nothing there.")


def _availability(mat_id: str, message: Message, *, alive: bool) -> Heard:
    if not message.payload:  # taken away
        return Heard(mat_id, alive=False)
    word = message.payload.decode("ascii", errors="replace")[:20]
    if word not in ("online", "offline"):
        raise _RefusedError("wrong_type", "availability is neither online nor offline.")
    return Heard(mat_id, alive=alive and word == "online", availability=word)


def _event(mat_id: str, document: Mapping[str, Any]) -> EventEntry:
    found = EVENT_ID.fullmatch(_text(document, "id"))
    if found is None or int(found[2]) == 0:
        raise _RefusedError("wrong_type", "id is no numbering, a hyphen and a number from 1 on.")
    event_type = _text(document, "event_type")
    if AN_EVENT_TYPE.fullmatch(event_type) is None:
        raise _RefusedError("wrong_type", "event_type is no word of a-z, 0-9 and _.")
    public = public_event(document)
    return EventEntry(mat_id, found[1], int(found[2]), _time(_text(document, "at")), str(public["event_type"]), encode(public))


def _document(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_BYTES:
        raise _RefusedError("too_large", f"It has more than {MAX_BYTES} bytes.")
    try:
        document = read_json(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise _RefusedError("not_utf8", "The payload is no UTF-8.") from None
    except NotJsonError as error:
        raise _RefusedError("not_json", str(error)) from None
    if not isinstance(document, dict):
        raise _RefusedError("wrong_type", "The payload is no JSON object.")
    if any("\0" in text for text in _texts(document)):
        raise _RefusedError("nul", "A text holds a NUL character, which the database cannot store.")
    return document


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _texts(each)


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        raise _RefusedError("wrong_type", f"{key} is no text.")
    return value


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text).astimezone(UTC) if re.fullmatch(r".*(Z|[+-]\d\d:\d\d)", text) else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise _RefusedError("wrong_type", "at is no time with a zone, such as 2026-11-30T18:00:00.000Z.")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise _RefusedError("wrong_type", f"at is before {FIRST_YEAR} or after {LAST_YEAR}, which no clock of a mat says.")
    return found


def _aside(message: Message, reason: str, detail: str) -> SetAside:
    topic = message.topic.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return SetAside(topic[:1000].encode("utf-8", "replace").decode(), reason, detail, message.payload)
