"""The tables of docs/figures.md and the short one of README.md, made from docs/accuracy.json and docs/bench.json alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from acumat_sim.strangers import FAMILIES
from tests.accuracy.document import FAMILY, count_missed, figure, limit
from tests.accuracy.report import Row, from_document
from tests.accuracy.runner import STRANGER_GROUPS
from tests.accuracy.stranger_measures import ASKED as ASKED_OF_FAMILIES
from tests.accuracy.stranger_measures import WORDS as FAMILY_WORDS
from tests.bench import slow_pi as slow
from tests.bench import software as bare
from tests.bench import watch
from tests.bench.daemon import ASKED, WORDS
from tests.bench.detection import BREATH_MOST_PCT, MOST_US
from tests.bench.matrix import MOST_RATIO, MOST_TRANSFERS, MOST_WAKE_UPS
from tests.docs.markdown import table

DOCS = Path(__file__).parents[2] / "docs"
LAYOUTS = ("2x2", "4x2", "4x3", "4x4")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what a person calls the figure, and where accuracy.json has it."""

    words: str
    measure: str
    row: str
    layout: str = ""


STRANGERS = (
    Line("a strip: still people withdrawn", "strips", "withdrawn", "all"),
    Line("a strip: confirmed as a person, p95", "strips", "confirmed, p95", "all"),
    Line("a strip: confirmed within a minute", "strips", "confirmed within 60 s", "all"),
    Line("maps: stays that were not one session", "maps", "stays that are not one session"),
    Line("maps: balance left-right, mean error", "maps", "lateral error, mean"),
    Line("maps: balance head-foot, mean error", "maps", "head-foot error, mean"),
    Line("maps: heavier side named rightly, where one clearly is", "maps", "side right where it is clear"),
    Line("maps: changes of posture found", "maps", "changes of posture found"),
    Line("maps: changes of posture reported in an hour of stillness", "maps", "false posture shifts, an hour of stillness"),
    *(
        Line(f"patients' breath that moves {swing} of the load: {words}", "breaths", f"breath of {swing}: {row}")
        for swing in ("0.3 %", "1.2 %")
        for words, row in (
            ("one session", "one session"),
            ("breathing rates within 2/min", "rate within 2/min"),
            ("time with a breathing rate", "time with a rate"),
        )
    ),
    Line("belts: breathing rate, mean error", "belts", "belts: error, mean"),
    Line("belts: time without a breathing rate", "belts", "belts: without a value"),
    Line("a strip: breathing rates more than 2/min off", "belts", "strip: more than 2 off"),
    Line("a strip: time without a breathing rate", "belts", "strip: without a value"),
    Line("recordings: start and end lie within the labels", "recordings", "in and out within the labels"),
)
PEOPLE = (
    Line("contact reported, p95", "people", "contact announced p95"),
    Line("lying reported after 60 % of the load is on, p95", "people", "lying announced p95"),
    Line("confirmed as a person, p95", "people", "lying confirmed p95"),
    Line("getting up reported, p95", "people", "getting up announced p95"),
    Line("people who were not exactly one session", "people", "people not one session"),
    Line("session length, p95 of the error", "people", "session length error p95"),
    Line("session length, largest error", "people", "session length error max"),
    Line("left-right balance, mean error", "people", "lateral error, mean"),
    Line("head-foot balance, mean error", "people", "head-foot error, mean"),
    Line("zone shares, mean error", "people", "zone share error, mean"),
    Line("evenness, mean error", "people", "evenness error, mean"),
    Line("centre of pressure, mean error", "people", "centre of pressure error, mean"),
    Line("sessions ended while somebody lay there for an hour", "lying_hours", "false ends"),
)
FINER = (
    Line("breathing rate, mean error", "breathing", "breathing error, mean"),
    Line("still minutes without a rate", "breathing", "still minutes without a value"),
    Line("posture changes missed", "posture", "posture shifts missed"),
    Line("posture changes reported in an hour of stillness", "posture", "false posture shifts an hour"),
    Line("dozes not reported within 120 s", "dozes", "dozes not reported within 120 s"),
    Line("dozes reported of people awake", "dozes", "dozes reported of others awake"),
    Line("mode of use reported wrongly", "mode", "mode reported wrongly"),
    Line("mode of use not known", "mode", "mode not known"),
    Line("relaxing shoulders missed", "shoulders", "relaxing shoulders missed"),
    Line("relaxing shoulders reported where none relaxed", "shoulders", "relaxing shoulders invented"),
    Line("weaker sensor not named within 10 sessions", "worn", "not named within 10 sessions"),
    Line("stuck sensor not named in time", "sensors", "stuck: not reported in time"),
    Line("shorted sensor not named in time", "sensors", "short under load: not reported in time"),
    Line("healthy sensor blamed", "sensors", "another sensor blamed"),
)
CALIBRATION = tuple(
    Line(f"{what}, {when}: {how} of the error", "calibration", f"{what} {key}, {how} error")
    for what in ("lateral", "head-foot")
    for when, key in (("before", "before"), ("calibrated", "plain"), ("calibrated and turned", "turned"))
    for how in ("mean", "p95")
)
THINGS = {
    "cat": "cats",
    "box": "boxes",
    "heavy_box": "heavy boxes",
    "leaned_on": "boxes on which somebody leans",
    "knocked": "boxes that are knocked",
    "press": "hands and knees",
    "fold": "a folded mat",
    "edge": "people who sit on the edge",
    "standing": "people who stand across",
    "drift": "drift of the sensors",
    "glitch": "single wrong readings",
}
FEW, MANY = STRANGER_GROUPS
"""3 or 4 sensors, and 8 to 16."""
SHORT = (
    Line("a real person who lies still on a real strip is withdrawn", "strips", "withdrawn", "all"),
    Line(
        "breath of 27 real patients on simulated mats: rates within 2/min",
        "breaths",
        "breath of 0.3 %: rate within 2/min",
        "4x2",
    ),
    Line("real pressure maps of 6 people: the heavier side named rightly", "maps", "side right where it is clear", "4x2"),
    Line("simulated strangers who lie on 8 to 16 sensors are not found", "strangers", "people", MANY),
    Line("simulated people who sit or stand there, and shaken things, are taken for a person", "strangers", "others", MANY),
)
NOT_MEASURED = "**not measured**"


class Accuracy:
    """The rows of accuracy.json by measure, name and layout."""

    def __init__(self) -> None:
        self.measures: dict[str, Any] = json.loads((DOCS / "accuracy.json").read_text("utf-8"))["measures"]
        self.rows = {
            (name, row.name, row.layout): readable(row)
            for name, run in self.measures.items()
            for row in from_document(run["report"]).rows
        }
        for words, what, limit_pct in (("people", "not found", 0.0), ("others", "taken for a person", 2.0)):
            # some of the families would be no figure for all of them
            for group in STRANGER_GROUPS if asked_families(what, limit_pct) <= self.taken else ():
                counted = [row for row in self._families(what) if (row.asked, row.layout) == (limit_pct, group)]
                n = sum(row.n for row in counted)
                share = sum(row.figure * row.n for row in counted) / n
                self.rows["strangers", words, group] = Row(words, group, n, "", share, limit_pct, "%")

    def layouts(self, line: Line) -> dict[str, Row]:
        """The figure of each layout that has one, or of the line's own.

        Nothing where the measure was not taken. Raises KeyError where it was, and has no such figure.
        """
        found = {
            layout: row
            for (measure, name, layout), row in self.rows.items()
            if (measure, name) == (line.measure, line.row) and line.layout in ("", layout)
        }
        if not found and line.measure in self.taken:
            raise KeyError(f"{line.measure}: {line.row}")
        return found

    @property
    def taken(self) -> set[str]:
        """The measures that have figures."""
        return {name for name, run in self.measures.items() if run["report"]["rows"]}

    def _families(self, what: str) -> list[Row]:
        return [row for row in self.rows.values() if row.name.endswith(f": {what}")]


def asked_families(what: str, limit_pct: float) -> set[str]:
    """The measures of the families of which `what` may happen at most so often."""
    person = what == "not found"
    return {
        FAMILY + name
        for name, asked in ASKED_OF_FAMILIES.items()
        if (FAMILIES[name].truth == "person") == person and (asked.lost_pct if person else asked.sessions_pct) == limit_pct
    }


def readable(row: Row) -> Row:
    """A share of 1 in percent."""
    if row.unit != "of 1":
        return row
    return replace(row, figure=100 * row.figure, asked=None if row.asked is None else 100 * row.asked, unit="%")


def asked_of(row: Row) -> str:
    """The limit with its unit; empty where nothing was asked."""
    if row.unit == "yes":
        return "yes"
    return f"{limit(row)} {row.unit}".strip() if row.asked and row.unit not in ("of n", "in n h") else limit(row)


def shown(row: Row) -> str:
    """The figure, bold where it misses what was asked."""
    text = ("yes" if row.figure else "no") if row.unit == "yes" else figure(row, bound=False)
    return f"**{text}**" if row.reached is False else text


def by_layout(lines: Iterable[Line]) -> str:
    """A line for each figure, with what was asked and each layout."""
    accuracy = Accuracy()
    cells = []
    for line in lines:
        found = accuracy.layouts(line)
        asked = " / ".join(dict.fromkeys(filter(None, (asked_of(row) for row in found.values()))))
        cells.append((line.words, asked, *(shown(found[layout]) if layout in found else "" for layout in LAYOUTS)))
    return table(("what", "asked", *LAYOUTS), cells)


def strangers() -> str:
    """Real recordings: each line has the layouts that it was measured with."""
    accuracy = Accuracy()
    cells = []
    for line in STRANGERS:
        found = accuracy.layouts(line)
        cells += [(line.words, layout, asked_of(row), shown(row), str(row.n)) for layout, row in found.items()]
        if not found:
            cells.append((line.words, "", "", NOT_MEASURED, ""))
    return table(("what", "layout or recording", "asked", "reached", "n"), cells)


def families() -> str:
    """Simulated strangers: of each family the figure that matters most, on each group of layouts."""
    accuracy = Accuracy()
    cells = []
    for name, asked in ASKED_OF_FAMILIES.items():
        what = "not found" if FAMILIES[name].truth == "person" else "taken for a person"
        found = accuracy.layouts(Line(FAMILY_WORDS[name], FAMILY + name, f"{FAMILY_WORDS[name]}: {what}"))
        limit_pct = asked.lost_pct if what == "not found" else asked.sessions_pct
        counts = " / ".join(str(n) for n in sorted({row.n for row in found.values()}))
        figures = [shown(found[layout]) if layout in found else "" for layout in STRANGER_GROUPS] if found else [NOT_MEASURED]
        figures += [""] * (len(STRANGER_GROUPS) - len(figures))
        cells.append(
            (
                FAMILY_WORDS[name],
                what,
                "" if limit_pct is None else f"{'at most ' if limit_pct else ''}{limit_pct:g} %",
                *figures,
                counts,
            )
        )
    return table(("family", "what", "asked", *STRANGER_GROUPS, "n"), cells)


def things() -> str:
    """What is no person, all layouts together."""
    accuracy = Accuracy()
    cells = []
    for key, words in THINGS.items():
        sessions, lyings, longest = (
            accuracy.rows["nuisances", f"{key}: {what}", "all"]
            for what in ("ghost sessions", "provisional lyings", "longest provisional")
        )
        cells.append((words, asked_of(sessions), shown(sessions), shown(lyings), shown(longest) if lyings.figure else ""))
    empty = accuracy.rows["empty_hours", "ghost sessions", "all"]
    cells.append(
        ("an empty mat", asked_of(empty), shown(empty), shown(accuracy.rows["empty_hours", "provisional lyings", "all"]), "")
    )
    return table(("what", "asked", "became a session", "taken for a person at first", "longest"), cells)


def runs() -> str:
    """Version, commit, size and seed of each measure."""
    cells = []
    for name, run in Accuracy().measures.items():
        title = f"strangers: {run['report']['title']}" if name.startswith(FAMILY) else run["report"]["title"]
        cells.append((title, run["version"], run.get("commit", ""), f"{run['scale']:g}", str(run["seed"])))
    return table(("measure", "version", "commit", "part of its full size", "first seed"), cells)


def short() -> str:
    """Five lines for README.md, strangers first, and what a frame costs."""
    accuracy = Accuracy()
    cells = []
    for line in SHORT:
        row = accuracy.rows.get((line.measure, line.row, line.layout))
        cells.append((line.words, "", NOT_MEASURED) if row is None else (line.words, asked_of(row), shown(row)))
    missed, asked = count_missed(accuracy.measures)
    few = [accuracy.rows.get(("strangers", words, FEW)) for words in ("people", "others")]
    fewer = "" if None in few else f"With 3 or 4 sensors the last two are {' and '.join(shown(row) for row in few if row)}. "
    whole = f"{fewer}In all, {asked - missed} of {asked} figures reach what was asked; misses are bold. {_short_cost()}"
    return f"{table(('what', 'asked', 'reached'), cells)}\n\n{whole}"


def cost() -> str:
    """What the daemon and detection cost."""
    bench = json.loads((DOCS / "bench.json").read_text("utf-8"))
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
    bench = json.loads((DOCS / "bench.json").read_text("utf-8"))
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
    rows = json.loads((DOCS / "bench.json").read_text("utf-8"))["reader"]["figures"]["rows"]
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
    run = json.loads((DOCS / "bench.json").read_text("utf-8"))["matrix"]
    cells = []
    for each in run["figures"]["rows"]:
        asked = each == _reference(run)
        cells.append(
            (
                each["layout"],
                each["condition"],
                f"{each['rate_hz']:g}",
                _cost(each["cpu_ms"] / each["floor_ms"], MOST_RATIO if asked else None),
                _cost(each["transfers"], MOST_TRANSFERS if asked else None),
                _cost(each["wake_ups"], MOST_WAKE_UPS if asked else None),
                str(each["ignored"] + each["early"] + each["repeated"]),
            )
        )
    head = ("layout", "the mat", "Hz", "times the floor's CPU", "transfers a frame", "wake-ups a second", "wrong accesses")
    return "\n".join([table(head, cells), "", f"Frames: {conditions(run)}."])


def software() -> str:
    """What the software alone costs a frame, on a bus that takes no time."""
    run = json.loads((DOCS / "bench.json").read_text("utf-8"))["software"]
    figures, naive_ms = run["figures"], run["figures"]["naive_ms"]
    cells = [
        (words, f"{naive_ms:.2f}" if key == "cpu_ms" else "", _cost(figures[key], naive_ms if key == "cpu_ms" else None))
        for key, words in bare.WORDS.items()
    ]
    return "\n".join([table(("what", "asked", "CPU a frame, ms"), cells), "", f"Software alone: {conditions(run)}."])


def _short_cost() -> str:
    each = _reference(json.loads((DOCS / "bench.json").read_text("utf-8"))["matrix"])
    times = each["cpu_ms"] / each["floor_ms"]
    return (
        f"A frame of sixteen sensors costs {times:.1f} times the processor time of a bare Python loop "
        f"that reads and publishes them, ten times a second, while somebody lies there; it takes {each['transfers']:.0f} bus "
        "transfers."
    )


def _reference(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row that figures are asked of."""
    rows: list[Mapping[str, Any]] = run["figures"]["rows"]
    return next(each for each in rows if (each["layout"], each["condition"], each["rate_hz"]) == ("4x4", "lying", 10.0))


def slow_pi() -> str:
    """The daemon with a tenth of a core."""
    run = json.loads((DOCS / "bench.json").read_text("utf-8"))["slow_pi"]
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
