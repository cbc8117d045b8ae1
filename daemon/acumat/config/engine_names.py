"""Characters in names that some brokers refuse, though MQTT allows them: the mat would be cut off there, or be deaf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.config.raw import table
from acumat_hw.toml_lines import Path as Loc

REFUSED = " .*>"
"""NATS joins the levels of a topic by dots, and takes * and > for wildcards; a blank ends a subject. RabbitMQ takes a dot for a
slash. Either is so in client ids, too (both tried: NATS 2.15, RabbitMQ 3.10).
"""
NAMES = ("client_id", "base_topic", "discovery_prefix")
"""A mat's own id can have none of them."""


def refused_elsewhere(data: Mapping[str, Any]) -> list[tuple[Loc, str]]:
    """The names that not every broker takes."""
    mqtt = table(data, "mqtt")
    found: list[tuple[Loc, str]] = []
    for key in NAMES:
        chars = [char for char in REFUSED if char in str(mqtt.get(key, ""))]
        if chars:
            listed = " and ".join("a blank" if char == " " else f'"{char}"' for char in chars)
            text = (
                f"has {listed} in it, which NATS and RabbitMQ do not take as they are; letters, digits, _ and - go everywhere"
            )
            found.append((("mqtt", key), text))
    return found
