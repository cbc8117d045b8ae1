"""Which figures of docs/accuracy.json the tables of docs/figures.md and README.md show, and what each is called there."""

from __future__ import annotations

from dataclasses import dataclass

from tests.accuracy.runner import STRANGER_GROUPS


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
