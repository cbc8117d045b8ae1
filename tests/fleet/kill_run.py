"""The kill run: `python -m tests.fleet.kill_run --mats 300` prints what was done to a fleet's engines and what was lost by it.

A NATS cluster of three, PostgreSQL with a synchronous replica, two collectors, simulated mats and two real daemons. Each node
is killed twice, each collector once, and the primary database is killed and its replica promoted, all in one run. The audit
is off: what a transport loses is not made good. Everything runs on loopback; times are printed and never decide.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from acumat_fleet_sim.fleet import Fleet, Plan
from acumat_fleet_sim.story import Habits
from acumat_fleet_sim.truth import Truth, quantile
from tests.broker import until
from tests.fleet.collecting import NO_AUDIT, Collecting, config, provision
from tests.fleet.engines import Nats, Postgres, nats, postgres_pair
from tests.fleet.figures import keep
from tests.fleet.judge import Verdict, arrived, judge, judge_daemon
from tests.system.process import DaemonProcess

log = logging.getLogger(__name__)

DOWN_S = 4.0
"""How long a node or a collector stays away; a collector twice as long."""
FIRST_S = 8.0
SPEED = 60.0
BUSY = Habits(rest_s=600.0, lie_s=600.0)
"""A mat that makes an event every few seconds at this speed."""
PATIENCE_S = 120.0
STAYS = [(10.0 + 200.0 * number, 130.0 + 200.0 * number) for number in range(40)]
DAEMON_SPEED = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and what came of it. Seconds are wall time of this machine at this load."""

    mats: int
    seconds: float
    seed: int
    done: dict[str, int]
    fleet: Verdict
    daemons: Verdict
    made: int
    gaps: int
    gap_p50_s: float | None
    gap_p95_s: float | None
    gap_max_s: float | None
    puback_p50_s: float | None
    puback_p95_s: float | None
    puback_max_s: float | None

    @property
    def faults(self) -> int:
        """What must never be, counted."""
        return self.fleet.faults + self.daemons.faults


@dataclass(slots=True)
class House:
    """All that runs."""

    nodes: list[Nats]
    primary: Postgres
    replica: Postgres
    collectors: list[Collecting]
    fleet: Fleet
    daemons: list[DaemonProcess]
    done: Counter[str] = field(default_factory=Counter)

    @property
    def dsn(self) -> str:
        """That of whichever database can be written."""
        return both(self.primary, self.replica)


def both(primary: Postgres, replica: Postgres) -> str:
    """The one of the two that can be written; libpq tries them in turn."""
    ports = f"port={primary.port},{replica.port}"
    return f"host=127.0.0.1,127.0.0.1 {ports} user=postgres dbname=fleet connect_timeout=3 target_session_attrs=read-write"


def kill_run(mats: int, seconds: float, seed: int) -> Outcome:
    """The whole run; at its end everything has stopped."""
    with tempfile.TemporaryDirectory(prefix="acumat-kill-run-") as name, _house(Path(name), mats, seed) as house:
        _disturb(house, seconds, seed)
        _settle(house)
        fleet = arrived(lambda: judge(house.fleet.truth, house.dsn))
        return _outcome(mats, seconds, seed, house, fleet, arrived(lambda: _daemons(house)))


@contextmanager
def _house(folder: Path, mats: int, seed: int) -> Iterator[House]:
    with ExitStack() as stack:
        nodes = stack.enter_context(nats(nodes=3))
        primary, replica = stack.enter_context(postgres_pair())
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        dsn = both(primary, replica)
        paths = [config(folder, dsn, kind="nats", hosts=hosts, name=f"collector{number}", audit=NO_AUDIT) for number in (1, 2)]
        provision(paths[0])
        collectors = [Collecting(path) for path in paths]
        for each in collectors:
            stack.callback(each.end, signal.SIGKILL)
            each.start()
        brokers = tuple(("127.0.0.1", node.mqtt_port) for node in nodes)
        fleet = Fleet(Plan(mats, seed, brokers, now_s=time.time(), speed=SPEED, past_s=SPEED * 1200.0, habits=BUSY))
        daemons = [_daemon(folder / f"real{number}", nodes) for number in (1, 2)]
        for daemon in daemons:
            stack.callback(daemon.kill)
            daemon.start()
        fleet.start()
        stack.callback(fleet.stop)
        until(lambda: fleet.up == mats, "all mats are up", PATIENCE_S)
        yield House(nodes, primary, replica, collectors, fleet, daemons)


def _daemon(folder: Path, nodes: list[Nats]) -> DaemonProcess:
    folder.mkdir()
    hosts = ", ".join(f'"127.0.0.1:{node.mqtt_port}"' for node in nodes)
    daemon = DaemonProcess(folder, 0, stays=STAYS, speed=DAEMON_SPEED, mqtt=f"hosts = [{hosts}]\ndiscovery = false")
    text = (
        daemon.config.read_text().replace('id = "test"', f'id = "{folder.name}"').replace('host = "127.0.0.1"\nport = 0\n', "")
    )
    daemon.config.write_text(text)
    return daemon


def _disturb(house: House, seconds: float, seed: int) -> None:
    """Kill in turn, at equal times; who is first is the seed's."""
    random = Random(seed)
    nodes = random.sample(house.nodes, 3) + random.sample(house.nodes, 3)
    kills: list[Callable[[], None]] = [lambda node=node: _blink(house, node) for node in nodes]  # type: ignore[misc]
    others: list[Callable[[], None]] = [lambda: _promote(house)]
    others += [lambda each=each: _away(house, each) for each in house.collectors]  # type: ignore[misc]
    random.shuffle(others)
    for number, other in enumerate(others):
        kills.insert(2 * number + 2 + number, other)
    step_s = max(2 * DOWN_S + 1.0, (seconds - FIRST_S) / len(kills))
    next_s = time.monotonic() + FIRST_S
    for kill in kills:
        _wait_until(next_s)
        next_s += step_s
        kill()
    _wait_until(next_s)


def _blink(house: House, node: Nats) -> None:
    log.info("kill -9 of the node %s", node.name)
    node.kill()
    house.done["nodes killed"] += 1
    time.sleep(DOWN_S)
    node.start()


def _away(house: House, collector: Collecting) -> None:
    log.info("kill -9 of a collector")
    collector.end(signal.SIGKILL)
    house.done["collectors killed"] += 1
    time.sleep(2 * DOWN_S)
    collector.start()


def _promote(house: House) -> None:
    log.info("kill -9 of the primary database, and its replica is promoted")
    house.primary.kill()
    house.replica.promote()
    house.done["primary databases killed"] += 1


def _settle(house: House) -> None:
    """Nothing happens any more, and brokers have acknowledged everything."""
    house.fleet.hold()
    for daemon in house.daemons:
        daemon.stop()
    until(lambda: house.fleet.waiting == 0, "every event of the fleet is acknowledged", PATIENCE_S)


def _daemons(house: House) -> Verdict:
    """Of both daemons together."""
    found = [judge_daemon(each.folder.name, each.folder / "state" / "acumat.db", house.dsn) for each in house.daemons]
    return Verdict(*(sum(each) for each in zip(*(asdict(one).values() for one in found), strict=True)))


def _outcome(mats: int, seconds: float, seed: int, house: House, fleet: Verdict, daemons: Verdict) -> Outcome:
    truth: Truth = house.fleet.truth
    answers = [each.after_s for found in truth.acknowledged.values() for each in found.values()]
    gaps = truth.gaps_s
    return Outcome(
        mats,
        seconds,
        seed,
        dict(house.done),
        fleet,
        daemons,
        truth.events_made,
        len(gaps),
        *(quantile(gaps, share) for share in (0.5, 0.95, 1.0)),
        *(quantile(answers, share) for share in (0.5, 0.95, 1.0)),
    )


def _wait_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))


def main() -> int:
    """Run it, print it, and keep it in docs/fleet.json if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mats", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=150.0, help="from the first kill to the last")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the figures in docs/fleet.json")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    outcome = kill_run(args.mats, args.seconds, args.seed)
    figures: dict[str, Any] = asdict(outcome)
    for key, value in figures.items():
        print(f"{key:<16} {value}")
    if args.keep:
        keep("kill_run", figures)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
