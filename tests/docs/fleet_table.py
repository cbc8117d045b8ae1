"""The tables of docs/fleet.md, made from docs/fleet.json alone: what was done to a fleet, what was lost, what it costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.docs.costs import conditions
from tests.docs.markdown import table

FILE = Path(__file__).parents[2] / "docs" / "fleet.json"
GAP_P95_S, COLD_START_S, NODE_MB = 12.0, 60.0, 210.0
"""What was asked."""
WORDS = {
    "wiped": "all three stores of NATS deleted while the collector was away",
    "late_durable": "the record provisioned only after the mats had begun to publish",
    "site_broker": "a site's mosquitto without persistence killed with events waiting",
    "promoted": "primary database killed while its synchronous replica stood still; that promoted (no audit)",
    "moved": "mats moved from a mosquitto to a site with a bridge and to NATS, by their host alone (no audit)",
}


def losses() -> str:
    """What each run has lost."""
    whole = json.loads(FILE.read_text("utf-8"))
    rows = []
    if "kill_run" in whole:
        found = whole["kill_run"]["figures"]
        nodes, collectors, databases = (
            found["done"][f"{each} killed"] for each in ("nodes", "collectors", "primary databases")
        )
        words = f"kill -9 {nodes} times of a node, {collectors} of a collector, {databases} of the primary database (no audit)"
        rows.append(_row(words, found, "", found["fleet"], whole["kill_run"]))
        rows.append(_row("two real daemons in that run", {**found, "mats": 2}, "", found["daemons"], whole["kill_run"]))
    for name, words in WORDS.items():
        if name in whole:
            found = whole[name]["figures"]
            rows.append(_row(words, found, str(found["lost_before"]), found["end"], whole[name]))
    head = ("what was done", "mats", "seed", "acknowledged", "not yet stored then", "lost", "doubled", "changed", "load")
    return table(head, rows)


def costs() -> str:
    """Times and memory, on the machine and at the load that stand beside them."""
    whole = json.loads(FILE.read_text("utf-8"))
    rows: list[tuple[str, str, str, str]] = []
    if "kill_run" in whole:
        found = whole["kill_run"]["figures"]
        gaps = "/".join(f"{found[f'gap_{each}_s']:.1f}" for each in ("p50", "p95", "max"))
        acks = "/".join(f"{found[f'puback_{each}_s']:.2f}" for each in ("p50", "p95", "max"))
        rows.append(
            (f"a mat's gap when its node dies, p50/p95/max of {found['gaps']}, s", f"p95 {GAP_P95_S:g}", gaps, "kill_run")
        )
        rows.append(("acknowledgement of an event through all kills, p50/p95/max, s", "", acks, "kill_run"))
    if "cold_start" in whole:
        found = whole["cold_start"]["figures"]
        rows.append(
            (
                f"{found['mats']} mats up after a cold start of the cluster, s",
                f"{COLD_START_S:g}",
                f"{found['all_up_s']:.1f}",
                "cold_start",
            )
        )
    for name in ("connections", "connections_limited"):
        if name in whole:
            found = whole[name]["figures"]
            words = f"one node with {found['mats']} mats, GOMEMLIMIT {found['limit']}: memory, MB"
            rows.append((words, f"{NODE_MB:g}", f"{found['rss_mb']:.0f}", name))
            rows.append(("the same: cores while nothing happens", "", f"{found['idle_core']:.3f}", name))
    cells = [(words, asked, reached, f"{whole[name]['load']:g}") for words, asked, reached, name in rows]
    where = {conditions(each).rpartition(", load")[0] for each in whole.values()}
    return "\n".join([table(("what", "asked", "reached", "load"), cells), "", *(f"{each}." for each in sorted(where))])


def _row(words: str, found: Mapping[str, Any], before: str, end: Mapping[str, Any], run: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (str(end[key]) for key in ("lost", "doubled", "changed"))
    return (words, str(found["mats"]), str(found["seed"]), str(end["acknowledged"]), before, *counts, f"{run['load']:g}")
