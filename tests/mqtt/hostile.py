"""Payloads that nobody should send, at a real daemon and a real broker: `python -m tests.mqtt.hostile 100000` in full length.

Whatever arrives, the daemon lives on, answers or refuses what is a command, and holds no more memory than before.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acumat.contract.commands import CommandName
from acumat.mqtt.topics import Topics
from tests.broker import Broker, Listener, until
from tests.system.process import DaemonProcess

TOPICS = Topics("acumat", "test", "homeassistant")
SEED = 20261129
BATCH = 20
"""So many at a time, and then their answers: more than the daemon's queue holds it would refuse, as documented."""
HUGE_BYTES = 60_000_000
MOST_KB = 160_000
"""Of the whole daemon, at any moment."""


@dataclass(frozen=True)
class Outcome:
    sent: int
    commands: int
    answered: int
    alive: bool
    peak_kb: int


def payloads(rng: random.Random) -> Iterator[bytes]:
    """One of each kind after the other, never the same twice."""
    while True:
        name = rng.choice(["minutes", "on", "calm", "cap", "turned", "correlation", "x", ""])
        digits = rng.randint(1, 5000)
        integer = rng.choice("-123456789 ").strip() + "".join(rng.choices("0123456789", k=digits))
        yield f'{{"on": true, "minutes": {integer.lstrip("0") or "0"}}}'.encode()
        yield f'{{"{name}": {integer.lstrip("0") or "0"}}}'.encode()
        yield integer.encode()
        depth = rng.randint(1, 2000)
        yield b"[" * depth + b"]" * rng.choice([depth, 0])
        yield b'{"a":' * (depth % 800) + b"1" + b"}" * (depth % 800)
        yield json.dumps({name: rng.choice([float("nan"), float("inf"), -float("inf"), 1e308])}).encode()
        yield json.dumps({name: rng.choice(["\ud800", "\udfff\ud800", "\x00", "\u202e", "😀" * 40])}).encode()
        yield b'{"correlation": "\\ud800"}'
        yield rng.randbytes(rng.randint(1, 4200))
        yield b"\xff\xfe" + rng.randbytes(30)
        yield b"x" * rng.randint(4000, 300_000)
        yield ("[" + "1," * rng.randint(1, 900) + "1]").encode()
        yield json.dumps({"".join(rng.choices("abc\u0000\ufffe", k=9)): None}).encode()
        yield b"\x00" * rng.randint(1, 100)
        yield f'{{"answer": "{"y" * rng.randint(1, 3000)}"}}'.encode()


def topics(rng: random.Random) -> Iterator[str]:
    names = [*CommandName, "unknown", "Pause", "päuse", "a b", "%s", "'", "\u202etset"]
    while True:
        yield TOPICS.command(rng.choice(names))


class Rig:
    """A daemon at a broker, and a client that does harm and listens to the answers."""

    def __init__(self, folder: Path, broker: Broker, *, port: int | None = None) -> None:
        self.daemon = DaemonProcess(folder, port or broker.port, stays=[(60, 80_000)])
        self.listener = Listener(broker.port)
        self.rng = random.Random(SEED)

    def start(self) -> None:
        self.listener.received.clear()
        self.daemon.start()
        until(lambda: any(each.payload == "online" for each in self.listener.on(TOPICS.availability)), "it is subscribed")

    def close(self) -> None:
        self.daemon.kill()
        self.listener.close()

    def memory_kb(self, line: str = "VmRSS") -> int:
        assert self.daemon.process is not None
        text = Path(f"/proc/{self.daemon.process.pid}/status").read_text("ascii")
        return next(int(each.split()[1]) for each in text.splitlines() if each.startswith(line))

    def bombard(self, count: int) -> Outcome:
        """So many payloads, in batches; a command counts as answered if as many responses came as commands were sent."""
        commands = answered = sent = 0
        made, where = payloads(self.rng), topics(self.rng)
        while sent < count:
            expected = 0
            for _ in range(min(BATCH, count - sent)):
                self.listener.publish(next(where), next(made), retain=self.rng.random() < 0.05)
                expected += 1
                sent += 1
            commands += expected
            answered += self._answers(expected)
            if self.daemon.ended():
                print(self.daemon.logged()[-3000:])
                return Outcome(sent, commands, answered, False, 0)
            if sent % 10_000 == 0:
                print(f"{sent} sent, {answered} of {commands} answered, {self.memory_kb()} KB", flush=True)
        return Outcome(sent, commands, answered, True, self.memory_kb("VmHWM"))

    def empties(self) -> None:
        """Nothing at all, on every topic of the mat and on one beyond."""
        for topic in (*TOPICS.retained, TOPICS.command("unknown"), f"{TOPICS.command('a')}/b"):
            if topic not in (TOPICS.event, TOPICS.discovery):
                self.listener.publish(topic, b"", retain=True)

    def huge(self, *, retain: bool) -> None:
        """A payload that no memory of a small machine should hold."""
        self.listener.publish(TOPICS.command(CommandName.PAUSE), b"x" * HUGE_BYTES, retain=retain)

    def _answers(self, expected: int) -> int:
        """How many came; the last ones may take a turn of the daemon's loop."""
        until(lambda: self.daemon.ended() or len(self.listener.on(TOPICS.response)) >= expected, f"{expected} answers come")
        found = len(self.listener.on(TOPICS.response))
        self.listener.received.clear()
        return min(found, expected)


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        rig = Rig(Path(folder), broker)
        try:
            rig.start()
            before_kb = rig.memory_kb()
            found = rig.bombard(count)
            rig.empties()
            print(f"seed {SEED}: {found}, {before_kb} KB before")
            return 0 if not rig.daemon.ended() and found.answered == found.commands and found.peak_kb < MOST_KB else 1
        finally:
            rig.close()
            broker.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
