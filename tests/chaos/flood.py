"""A flood of valid commands: `python -m tests.chaos.flood` sends 250 a second for a minute and counts what came of them.

A real daemon and a real mosquitto. A person lies down, gets up and lies down again in the midst of it, and says twice that
something is wrong: under the flood, and on the empty mat at the idle rate once it is over.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from acumat.mqtt.bounded_client import end_loop
from tests.broker import Broker, Listener, until
from tests.system.process import DaemonProcess

BASE = "acumat/test"
SPEED = 4.0
QUIET_S = 35.0
"""Real seconds after the flood: the mat is long empty, and read at the idle rate."""
FLOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {}),
    ("programme", {}),
    ("guest", {"on": False}),
    ("pause", {"on": False}),
    ("sensitivity", {"sensitivity": "normal"}),
    ("mode", {"mode": "auto"}),
    ("check_in", {"calm": 3, "discomfort": 1}),
    ("tare", {}),
    ("calibrate_cancel", {}),
    ("programme_set", {"minutes": 8}),
    ("programme_reset", {}),
    ("redness", {"answer": "faded"}),
    ("stop", {}),
    ("press", {}),
)


@dataclass
class Count:
    """What was sent and what came back."""

    sent_s: dict[str, float] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    symptom_s: list[float] = field(default_factory=list)
    sessions: int = 0
    lost: str = "ok"
    rss_mb: float = 0.0
    tracebacks: int = 0

    @property
    def silent(self) -> int:
        return len(self.sent_s.keys() - self.answered.keys())

    @property
    def doubled(self) -> int:
        return sum(1 for count in self.answered.values() if count > 1)

    def faults(self, sessions: int) -> int:
        late = sum(each > 1.0 for each in self.symptom_s)
        return self.silent + self.doubled + abs(sessions - self.sessions) + late + (self.lost != "ok") + self.tracebacks

    def table(self) -> str:
        rows = [
            ("commands sent", len(self.sent_s)),
            ("answered or refused", len(self.answered)),
            ("without an answer", self.silent),
            ("answered twice", self.doubled),
            *((f"  {reason}", count) for reason, count in self.reasons.most_common()),
            ("slowest answer to a symptom, s", f"{max(self.symptom_s, default=0.0):.2f}"),
            ("sessions in the history", self.sessions),
            ("the store's health", self.lost),
            ("memory at the end, MB", f"{self.rss_mb:.1f}"),
            ("tracebacks in the daemon's log", self.tracebacks),
        ]
        return "\n".join(f"{name:<40} {value:>10}" for name, value in rows)


class Flood:
    """One run. Every process that it starts ends with it."""

    def __init__(self, folder: Path, seconds: float, rate_hz: float, seed: int) -> None:
        self._seconds, self._rate_hz = seconds, rate_hz
        self._random = Random(seed)
        self._broker = Broker(folder)
        self._broker.start()
        self._listener = Listener(self._broker.port)
        half_s = SPEED * seconds / 2
        stays = [(20.0, half_s), (half_s + 30.0, SPEED * seconds - 40.0)]
        self.sessions = len(stays)
        self._daemon = DaemonProcess(folder, self._broker.port, stays=stays, speed=SPEED)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"flood-{uuid.uuid4()}")
        self._count = Count()

    def run(self) -> Count:
        try:
            self._daemon.start()
            self._client.connect("127.0.0.1", self._broker.port)
            self._client.loop_start()
            until(lambda: self._presence() == "lying", "somebody lies there")
            self._pour()
            self._say_symptom(after_s=QUIET_S)
            self._look()
        finally:
            self._client.disconnect()
            end_loop(self._client)
            self._listener.close()
            self._daemon.kill()
            self._broker.stop()
        return self._count

    def _presence(self) -> str | None:
        last = self._listener.last(f"{BASE}/state")
        return last.document["presence"] if last else None

    def _pour(self) -> None:
        pause = threading.Event()
        begun_s = time.monotonic()
        symptom_at = round(self._seconds * self._rate_hz / 4)
        for number in range(round(self._seconds * self._rate_hz)):
            if number == symptom_at:
                self._send("symptom", {})
            self._send(*self._random.choice(FLOOD))
            pause.wait(max(0.0, begun_s + number / self._rate_hz - time.monotonic()))

    def _say_symptom(self, *, after_s: float) -> None:
        threading.Event().wait(after_s)
        self._send("symptom", {})
        threading.Event().wait(3.0)

    def _send(self, name: str, arguments: dict[str, Any]) -> None:
        correlation = f"{name}-{len(self._count.sent_s)}"
        self._count.sent_s[correlation] = time.monotonic()
        payload = json.dumps({**arguments, "correlation": correlation})
        self._client.publish(f"{BASE}/command/{name}", payload, qos=1)

    def _look(self) -> None:
        count = self._count
        for received in self._listener.on(f"{BASE}/response"):
            answer = received.document
            count.answered[answer["correlation"]] += 1
            count.reasons[f"{answer['reason']}"] += 1
            if answer["name"] == "symptom":
                count.symptom_s.append(received.at_s - count.sent_s[answer["correlation"]])
        count.lost = self._daemon.status()["health"]["store"]["code"]
        assert self._daemon.process is not None
        status = Path(f"/proc/{self._daemon.process.pid}/status").read_text()
        count.rss_mb = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
        count.tracebacks = self._daemon.logged().count("Traceback") + self._daemon.logged().count("is left out")
        self._daemon.stop()
        with closing(sqlite3.connect(self._daemon.folder / "state" / "acumat.db")) as db:
            count.sessions = db.execute("SELECT count(*) FROM session WHERE end_reason = 'got_up'").fetchone()[0]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=250.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        flood = Flood(Path(folder), args.seconds, args.rate, args.seed)
        count = flood.run()
    print(count.table())
    return 1 if count.faults(flood.sessions) else 0


if __name__ == "__main__":
    sys.exit(main())
