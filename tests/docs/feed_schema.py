"""The schema of the feed's lines: what they share with MQTT is taken from the schemas there, the rest from the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acumat.commands.table import COMMANDS
from acumat.contract.commands import CommandName
from acumat.contract.feed import CONTRACT_VERSION, FEED_VERSION, HEARTBEAT_S, Kind
from tests.docs.commands_table import value_form

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
SCHEMA = SCHEMAS / "feed.schema.json"

Form = dict[str, Any]
NUMBER: Form = {"type": "number"}
TEXT: Form = {"type": "string", "minLength": 1}
AT_LEAST_0: Form = {"type": "integer", "minimum": 0}


def schema() -> Form:
    """The JSON Schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:acumat:feed:{FEED_VERSION}:line",
        "title": "One line of the feed",
        "description": "What follows the request watch at the control socket. Kinds and keys that are not here may come with a "
        "later version; leave them out of account.",
        "oneOf": [{"$ref": f"#/$defs/{kind.value}"} for kind in Kind],
        "$defs": {
            Kind.HELLO.value: _hello(),
            Kind.FRAME.value: _frame(),
            Kind.EVENT.value: _event(),
            Kind.ANSWER.value: _line(
                Kind.ANSWER, "A command of somebody's has been answered.", _shared("response")["properties"]
            ),
            Kind.DROPPED.value: _line(
                Kind.DROPPED, "So many lines are left out here.", {"frames": AT_LEAST_0, "others": AT_LEAST_0}
            ),
            Kind.ALIVE.value: _line(Kind.ALIVE, f"Nothing else has come for {HEARTBEAT_S:g} s.", {}),
            Kind.END.value: _line(Kind.END, "The daemon ends in order.", {"reason": {"const": "stopping"}, "text": TEXT}),
            "state": _shared("state"),
            "problem": _closed({"code": TEXT, "text": TEXT}),
        },
    }


def write() -> None:
    """The file."""
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")


def _hello() -> Form:
    sensor = _closed({"name": TEXT, "x_mm": NUMBER, "y_mm": NUMBER, "zone": {"type": ["string", "null"]}})
    rate = value_form(COMMANDS[CommandName.WATCH].argument("rate_hz"))
    return _line(
        Kind.HELLO,
        "The first line: the answer to the request, and what no other line says again.",
        {
            **_shared("response")["properties"],
            "ok": {"const": True},
            "feed": {"const": FEED_VERSION},
            "contract": {"const": CONTRACT_VERSION, "description": "Of state, events and answers, as in their schemas' names."},
            "version": TEXT,
            "mat": TEXT,
            "rate_hz": rate,
            "heartbeat_s": {"const": HEARTBEAT_S},
            "layout": _closed(
                {"name": TEXT, "width_mm": NUMBER, "length_mm": NUMBER, "sensors": {"type": "array", "items": sensor}}
            ),
        },
    )


def _frame() -> Form:
    calibration = _closed({"stage": TEXT, "text": TEXT, "seconds_left": NUMBER})
    return _line(
        Kind.FRAME,
        "What the mat reads and what is known of it.",
        {
            "t_mono_s": {"type": "number", "description": "The daemon's monotonic clock."},
            "at": {"type": "string", "format": "date-time"},
            "loads_us": {
                "type": "array",
                "items": {"type": ["number", "null"], "minimum": 0},
                "description": "Microsiemens by sensor, in the layout's order; null: not known. Empty: detection has failed.",
            },
            "state": {"$ref": "#/$defs/state"},
            "session_plan_min": {"type": ["integer", "null"], "description": "null: nobody is guided."},
            "session_left_s": {"type": ["number", "null"], "minimum": 0},
            "calibration": {"oneOf": [{"type": "null"}, calibration]},
            "alarm": {"type": "boolean"},
            "problems": {
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/problem"},
                "description": "What is not ok, by the name of the part; a sensor's is `sensor` and its name.",
            },
        },
    )


def _event() -> Form:
    event = _shared("event")
    form = _line(
        Kind.EVENT,
        "Something happened. It has no id yet, as it has on MQTT.",
        {key: each for key, each in event["properties"].items() if key != "id"},
    )
    return {**form, "additionalProperties": event["additionalProperties"]}


def _line(kind: Kind, description: str, keys: Form) -> Form:
    return {"description": description, **_closed({"kind": {"const": kind.value}, **keys})}


def _closed(keys: Form) -> Form:
    """An object with all of these keys and no others."""
    return {"type": "object", "required": list(keys), "properties": keys, "additionalProperties": False}


def _shared(name: str) -> Form:
    """A schema of MQTT's, to be part of another one."""
    whole = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return {key: each for key, each in whole.items() if key not in ("$schema", "$id", "title")}
