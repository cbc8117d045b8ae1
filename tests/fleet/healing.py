"""Losses that the audit makes good: `python -m tests.fleet.healing` prints what the record lacked before it, and after.

Each run takes something away from a fleet whose events were acknowledged. `lost_before` is what the record would have lacked.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from acumat_fleet_sim.fleet import Fleet, Plan
from acumat_fleet_sim.story import Habits
from tests.broker import until
from tests.fleet.collecting import NO_AUDIT, Collecting, config, provision
from tests.fleet.engines import Nats, Postgres, mosquitto, nats, postgres, postgres_pair
from tests.fleet.figures import keep
from tests.fleet.judge import Verdict, arrived, judge
from tests.fleet.kill_run import both

Host = tuple[str, int]
SPEED = 60.0
BUSY = Habits(rest_s=600.0, lie_s=600.0)
PATIENCE_S = 180.0
FROZEN_S = 2.0
QUICK_AUDIT = "settle_s = 3\nevery_s = 5\nretry_s = 2\nasks_per_s = 200"
"""Asks soon and often: a run of minutes stands for days."""


@dataclass(frozen=True, slots=True)
class Healed:
    """A run: `lost_before` acknowledged events were nowhere but on the mats; what is so at the end."""

    mats: int
    seed: int
    lost_before: int
    end: Verdict


@contextmanager
def _fleet(mats: int, seed: int, hosts: tuple[Host, ...]) -> Iterator[Fleet]:
    fleet = Fleet(Plan(mats, seed, hosts, now_s=time.time(), speed=SPEED, past_s=SPEED * 1200.0, habits=BUSY))
    fleet.start()
    try:
        until(lambda: fleet.up == mats, "all mats are up", PATIENCE_S)
        yield fleet
    finally:
        fleet.stop()


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A collector that has made what it needs, and its configuration."""

    path: Path
    process: Collecting


@contextmanager
def _collector(dsn: str, *, kind: str, hosts: list[str], audit: str = QUICK_AUDIT, name: str = "one") -> Iterator[Provisioned]:
    """Not started yet."""
    with tempfile.TemporaryDirectory(prefix="acumat-collector-") as folder:
        path = config(Path(folder), dsn, kind=kind, hosts=hosts, name=name, audit=audit)
        provision(path)
        collector = Collecting(path)
        try:
            yield Provisioned(path, collector)
        finally:
            collector.end(signal.SIGKILL)


def _mqtt(nodes: list[Nats]) -> tuple[Host, ...]:
    return tuple(("127.0.0.1", node.mqtt_port) for node in nodes)


def _addresses(nodes: list[Nats]) -> list[str]:
    return [f"127.0.0.1:{node.port}" for node in nodes]


def _more(fleet: Fleet, count: int) -> None:
    """So many events more are acknowledged."""
    wanted = fleet.truth.events_acknowledged + count
    until(lambda: fleet.truth.events_acknowledged >= wanted, f"{count} events more are acknowledged", PATIENCE_S)


def _all_acknowledged(fleet: Fleet) -> None:
    fleet.hold()
    until(lambda: fleet.waiting == 0, "every event is acknowledged", PATIENCE_S)


def wiped(mats: int, seed: int) -> Healed:
    """All three stores of the cluster are deleted while the collector is away."""
    with nats(nodes=3) as nodes, postgres() as record:
        dsn, hosts = record.dsn, _addresses(nodes)
        with _collector(dsn, kind="nats", hosts=hosts) as collector:
            collector.process.start()
            with _fleet(mats, seed, _mqtt(nodes)) as fleet:
                _more(fleet, 3 * mats)
                collector.process.end()
                _more(fleet, 3 * mats)
                for node in nodes:
                    node.kill()
                    node.wipe()
                lost = judge(fleet.truth, dsn).lost
                for node in nodes:
                    node.start()
                provision(collector.path)
                collector.process.start()
                _more(fleet, mats)
                _all_acknowledged(fleet)
                return Healed(mats, seed, lost, arrived(lambda: judge(fleet.truth, dsn)))


def late_durable(mats: int, seed: int) -> Healed:
    """Mats publish before anything is there that keeps their events."""
    with nats(nodes=3) as nodes, postgres() as record, _fleet(mats, seed, _mqtt(nodes)) as fleet:
        dsn = record.dsn
        _more(fleet, 3 * mats)
        with _collector(dsn, kind="nats", hosts=_addresses(nodes)) as collector:
            lost = fleet.truth.events_acknowledged
            collector.process.start()
            _more(fleet, mats)
            _all_acknowledged(fleet)
            return Healed(mats, seed, lost, arrived(lambda: judge(fleet.truth, dsn)))


def site_broker(mats: int, seed: int, *, waiting: int = 1000) -> Healed:
    """A mosquitto that keeps nothing over its death is killed with so many events waiting for the collector."""
    forgetful = ("autosave_interval 0", "persistence false")
    with mosquitto(settings=forgetful) as broker, postgres() as record:
        dsn = record.dsn
        hosts = [f"127.0.0.1:{broker.port}"]
        with _collector(dsn, kind="mqtt", hosts=hosts) as collector:
            collector.process.start()
            with _fleet(mats, seed, (("127.0.0.1", broker.port),)) as fleet:
                _more(fleet, mats)
                collector.process.end(signal.SIGKILL)
                _more(fleet, waiting)
                broker.stop(kill=True)
                lost = judge(fleet.truth, dsn).lost
                broker.start()
                collector.process.start()
                _more(fleet, mats)
                _all_acknowledged(fleet)
                return Healed(mats, seed, lost, arrived(lambda: judge(fleet.truth, dsn)))


def promoted(mats: int, seed: int) -> Healed:
    """The primary database is killed while its synchronous replica stands still; that is promoted. Without an audit."""
    with mosquitto() as broker, postgres_pair() as (primary, replica):
        dsn = both(primary, replica)
        hosts = [f"127.0.0.1:{broker.port}"]
        with _collector(dsn, kind="mqtt", hosts=hosts, audit=NO_AUDIT) as collector:
            collector.process.start()
            with _fleet(mats, seed, (("127.0.0.1", broker.port),)) as fleet:
                _more(fleet, 3 * mats)
                _signal_all(replica, signal.SIGSTOP)
                time.sleep(FROZEN_S)
                lost = judge(fleet.truth, primary.dsn).lost
                primary.kill()
                _signal_all(replica, signal.SIGCONT)
                replica.promote()
                _more(fleet, mats)
                _all_acknowledged(fleet)
                return Healed(mats, seed, lost, arrived(lambda: judge(fleet.truth, dsn)))


def moved(mats: int, seed: int) -> Healed:
    """From a mosquitto to a site's mosquitto with a bridge, and on to a cluster: the host alone changes. Without an audit."""
    with ExitStack() as stack:
        nodes = stack.enter_context(nats(nodes=3))
        dsn = stack.enter_context(postgres()).dsn
        first = stack.enter_context(mosquitto())
        kinds = (("a", "mqtt", [f"127.0.0.1:{first.port}"]), ("c", "nats", _addresses(nodes)))
        for name, kind, hosts in kinds:
            collector = stack.enter_context(_collector(dsn, kind=kind, hosts=hosts, audit=NO_AUDIT, name=name))
            collector.process.start()
        site = stack.enter_context(mosquitto(settings=_bridge(nodes)))
        fleet = stack.enter_context(_fleet(mats, seed, (("127.0.0.1", first.port),)))
        for brokers in ((("127.0.0.1", site.port),), _mqtt(nodes)):
            _more(fleet, 3 * mats)
            fleet.move(brokers)
        _more(fleet, 3 * mats)
        _all_acknowledged(fleet)
        return Healed(mats, seed, 0, arrived(lambda: judge(fleet.truth, dsn)))


def _bridge(nodes: list[Nats]) -> tuple[str, ...]:
    addresses = " ".join(f"127.0.0.1:{node.mqtt_port}" for node in nodes)
    return (
        "connection fleet",
        f"addresses {addresses}",
        "remote_clientid site-one",  # NATS refuses the point that a name of mosquitto's own has
        "bridge_protocol_version mqttv311",
        "try_private false",
        "notifications false",
        "cleansession false",
        "local_cleansession false",
        "restart_timeout 1 5",
        "topic acumat/+/event out 1",
        "topic acumat/+/response out 1",
        "topic acumat/+/command/+ in 1",
    )


def _signal_all(server: Postgres, number: signal.Signals) -> None:
    """To the server and to each process of it: only its first one would leave the others at work."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    for pid in (server.pid, *map(int, children)):
        os.kill(pid, number)


Run = Callable[[int, int], Healed]
RUNS: dict[str, Run] = {
    "wiped": wiped,
    "late_durable": late_durable,
    "site_broker": site_broker,
    "promoted": promoted,
    "moved": moved,
}


def main() -> int:
    """Run them, print them, and keep them in docs/fleet.json if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"some of {', '.join(RUNS)}; without it all")
    parser.add_argument("--mats", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the figures in docs/fleet.json")
    args = parser.parse_args()
    faults = 0
    for name in args.runs or RUNS:
        healed = RUNS[name](args.mats, args.seed)
        figures: dict[str, Any] = asdict(healed)
        print(name, figures, flush=True)
        faults += healed.end.faults
        if args.keep:
            keep(name, figures)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
