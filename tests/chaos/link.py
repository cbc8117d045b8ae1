"""A link that goes down and up between daemon and broker: `python -m tests.chaos.link --down 5 30 120 --flap 10`.

Two network namespaces of our own with a pair of virtual cards between them; what is sent while a card is down is lost, and
nobody is told, so that the connection is half open. Needs root; exit code 77 says that no namespace can be made here.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random

from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.chaos.shown import difference
from tests.chaos.verdict import once
from tests.checkout import ROOT, environment
from tests.machine import slowdown
from tests.system.process import DaemonProcess

CANNOT = 77
BASE = "acumat/test"
BROKER, DAEMON = "10.77.0.1", "10.77.0.2"
SPEED = 10.0
LIES_S, AWAY_S = 60.0, 50.0
"""Seconds of the story, which continues while the link is down."""


@dataclass(frozen=True)
class Outage:
    """Seconds; None for what has not happened, as where a connection outlives the outage."""

    what: str
    daemon_noticed_s: float | None
    broker_noticed_s: float | None
    met_after_s: float
    """From the link's return until the broker heard from the daemon."""
    right_after_s: float
    """From then until it showed what the daemon knew."""

    def row(self) -> str:
        """For people."""
        times = (self.daemon_noticed_s, self.broker_noticed_s, self.met_after_s, self.right_after_s)
        return f"{self.what:<24}" + "".join(f"{'-' if each is None else format(each, '.2f'):>18}" for each in times)


class Namespaces:
    """Ours alone, by the number of this process. Made and removed by root."""

    def __init__(self) -> None:
        self.broker, self.daemon = f"acumat-{os.getpid()}-b", f"acumat-{os.getpid()}-d"

    def make(self) -> str:
        """Empty, or why it cannot be done."""
        try:
            self._ip("netns", "add", self.broker)
            self._ip("netns", "add", self.daemon)
            self._ip("link", "add", "to-mat", "netns", self.broker, "type", "veth", "peer", "to-broker", "netns", self.daemon)
            for space, card, address in ((self.broker, "to-mat", BROKER), (self.daemon, "to-broker", DAEMON)):
                self._ip("-n", space, "address", "add", f"{address}/24", "dev", card)
                self._ip("-n", space, "link", "set", "lo", "up")
                self._ip("-n", space, "link", "set", card, "up")
        except (OSError, subprocess.CalledProcessError) as exc:
            return f"no network namespaces here: {getattr(exc, 'stderr', '') or exc}".strip()
        return ""

    def remove(self) -> None:
        for space in (self.broker, self.daemon):
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class FarDaemon(DaemonProcess):
    """The daemon in its namespace, which reaches the broker over the link alone."""

    def __init__(self, folder: Path, port: int, space: str, keepalive_s: int) -> None:
        period_s = LIES_S + AWAY_S
        stays = [(30.0 + period_s * number, 30.0 + period_s * number + LIES_S) for number in range(200)]
        super().__init__(folder, port, stays=stays, speed=SPEED, lasting=True, mqtt=f"keepalive_s = {keepalive_s}")
        self.config.write_text(self.config.read_text().replace('host = "127.0.0.1"', f'host = "{BROKER}"'))
        self._space = space

    def start_only(self, **variables: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self._space, sys.executable, "-m", self.module, "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env=environment(**variables),
                cwd=ROOT,
            )

    def logged_at(self, words: str, since_s: float) -> float | None:
        """When it first logged this (monotonic) since then; None if it has not."""
        ahead_s = time.time() - time.monotonic()
        for line in self.logged().splitlines():
            if words in line and (found := re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", line)):
                at_s = datetime.strptime(found[0], "%Y-%m-%d %H:%M:%S,%f").timestamp() - ahead_s  # noqa: DTZ007  local, as it is
                if at_s >= since_s:
                    return at_s
        return None


class Trial:
    """In the broker's namespace: what becomes of a connection whose link goes."""

    def __init__(self, folder: Path, daemon_space: str, keepalive_s: int) -> None:
        self._broker = Broker(folder)
        with (folder / "mosquitto.conf").open("a") as conf:
            conf.write(f"listener {self._broker.port} {BROKER}\n")
        self._broker.start()
        self._listener = Listener(self._broker.port)
        self._daemon = FarDaemon(folder, self._broker.port, daemon_space, keepalive_s)
        self._random = Random(1)

    def begin(self) -> None:
        self._daemon.start()
        until(lambda: not self._differs(), "the broker shows what the daemon knows")

    def outage(self, seconds: float, *, flapping: bool) -> Outage:
        """The link is down, or comes and goes, for so long; then until all is shown again."""
        began_s = time.monotonic()
        if flapping:
            while time.monotonic() - began_s < seconds:
                self._link(up=False)
                time.sleep(self._random.uniform(0.05, 0.6))
                self._link(up=True)
                time.sleep(self._random.uniform(0.01, 0.2))
        else:
            self._link(up=False)
            time.sleep(seconds)
            self._link(up=True)
        back_s = time.monotonic()
        until(lambda: self._received_s(back_s) and not self._differs(), "the broker shows what the daemon knows", 60.0)
        right_s = time.monotonic()
        met_s = self._daemon.logged_at("connected to the broker", back_s) or self._received_s(back_s) or back_s
        lost_s = self._daemon.logged_at("went away", began_s)
        gone = next((each for each in self._listener.on(f"{BASE}/availability") if each.at_s > began_s), None)
        return Outage(
            f"{'flapping for' if flapping else 'down for'} {seconds:g} s",
            None if lost_s is None else lost_s - began_s,
            gone.at_s - began_s if gone is not None and gone.payload == "offline" else None,
            met_s - back_s,
            max(0.0, right_s - met_s) / slowdown(),
        )

    def end(self) -> tuple[int, int, int, int]:
        """Events in all, lost, under an id twice, out of order."""
        until(self._reported_all, "all events are reported", 60.0)
        self._daemon.stop()  # which hands over what has come about meanwhile
        self._listener.catch_up()
        written = [each["id"] for each in self._written()]
        received = [each["id"] for each in once(each.payload for each in self._listener.on(f"{BASE}/event"))]
        numbers = [int(each.rpartition("-")[2]) for each in received]
        lost = len(set(written) - set(received))
        doubled = len(written) - len(set(written)) + len(set(received) - set(written))
        return len(written), lost, doubled, sum(1 for before, after in pairwise(numbers) if after < before)

    def close(self) -> None:
        self._daemon.kill()
        self._listener.close()
        self._broker.stop()

    def _link(self, *, up: bool) -> None:
        subprocess.run(["ip", "link", "set", "to-mat", "up" if up else "down"], check=True)

    def _differs(self) -> str:
        return difference(self._daemon.status(), self._listener, BASE)

    def _received_s(self, since_s: float) -> float | None:
        """When the daemon was first heard since then; the broker's own word on it is not the daemon's."""
        for each in list(self._listener.received):
            if each.at_s >= since_s and each.payload != "offline":
                return each.at_s
        return None

    def _written(self) -> list[dict[str, str]]:
        with closing(sqlite3.connect(self._daemon.folder / "state" / "acumat.db", timeout=PATIENCE_S)) as db:
            return [json.loads(row[0]) for row in db.execute("SELECT payload FROM event ORDER BY seq")]

    def _reported_all(self) -> bool:
        received = {each.document["id"] for each in self._listener.on(f"{BASE}/event")}
        return received >= {each["id"] for each in self._written()}


def inside(args: argparse.Namespace) -> int:
    """The trial itself."""
    with ExitStack() as stack:
        folder = Path(args.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        trial = Trial(folder, args.inside, args.keepalive)
        stack.callback(trial.close)
        trial.begin()
        head = ("daemon noticed", "broker noticed", "met after", "right after, s")
        print(f"keepalive {args.keepalive} s".ljust(24) + "".join(f"{each:>18}" for each in head), flush=True)
        outages = []
        for seconds, flapping in [*((each, False) for each in args.down), *((each, True) for each in args.flap)]:
            outages.append(trial.outage(seconds, flapping=flapping))
            print(outages[-1].row(), flush=True)
        events, *faults = trial.end()
        lost, doubled, out_of_order = faults
        print(f"events {events}, lost {lost}, doubled {doubled}, out of order {out_of_order}")
        late = [each for each in outages if each.right_after_s > args.right_within]
        return 1 if late or any(faults) or not events else 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--down", type=float, nargs="*", default=[], metavar="S", help="so long is the link down, one by one")
    parser.add_argument("--flap", type=float, nargs="*", default=[], metavar="S", help="so long does it come and go")
    parser.add_argument("--keepalive", type=int, default=15, metavar="S")
    parser.add_argument("--right-within", type=float, default=2.0, metavar="S")
    parser.add_argument("--keep", type=Path, help="an empty folder for log and history, which stay there")
    parser.add_argument("--inside", metavar="SPACE", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.inside:
        return inside(args)
    if shutil.which("ip") is None:
        print("no network namespaces here: the command ip is missing; install iproute2")
        return CANNOT
    spaces = Namespaces()
    try:
        if problem := spaces.make():
            print(problem)
            return CANNOT
        words = sys.argv[1:] if argv is None else [*argv]
        command = ["ip", "netns", "exec", spaces.broker, sys.executable, "-m", "tests.chaos.link", *words]
        return subprocess.run([*command, "--inside", spaces.daemon], check=False, cwd=ROOT).returncode
    finally:
        spaces.remove()


if __name__ == "__main__":
    raise SystemExit(main())
