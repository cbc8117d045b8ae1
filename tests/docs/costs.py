"""The tables of docs/figures.md of what acumat costs in time, memory and transfers, made from docs/bench.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import slow_pi as slow
from tests.bench import software as bare
from tests.bench import watch
from tests.bench.daemon import ASKED, WORDS
from tests.bench.detection import BREATH_MOST_PCT, MOST_US
from tests.bench.matrix import MOST_RATIO, MOST_TRANSFERS, MOST_WAKE_UPS
from tests.docs.markdown import table

BENCH = Path(__file__).parents[2] / "docs" / "bench.json"


def cost() -> str:
    """What the daemon and detection cost."""
    bench = _bench()
    daemon, watched, detection = bench["daemon"], bench["watch"], bench["detection"]
    cells = [
        (words, "" if ASKED[key] is None else f"{ASKED[key]:g}", _cost(daemon["figures"][key], ASKED[key]))
        for key, words in WORDS.items()
    ]
    cells += [
        (words, "" if watch.ASKED[key] is None else f"{watch.ASKED[key]:g}", _cost(watched["figures"][key], watch.ASKED[key]))
        for key, words in watch.WORDS.items()
    ]
    found = detection["figures"]
    low, high = found["zero_2_w_pct"]
    cells += [
        ("detection, empty mat, without breathing, us a frame", f"{MOST_US:g}", _cost(found["empty_us"], MOST_US)),
        ("detection, somebody lies there, without breathing, us a frame", f"{MOST_US:g}", _cost(found["lying_us"], MOST_US)),
        ("breathing, % of a core", "", f"{found['breathing_pct']:g}"),
        ("the same on a Pi Zero 2 W, estimated, %", f"{BREATH_MOST_PCT:g}", f"{low:g} to {high:g}"),
    ]
    where = (
        f"{name}: {conditions(each)}." for name, each in (("Daemon", daemon), ("Watched", watched), ("Detection", detection))
    )
    return "\n".join([table(("what", "asked", "reached"), cells), "", *where])


def memory() -> str:
    """Of what the daemon's memory is made, by module."""
    bench = _bench()
    found = bench["memory"]["figures"]["rows"]
    cells = [(each["what"], f"{each['mib']:.2f}", each["largest"]) for each in found]
    whole = bench["memory"]["figures"]["daemon_mib"]
    rest = whole - sum(each["mib"] for each in found)
    cells += [("a running daemon's data, threads and buffers", f"{rest:.2f}", ""), ("in all", f"{whole:.2f}", "")]
    return f"{table(('what', 'MiB', 'of that the largest modules'), cells)}\n\nMemory: {conditions(bench['memory'])}."


def conditions(run: Mapping[str, Any]) -> str:
    """On what, and of which version, a run was measured."""
    return ", ".join(
        [
            f"version {run['version']}",
            f"commit {run['commit']}",
            f"Python {run['python']}",
            run["machine"],
            f"load {run['load']:g}",
        ]
    )


def reader() -> str:
    """Frames a second on the bus, beside what the bus allows."""
    rows = _bench()["reader"]["figures"]["rows"]
    cells = [
        (
            each["model"].upper(),
            f"{each['bus_hz'] / 1000:g} kHz",
            str(4 * each["chips"]),
            f"{each['limit_hz']:g}",
            f"{each['reader_hz']:g}",
            f"{each['naive_hz']:.1f}",
        )
        for each in rows
    ]
    return table(("converter", "bus", "sensors", "the bus allows, Hz", "acumat reads, Hz", "a plain loop reads, Hz"), cells)


def matrix() -> str:
    """What a frame costs by layout, what is on the mat and rate, as times the floor."""
    run = _bench()["matrix"]
    cells = []
    for each in run["figures"]["rows"]:
        asked = each is _reference(run)
        cells.append(
            (
                each["layout"],
                each["condition"],
                f"{each['rate_hz']:g}",
                str(each["beside"]),
                _cost(each["cpu_ms"] / each["floor_ms"], MOST_RATIO if asked else None),
                _cost(each["transfers"], MOST_TRANSFERS if asked else None),
                _cost(each["wake_ups"], MOST_WAKE_UPS if asked else None),
                str(each["ignored"] + each["early"] + each["repeated"]),
            )
        )
    head = (
        "layout",
        "the mat",
        "Hz",
        "daemons beside it",
        "times the floor's CPU",
        "transfers a frame",
        "wake-ups a second",
        "wrong accesses",
    )
    return "\n".join([table(head, cells), "", f"Frames: {conditions(run)}."])


def software() -> str:
    """What the software alone costs a frame, on a bus that takes no time."""
    run = _bench()["software"]
    figures, naive_ms = run["figures"], run["figures"]["naive_ms"]
    cells = [
        (words, f"{naive_ms:.2f}" if key == "cpu_ms" else "", _cost(figures[key], naive_ms if key == "cpu_ms" else None))
        for key, words in bare.WORDS.items()
    ]
    return "\n".join([table(("what", "asked", "CPU a frame, ms"), cells), "", f"Software alone: {conditions(run)}."])


def frame_cost() -> str:
    """What a frame costs, in one sentence."""
    each = _reference(_bench()["matrix"])
    times = each["cpu_ms"] / each["floor_ms"]
    return (
        f"A frame of sixteen sensors costs {times:.1f} times the processor time of a bare Python loop "
        f"that reads and publishes them, ten times a second, while somebody lies there; it takes {each['transfers']:.0f} bus "
        "transfers."
    )


def _reference(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row that figures are asked of: the first of its kind, which ran alone."""
    rows: list[Mapping[str, Any]] = run["figures"]["rows"]
    return next(each for each in rows if (each["layout"], each["condition"], each["rate_hz"]) == ("4x4", "lying", 10.0))


def slow_pi() -> str:
    """The daemon with a tenth of a core."""
    run = _bench()["slow_pi"]
    asked = {"skipped": slow.ASKED_SKIPPED, "latency_p95_ms": slow.ASKED_P95_MS}
    rows = run["figures"]["rows"]
    cells = [
        (
            words,
            "" if key not in asked else f"{asked[key]:g}",
            *("" if each[key] is None else _cost(each[key], asked.get(key)) for each in rows),
        )
        for key, words in slow.WORDS.items()
    ]
    head = ("what", "asked", *(f"{each['bus_hz'] / 1000:g} kHz, {each['condition']}" for each in rows))
    return "\n".join(
        [table(head, cells), "", f"Slow Pi: {rows[0]['seconds']:.0f} s, {run['figures']['matched']}; {conditions(run)}."]
    )


def _cost(value: float, asked: float | None) -> str:
    text = f"{value:.3g}" if value < 1000 else f"{value:.0f}"  # no exponent
    return f"**{text}**" if asked is not None and value > asked else text


def _bench() -> dict[str, Any]:
    measured: dict[str, Any] = json.loads(BENCH.read_text("utf-8"))
    return measured
