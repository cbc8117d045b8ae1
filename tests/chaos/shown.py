"""Whether a broker shows what the daemon knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.mqtt.deadband import EDGE_KEYS
from tests.broker import Listener

LEAVES = ("state", "session", "availability")


def difference(status: Mapping[str, Any] | None, listener: Listener, base: str, *, since_s: float = 0.0) -> str:
    """What is not shown as it is known; empty if all is right. What was heard up to `since_s` (monotonic) does not count."""
    if status is None:
        return "the daemon does not answer"
    shown = {leaf: listener.last(f"{base}/{leaf}") for leaf in LEAVES}
    received = {leaf: each for leaf, each in shown.items() if each is not None and each.at_s > since_s}
    if missing := [leaf for leaf in LEAVES if leaf not in received]:
        return f"not shown since: {', '.join(missing)}"
    edges = {key: (received["state"].document[key], status["state"][key]) for key in EDGE_KEYS}
    wrong = [f"{key} {was} for {now}" for key, (was, now) in edges.items() if was != now]
    if received["session"].document != status["last_session"]:
        wrong.append(f"session {received['session'].document} for {status['last_session']}")
    if received["availability"].payload != "online":
        wrong.append("offline")
    return ", ".join(wrong)
