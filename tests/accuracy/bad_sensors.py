"""Sensors that fail under a random person, through converters, bus and driver: told in time, no other blamed, session kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from acumat.contract.events import EventType
from acumat_sim.streams import stream
from tests.faults import chain

BEGINS_S, LIES_S, FAILS_S = 20.0, 150.0, 60.0
BLEED_OHM = 470_000.0
SATURATED_TIMES = 1000.0
"""Conducts so many times as well as it should: at its end even under the little that an outer sensor at the waist bears."""
EDGE_S = 3.0
"""A session's edges are compared with the scenario's steps, whose own movements last 2 s."""


class Kind(NamedTuple):
    """A fault of the simulator, the reason that is to be reported, from when on it counts, and how long it may take."""

    do: str
    reason: str
    from_s: float
    within_s: float


KINDS = {
    "short under load": Kind("short", "saturated", FAILS_S, 11.0),
    "saturated by the person": Kind("saturated", "saturated", BEGINS_S + 2, 11.0),
    "stuck": Kind("stuck", "stuck", FAILS_S, 70.0),
    "open, with bleed resistors": Kind("open", "open", FAILS_S, 11.0),
}
"""What is asked and a second more: the reader and the filter come before it. For stuck, ten: its minute is one in which the
others move."""
MOVES_PER_MIN = 6.0
"""How restless the person is; of one who only breathes a sensor that stands still tells little."""


class Verdict(NamedTuple):
    """Told in time with its reason; something else was blamed; the session is one, from its true start to its true end."""

    reported: bool
    blamed: bool
    session_seen: bool


def one(job: tuple[str, int, str]) -> Verdict:
    """One person on whom one sensor fails: kind, seed, layout."""
    name, seed, layout_name = job
    kind = KINDS[name]
    layout = chain.mat_layout(layout_name, bleed_ohm=BLEED_OHM)
    random_ = stream(seed, f"bad sensor {name}")
    sensor = random_.choice([each.name for each in layout.sensors if each.zone != "head"] or [layout.sensors[0].name])
    at_s = 0.0 if kind.do == "saturated" else FAILS_S
    amount = {"amount": SATURATED_TIMES} if kind.do == "saturated" else {}
    scenario = _story([{"do": kind.do, "at_s": at_s, "sensor": sensor, **amount}], seed)
    done = chain.run(scenario, layout)
    reported = [(t_s, reason) for t_s, reason in done.failed(sensor) if reason == kind.reason]
    in_time = bool(reported) and kind.from_s <= reported[0][0] <= kind.from_s + kind.within_s
    blamed = len(done.times(EventType.SENSOR_FAILED)) > len(reported)
    return Verdict(in_time, blamed, _session_seen(done))


def dead(job: tuple[int, str]) -> bool:
    """A quarter of the sensors (at most two) give no reading from the start: is the session kept."""
    seed, layout_name = job
    layout = chain.mat_layout(layout_name, bleed_ohm=BLEED_OHM)
    names = stream(seed, "dead sensors").sample([each.name for each in layout.sensors], min(2, len(layout.sensors) // 4))
    return _session_seen(chain.run(_story([{"do": "open", "at_s": 0, "sensor": name} for name in names], seed), layout))


def _story(faults: Sequence[dict[str, object]], seed: int) -> dict[str, object]:
    uniform = stream(seed, "bad sensor person").uniform
    person = {"mass_kg": uniform(45, 130), "height_m": uniform(1.52, 1.95), "moves_per_min": MOVES_PER_MIN}
    return chain.story(faults, stays=[(BEGINS_S, BEGINS_S + LIES_S)], seed=seed, person=person, spread=uniform(0, 0.25))


def _session_seen(done: chain.Run) -> bool:
    if len(done.records) != 1:
        return False
    start_s, end_s = (t_s - done.zero_s for t_s in (done.records[0].start_mono_s, done.records[0].end_mono_s))
    return abs(start_s - BEGINS_S - 1) <= EDGE_S and abs(end_s - BEGINS_S - LIES_S - 1) <= EDGE_S
