"""Mats for the tests of the collector: they publish events with gapless ids, keep them, and answer the command `events`.

The truth is theirs: what they have published and had acknowledged.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from acumat.mqtt.bounded_client import end_loop
from tests.broker import PATIENCE_S, until


def event(number: int, incarnation: str = "0a0b0c0d", **more: Any) -> dict[str, Any]:
    """An event as a mat publishes it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": f"{incarnation}-{number}",
        "event_type": "contact_started",
        "at": at,
        "edge_at": None,
        "late": False,
        "reason": "load_above",
        "text": "Something is on the mat.",
        **more,
    }


class FakeMat:
    """One mat over MQTT 3.1.1, which every engine speaks. `first_kept`: what its history still has."""

    def __init__(self, mat_id: str, port: int, *, incarnation: str = "0a0b0c0d", base: str = "acumat") -> None:
        self.mat_id, self.incarnation, self._base = mat_id, incarnation, base
        self.kept: dict[int, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.last_no = 0
        self._sent: set[int] = set()
        self._acknowledged: set[int] = set()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=mat_id)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        # a message that meets a lost connection is sent on the next one
        self._client.on_publish = lambda _client, _userdata, number, *_: self._acknowledged.add(number)
        self._granted = threading.Event()
        self._client.on_subscribe = lambda *_: self._granted.set()
        self._client.connect_async("127.0.0.1", port, 30)
        self._client.loop_start()
        assert self._granted.wait(PATIENCE_S * 10), "the mat is connected"

    def publish(self, count: int, **more: Any) -> None:
        """So many new events, each acknowledged by the engine."""
        for _ in range(count):
            self.last_no += 1
            self.kept[self.last_no] = event(self.last_no, self.incarnation, **more)
            self._sent.add(self._client.publish(self._topic("event"), json.dumps(self.kept[self.last_no]), qos=1).mid)
        until(lambda: self._sent <= self._acknowledged, "the engine acknowledges")

    def lose(self, count: int) -> None:
        """So many events that some engine has acknowledged and lost."""
        for _ in range(count):
            self.last_no += 1
            self.kept[self.last_no] = event(self.last_no, self.incarnation)

    def send(self, leaf: str, payload: str | bytes, *, qos: int = 1, retain: bool = False) -> None:
        sent = self._client.publish(self._topic(leaf), payload, qos=qos, retain=retain)
        until(sent.is_published, "the engine acknowledges")

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _topic(self, leaf: str) -> str:
        return f"{self._base}/{self.mat_id}/{leaf}"

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe(self._topic("command/+"), qos=0)

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        command = json.loads(message.payload)
        self.asked.append(command)
        answer = {"name": "events", "ok": True, "reason": "done", "text": "x", "correlation": command.get("correlation")}
        answer |= {"numbering": self.incarnation, "last_no": self.last_no}
        kept = sorted(self.kept)
        if "from" not in command:
            listed = (
                {"numbering": self.incarnation, "first_no": kept[0], "last_no": kept[-1], "count": len(kept)} if kept else None
            )
            client.publish(self._topic("response"), json.dumps(answer | {"numberings": [listed] if listed else []}))
            return
        numbering, first = command["from"].split("-")
        last = int(command["to"].split("-")[1])
        mine = numbering == self.incarnation
        found = [each for each in kept if int(first) <= each <= last][:500] if mine else []
        gone = [each for each in range(int(first), (min(last, self.last_no) if mine else last) + 1) if each not in found]
        answer |= {"count": len(found), "more": False, "missing": [[each, each] for each in gone]}
        for number in found:
            client.publish(self._topic("event"), json.dumps(self.kept[number] | {"late": True}), qos=1)
        client.publish(self._topic("response"), json.dumps(answer))
