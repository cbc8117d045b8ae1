"""The chaos run: `python -m tests.chaos.run --seconds 1800` prints what was done to the daemon and what was lost by it.

A real daemon and a real mosquitto with a proxy in between; kills, boots, outages, sensor faults and clock steps by a seed,
while a simulated person comes and goes. The listener hears all that the broker takes: the proxy opens only when it listens.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from acumat.control import ask
from acumat_hw.errors import AcumatError
from acumat_sim.scenario import load_scenario
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.chaos.house import Span
from tests.chaos.proxy import Proxy
from tests.chaos.shown import difference
from tests.chaos.verdict import Verdict, judge, once
from tests.checkout import ROOT, environment
from tests.machine import slowdown
from tests.system.process import scenario

log = logging.getLogger(__name__)

BASE = "acumat/test"
SPEED = 20.0
RATE_HZ = 2.0
FIRST_S, LIE_S, AWAY_S = 45.0, (150.0, 300.0), (170.0, 240.0)
"""Story seconds before the first lying, of one, and between two: longer than any gap that a session is carried over."""


@dataclass
class Counts:
    """What was done, and what came of it."""

    done: Counter[str] = field(default_factory=Counter)
    events: int = 0
    listened: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    shown_after_s: list[float] = field(default_factory=list)
    """From the broker's acceptance until what it shows was what the daemon knew, by connection; seconds of an idle machine."""
    tracebacks: int = 0

    def faults(self, *, shown_within_s: float) -> int:
        """What must never be, counted."""
        late = sum(1 for each in self.shown_after_s if each > shown_within_s)
        return self.lost + self.doubled + self.out_of_order + self.verdict.faults + late + self.tracebacks

    def table(self) -> str:
        """For people."""
        verdict, shown = self.verdict, sorted(self.shown_after_s)
        rows = [
            *((f"done: {name}", number) for name, number in sorted(self.done.items())),
            ("events in the history", self.events),
            ("messages that the listener had (doubles by resending included)", self.listened),
            ("events lost", self.lost),
            ("events under two ids, ids given twice", self.doubled),
            ("events out of order, by their first coming", self.out_of_order),
            ("true lyings", verdict.lyings),
            ("sessions", verdict.sessions),
            ("phantom sessions", verdict.phantom),
            ("missing sessions", verdict.missing),
            ("sessions told twice", verdict.doubled),
            (f"undisturbed sessions off by over 2 s (of {verdict.undisturbed})", verdict.wrong_length),
            ("reconnects looked at", len(shown)),
            ("until the broker showed what the daemon knew: median, s", f"{median(shown):.2f}" if shown else "-"),
            ("the slowest, s", f"{shown[-1]:.2f}" if shown else "-"),
            ("tracebacks in the daemon's log", self.tracebacks),
        ]
        return "\n".join(f"{name:<66} {number:>8}" for name, number in rows)


class Chaos:
    """One run. Every process that it starts ends with it."""

    def __init__(self, folder: Path, seed: int, seconds: float) -> None:
        self._random = Random(seed)
        self._seconds = seconds
        self._folder = folder
        self._broker = Broker(folder)
        self._broker.start()
        self._proxy = Proxy(self._broker.port)
        self._listener = Listener(self._broker.port)
        self._state_dir = folder / "state"
        self._stalls = folder / "stalls"
        """From ... to ... (seconds of the story) a line: when the machine was too busy to read the mat."""
        self._process: subprocess.Popen[bytes] | None = None
        self._boot = 0
        self._counts = Counts()
        self._unwatched: list[Span] = []
        self._down_since_s: float | None = 0.0
        self._began_s = 0.0
        self._write_story()

    # the story

    def _write_story(self) -> None:
        random = self._random
        until_s = SPEED * self._seconds
        stays, at_s = [], FIRST_S
        while at_s < until_s - 60.0:
            left_s = at_s + random.uniform(*LIE_S)
            stays.append((at_s, left_s))
            at_s = left_s + random.uniform(*AWAY_S)
        self._ends_s = stays[-1][1] + 150.0
        path = self._folder / "story.toml"
        path.write_text(scenario(stays).replace("duration_s = 86400", f"duration_s = {self._ends_s + 3600:.0f}"))
        self._lyings = load_scenario(path).lying()
        troubles, steps, at_s = [], [], 60.0
        while (at_s := at_s + random.uniform(50.0, 150.0)) < until_s:
            what = random.choice(("dip", "refuse", "hang", "gone", "clock", "clock"))
            if what == "clock":
                steps.append((at_s, random.choice((3600.0, -3600.0, 12.0, -12.0))))
                self._counts.done["clock stepped"] += 1
            else:
                for_s = random.uniform(1.0, 8.0)
                troubles.append((at_s, for_s, what))
                # a bus that hung is looked for again after 1 to 30 s
                self._unwatched.append(Span(at_s, at_s + for_s + (35.0 if what == "hang" else 2.0)))
                self._counts.done[f"sensors: {what}"] += 1
        steps.append((at_s, -sum(by_s for _, by_s in steps)))
        self._story: dict[str, Any] = {
            "scenario": str(path),
            "speed": SPEED,
            "boots": [-20.0],
            "troubles": troubles,
            "clock_steps": steps,
            "timesync": str(self._folder / "timesync"),
            "stalls": str(self._stalls),
        }
        self._stalls.touch()
        (self._folder / "timesync").mkdir()
        (self._folder / "timesync" / "synchronized").touch()
        self._config = self._folder / "acumat.toml"
        self._config.write_text(
            f"""
[mat]
id = "test"
[source]
kind = "simulated"
[daemon]
rate_hz = {RATE_HZ}
state_dir = "{self._state_dir}"
runtime_dir = "{self._folder / "run"}"
safe_mode_after = 0
[mqtt]
host = "127.0.0.1"
port = {self._proxy.port}
"""
        )

    def _story_s(self) -> float:
        return (time.time() - self._began_s) * SPEED

    # what is done

    def run(self) -> Counts:
        """Until the story ends, then until everything has come to rest."""
        self._began_s = time.time() + 1.0
        self._story["began_s"] = self._began_s
        self._start()
        try:
            self._live()
            self._come_to_rest()
            return self._judge()
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            self._listener.close()
            self._proxy.close()
            self._broker.stop()

    def _live(self) -> None:
        random = self._random
        until(lambda: self._knows() == "empty", "the empty mat is known")
        while self._story_s() < self._ends_s - 120.0:
            what = random.choice(
                ("kill", "kill", "stop", "reboot", "broker", "broker killed", "cut", "slow", "frozen", "silent", "shut", "wait")
            )
            log.info("%.1f s of the story: %s", self._story_s(), what)
            if what != "wait":
                self._counts.done[what] += 1
            broken_at_s = time.monotonic()
            self._do(what)
            self._proxy.set("open")
            if what not in ("wait", "slow"):
                self._look_whether_it_shows(broken_at_s)
            self._rest(random.uniform(0.5, 5.0))

    def _do(self, what: str) -> None:
        random = self._random
        if what in ("kill", "stop", "reboot"):
            self._end(signal.SIGTERM if what == "stop" else signal.SIGKILL)
            self._rest(random.uniform(0.0, 1.5))
            if what == "reboot":
                self._boot += 1
                self._story["boots"].append(self._story_s() - 15.0)
            self._start()
        elif what.startswith("broker"):
            self._proxy.set("shut")
            connects = self._listener.connects
            self._broker.stop(kill=what == "broker killed")
            self._rest(random.uniform(0.0, 1.5))
            self._broker.start()
            until(lambda: self._listener.connects > connects, "the listener is back")
        elif what == "cut":
            self._proxy.cut()
        elif what != "wait":
            self._proxy.set(what)
            self._rest(random.uniform(0.2, 3.0))
            if what in ("frozen", "silent"):
                self._proxy.cut()

    def _rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def _start(self) -> None:
        (self._folder / "story.json").write_text(json.dumps(self._story))
        command = [sys.executable, "-m", "tests.chaos.mat_process", str(self._config), str(self._folder / "story.json")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, str(self._boot)], cwd=ROOT, env=environment(), stdout=log, stderr=log)
        until(lambda: self._knows() is not None or self._died(), "the daemon answers")
        if self._died():
            raise AssertionError((self._folder / "log").read_text()[-3000:])
        if self._down_since_s is not None:
            self._unwatched.append(Span(self._down_since_s, self._story_s()))
            self._down_since_s = None

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._down_since_s = self._story_s()
        self._process.send_signal(number)
        self._process.wait(PATIENCE_S)

    def _died(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _status(self) -> dict[str, Any] | None:
        try:
            return ask(self._folder / "run" / "control.sock", {"command": "status"}, PATIENCE_S)
        except AcumatError:
            return None

    def _knows(self) -> str | None:
        status = self._status()
        return None if status is None else str(status["state"]["presence"])

    # what came of it

    def _look_whether_it_shows(self, broken_at_s: float) -> None:
        """From when the broker has accepted the daemon anew: how long until what is shown is what is known."""
        until(lambda: self._proxy.accepted_at_s > broken_at_s, "the daemon is connected again")
        looks: list[str] = []

        def agrees() -> bool:
            asked_s = time.monotonic()
            looks.append(difference(self._status(), self._listener, BASE, since_s=self._proxy.accepted_at_s))
            log.debug("%.2f s: %s (%.2f s to look)", asked_s - self._proxy.accepted_at_s, looks[-1], time.monotonic() - asked_s)
            return not looks[-1]

        until(agrees, "the broker shows what the daemon knows")
        took_s = (time.monotonic() - self._proxy.accepted_at_s) / slowdown()
        log.info("shown after %.2f s%s", took_s, f", before that: {looks[-2]}" if len(looks) > 1 else "")
        self._counts.shown_after_s.append(took_s)

    def _come_to_rest(self) -> None:
        until(lambda: self._story_s() > self._ends_s, "the story ends", 60.0)
        self._proxy.set("open")
        until(lambda: self._waiting() == 0, "everything is reported", 60.0)
        until(lambda: (s := self._status()) and s["state"]["session_id"] is None, "the last session is over", 60.0)
        until(lambda: self._waiting() == 0, "everything is reported", 60.0)
        self._end(signal.SIGTERM)
        self._listener.catch_up()

    def _waiting(self) -> int:
        with closing(sqlite3.connect(self._state_dir / "acumat.db", timeout=PATIENCE_S)) as db:
            return int(db.execute("SELECT COUNT(*) FROM outbox").fetchone()[0])

    def _judge(self) -> Counts:
        counts = self._counts
        with closing(sqlite3.connect(self._state_dir / "acumat.db", timeout=PATIENCE_S)) as db:
            written = [json.loads(row[0])["id"] for row in db.execute("SELECT payload FROM event ORDER BY seq").fetchall()]
            sessions = db.execute("SELECT start_mono_s, end_mono_s, boot_id FROM session").fetchall()
        payloads = [each.payload for each in self._listener.on(f"{BASE}/event")]
        received = [event["id"] for event in once(payloads)]
        counts.events, counts.listened = len(written), len(payloads)
        counts.lost = len(set(written) - set(received))
        counts.doubled = len(written) - len(set(written)) + len(set(received) - set(written))
        numbers = [int(each.rpartition("-")[2]) for each in received]
        counts.out_of_order = sum(1 for before, after in pairwise(numbers) if after < before)
        counts.lost += numbers[-1] - len(written)
        boots = self._story["boots"]
        spans = [
            Span(start_s + boots[int(boot.rpartition("-")[2])], end_s + boots[int(boot.rpartition("-")[2])])
            for start_s, end_s, boot in sessions
        ]
        stalls = [Span(float(start), float(end)) for start, end in map(str.split, self._stalls.read_text().splitlines())]
        unwatched = [*self._unwatched, *stalls]
        counts.verdict = judge(self._lyings, sorted(spans, key=lambda span: span.start_s), unwatched)
        counts.tracebacks = (self._folder / "log").read_text().count("Traceback")
        if counts.verdict.faults:
            print("lyings:", self._lyings, "sessions:", spans, "unwatched:", self._unwatched, sep="\n")
        return counts


def chaos(folder: Path, seed: int, seconds: float) -> Counts:
    """Run it in an empty folder."""
    return Chaos(folder, seed, seconds).run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shown-within", type=float, default=2.0, metavar="S")
    parser.add_argument("--keep", type=Path, help="a folder for log and history, which stay there")
    parser.add_argument("--verbose", action="store_true", help="with --keep: each look at what the broker shows")
    args = parser.parse_args()
    if args.keep:
        level = logging.DEBUG if args.verbose else logging.INFO
        logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    with tempfile.TemporaryDirectory() as name:
        if args.keep:
            args.keep.mkdir(parents=True)
        counts = chaos(args.keep or Path(name), args.seed, args.seconds)
    print(f"{args.seconds:g} s, seed {args.seed}, {SPEED:g} times real time, layout 4x2 at {RATE_HZ:g} Hz")
    print(counts.table())
    raise SystemExit(bool(counts.faults(shown_within_s=args.shown_within)))


if __name__ == "__main__":
    main()
