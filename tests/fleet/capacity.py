"""How many mats an engine carries: `python -m tests.fleet.capacity` prints a cold start, and memory by connection."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acumat_fleet_sim.fleet import Fleet, Plan
from acumat_fleet_sim.truth import quantile
from tests.broker import until
from tests.fleet.engines import Nats, nats
from tests.fleet.figures import keep

PATIENCE_S = 300.0
IDLE_S = 20.0
LIMIT = "150MiB"
"""About what 5,000 mats need; beyond it Go collects more often, and no connection is refused."""


def cold_start(mats: int, seed: int) -> dict[str, Any]:
    """Mats that are on before their cluster is: from the start of its nodes until each mat is served."""
    with nats(nodes=3) as nodes:
        for node in nodes:
            node.kill()
            node.wipe()
        fleet = Fleet(Plan(mats, seed, tuple(("127.0.0.1", node.mqtt_port) for node in nodes), now_s=time.time()))
        fleet.start()
        try:
            time.sleep(5.0)  # so that they wait for their next attempt, each by its own clock
            began_s = time.monotonic()
            for node in nodes:
                node.start()
            until(lambda: fleet.up == mats, "all mats are up", PATIENCE_S)
            up_s = time.monotonic() - began_s
            ready = [value - (began_s - fleet.began_s) for value in fleet.truth.up_s]
            return {
                "mats": mats,
                "seed": seed,
                "all_up_s": up_s,
                "up_p50_s": quantile(ready, 0.5),
                "up_p95_s": quantile(ready, 0.95),
                "refused": fleet.truth.refused,
            }
        finally:
            fleet.stop()


def connections(mats: int, seed: int, limit: str) -> dict[str, Any]:
    """So many mats on a single node: its memory before and with them, and what they cost while nothing happens.

    `limit` is the memory that Go should keep to (GOMEMLIMIT); without one it collects when the heap has doubled.
    """
    with _environment("GOMEMLIMIT", limit), nats() as (node,):
        empty_mb = _rss_mb(node)
        start_s = mats / 400  # the pace at which a node takes them without refusing any
        fleet = Fleet(Plan(mats, seed, (("127.0.0.1", node.mqtt_port),), now_s=time.time(), start_within_s=start_s))
        fleet.start()
        try:
            until(lambda: fleet.up == mats, "all mats are up", PATIENCE_S)
            fleet.hold()
            cpu_s, began_s = _cpu_s(node), time.monotonic()
            time.sleep(IDLE_S)
            idle = (_cpu_s(node) - cpu_s) / (time.monotonic() - began_s)
            rss_mb = _rss_mb(node)
            return {
                "mats": mats,
                "seed": seed,
                "limit": limit,
                "rss_empty_mb": empty_mb,
                "rss_mb": rss_mb,
                "kb_each": (rss_mb - empty_mb) * 1024 / mats,
                "idle_core": idle,
                "refused": fleet.truth.refused,
                "connects": fleet.truth.connects,
            }
        finally:
            fleet.stop()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """For the processes started meanwhile."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _rss_mb(node: Nats) -> float:
    lines = Path(f"/proc/{node.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _cpu_s(node: Nats) -> float:
    fields = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run both, print them, and keep them in docs/fleet.json if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mats", type=int, default=1000, help="of the cold start; the single node gets five times as many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the figures in docs/fleet.json")
    args = parser.parse_args()
    many = 5 * args.mats
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "cold_start": lambda: cold_start(args.mats, args.seed),
        "connections": lambda: connections(many, args.seed, "off"),
        "connections_limited": lambda: connections(many, args.seed, LIMIT),
    }
    for name, run in runs.items():
        figures = run()
        print(name, figures, flush=True)
        if args.keep:
            keep(name, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
