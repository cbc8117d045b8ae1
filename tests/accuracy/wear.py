"""Weeks of sessions on one mat, healthy or with a sensor that loses response: what is advised, and when.

A session here is its quiet moment alone: the same sensors under the same person at another place, 30 s after lying down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from acumat.detect.parameters import Parameters
from acumat.detect.sensors.wear import Advice, Wear
from acumat_sim.fsr import Fsr
from acumat_sim.mat import SURFACES, Field
from acumat_sim.scenario import parse_scenario
from acumat_sim.streams import stream
from tests.accuracy.calibration import Case, _person, _place
from tests.accuracy.trials import mat_layout

SETTLE_S = 30
HEALTHY_SESSIONS = 60
WANE_SESSIONS = 20
"""The response goes down over so many sessions, after the first ones."""
LOSS = 0.15


def quiet_moments(
    seed: int, layout_name: str, *, sensor: int | None = None, surface_from: int | None = None
) -> Iterator[tuple[float, ...]]:
    """Loads in microsiemens, session by session; `sensor` wanes after the first ten, `surface_from` is when the bed changes."""
    layout = mat_layout(layout_name)
    mat = Case(layout, seed).mat()
    first = str(mat["surface"])
    other = max(SURFACES, key=lambda name: abs(SURFACES[name][0] - SURFACES[first][0]))
    session = 0
    while True:
        person = {**_person(seed, _place(stream(seed, f"session {session}"))), "moves_per_min": 0}
        data = {"seed": seed, "duration_s": 60, "person": person, "step": [{"at_s": 1, "do": "lie_down", "over_s": 1}], **mat}
        scenario = parse_scenario(f"wear-{seed}", data, layout)
        surface = first if surface_from is None or session < surface_from else other
        forces_n = Field(scenario.occupants, surface, layout).forces_n(30.0)
        left = 1 - LOSS * min(1.0, max(0.0, (session - 10) / WANE_SESSIONS))
        loads = []
        for index, (traits, force_n) in enumerate(zip(scenario.traits, forces_n, strict=True)):
            waned = replace(traits, gain=traits.gain * left) if index == sensor else traits
            fsr = Fsr(waned, stream(seed, f"fsr {index} in session {session}"))
            empty_us = fsr.step(0.0, 1.0)
            us = [fsr.step(force_n, 1.0) for _ in range(SETTLE_S)][-1]
            loads.append(max(us - empty_us, 1e-3))
        yield tuple(loads)
        session += 1


def advised(moments: Iterator[tuple[float, ...]], layout_name: str, sessions: int) -> tuple[int, Advice] | None:
    """The first advice within so many sessions, and after which."""
    wear = Wear(mat_layout(layout_name), Parameters())
    for session in range(sessions):
        advice = wear.note(next(moments))
        if advice is not None:
            return session, advice
    return None


def healthy(job: tuple[int, str]) -> bool:
    """Whether weeks without any change are reported."""
    seed, layout = job
    return advised(quiet_moments(seed, layout), layout, HEALTHY_SESSIONS) is not None


def waning(job: tuple[int, str]) -> str:
    """Whether the sensor that lost 15 % is named within ten sessions after it has: `named`, `other` or `missed`."""
    seed, layout = job
    sensors = mat_layout(layout).sensors
    index = stream(seed, "which wanes").randrange(len(sensors))
    found = advised(quiet_moments(seed, layout, sensor=index), layout, 10 + WANE_SESSIONS + 10)
    if found is None:
        return "missed"
    return "named" if found[1].sensor == sensors[index].name else "other"


def other_surface(job: tuple[int, str]) -> bool:
    """Whether a change between bed and floor is reported within ten sessions."""
    seed, layout = job
    found = advised(quiet_moments(seed, layout, surface_from=15), layout, 25)
    return found is not None and found[0] >= 15
