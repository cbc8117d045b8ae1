"""A family on one mat for a year: what its sensors show of each person three minutes into a session, day by day.

Everything that makes one person differ from day to day is here, so that guessing who lies there is measured against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from acumat_hw.layout import Layout
from acumat_sim.body import Occupant, Part, person
from acumat_sim.breath import Breathing
from acumat_sim.course import Track
from acumat_sim.fsr import FsrTraits
from acumat_sim.mat import SimulatedMat
from acumat_sim.mat_traits import MatTraits, random_mat, random_parts
from acumat_sim.scenario import Scenario
from acumat_sim.strangers import CLOTHES, SURFACES
from acumat_sim.streams import stream

DAYS = 365
SESSIONS_A_DAY = 0.7
"""Of each person: mornings or evenings, most days."""
STRANGERS = 0.02
"""Share of the sessions in which somebody lies there who is nobody of the family, and has not said so."""
KINDS: tuple[tuple[float, float, float, float], ...] = (
    (82.0, 12.0, 1.78, 0.07),
    (68.0, 12.0, 1.66, 0.06),
    (56.0, 10.0, 1.64, 0.09),
)
"""Mass in kg and height in m with their standard deviations: two adults and one who grows."""
REGIONS = (0, 1, 1, 2, 2, 3, 3, 4, 4)
"""Head, shoulders, chest, waist and hips, of each part of a supine body."""
OF_PERSON, OF_DAY = 0.12, 0.08
"""How far what a region bears strays between people and from day to day, as a share (pillow, knees, how one lay down)."""
PLACE_MM, TURNED_DEG = (12.0, 25.0), 4.0
BIAS = (0.06, 0.03)
"""Surplus of one side: between people, and from day to day."""
WATER_KG, CLOTHES_KG, YEAR_KG = 0.7, 1.5, 2.5
WARMTH, PART_DAY, AGEING = 0.04, 0.02, 0.15
"""The whole mat's conductance from day to day, each part's, and each part's over a year; shares."""
USUAL_CLOTHES = 0.8
NOISE = (
    f"A family of three has {SESSIONS_A_DAY:g} sessions a day each; in {100 * STRANGERS:.0f} % of all a stranger lies there. "
    f"From day to day each lies {PLACE_MM[0]:.0f} mm across and {PLACE_MM[1]:.0f} mm along from their usual place and turned "
    f"by {TURNED_DEG:.0f} degrees, head, shoulders, chest, waist and hips each bear {100 * OF_DAY:.0f} % more or less, "
    f"{100 * BIAS[1]:.0f} % more goes to one side, water moves {WATER_KG:g} kg and clothes up to {CLOTHES_KG:g} kg; in "
    f"{100 * (1 - USUAL_CLOTHES):.0f} % of the sessions skin and shirt change places. Over the year a body's weight goes by "
    f"{YEAR_KG:g} kg and each sensor by {100 * AGEING:.0f} %, from day to day the mat by {100 * WARMTH:.0f} % with warmth and "
    f"each sensor by {100 * PART_DAY:.0f} %. Foam, cross-talk, creep and hysteresis are those of strangers' mats. All are "
    "standard deviations."
)

EMPTY_S, LIES_S, SETTLED_S = 5.0, 10.0, (170.0, 180.0, 190.0)


@dataclass(frozen=True, slots=True)
class Body:
    """One person as they always are."""

    mass_kg: float
    height_m: float
    build: float
    bias: float
    weights: tuple[float, ...]
    place_mm: tuple[float, float]
    clothing: str
    year_kg: float


@dataclass(frozen=True, slots=True)
class Session:
    """Who lay there (None: a stranger), on which day, and microsiemens on each sensor above the empty mat."""

    day: int
    who: int | None
    us: tuple[float, ...]


def year(seed: int, layout: Layout, days: int = DAYS) -> list[Session]:
    """All sessions of a family in their order."""
    random = stream(seed, "family")
    people = [_body(random, kind) for kind in KINDS]
    parts, mat = random_parts(random, len(layout.sensors)), random_mat(random, layout)
    surface, aged = random.choice(SURFACES), [random.gauss(0.0, AGEING) for _ in parts]
    sessions = []
    for day in range(days):
        for who, body in enumerate(people):
            if random.random() >= SESSIONS_A_DAY:
                continue
            stranger = random.random() < STRANGERS
            lies = _body(random, random.choice(KINDS)) if stranger else body
            traits = _of_day(random, parts, [each * day / DAYS for each in aged])
            us = _settled(random, layout, traits, mat, surface, lies, day / DAYS)
            sessions.append(Session(day, None if stranger else who, us))
    return sessions


def _body(random: Random, kind: tuple[float, float, float, float]) -> Body:
    mass_kg, mass_spread, height_m, height_spread = kind
    return Body(
        min(130.0, max(40.0, random.gauss(mass_kg, mass_spread))),
        min(2.0, max(1.45, random.gauss(height_m, height_spread))),
        random.uniform(0.85, 1.2),
        random.gauss(0.0, BIAS[0]),
        tuple(math.exp(random.gauss(0.0, OF_PERSON)) for _ in range(5)),
        (random.gauss(0.0, 8.0), random.gauss(0.0, 15.0)),
        random.choice(CLOTHES),
        random.gauss(0.0, YEAR_KG),
    )


def _of_day(random: Random, parts: tuple[FsrTraits, ...], aged: list[float]) -> tuple[FsrTraits, ...]:
    warmth = random.gauss(0.0, WARMTH)
    return tuple(
        replace(part, gain=part.gain * math.exp(warmth + age + random.gauss(0.0, PART_DAY)))
        for part, age in zip(parts, aged, strict=True)
    )


def _settled(
    random: Random, layout: Layout, traits: tuple[FsrTraits, ...], mat: MatTraits, surface: str, body: Body, year_part: float
) -> tuple[float, ...]:
    """The middle of three looks at the settled load on each sensor."""
    other = {"skin": "shirt", "shirt": "skin"}[body.clothing]
    clothing = body.clothing if random.random() < USUAL_CLOTHES else other
    occupant = _lying(random, body, year_part)
    scenario = Scenario(
        "family", "", random.randrange(1 << 30), 200.0, layout, surface, (occupant,), traits, clothing=clothing, mat=mat
    )
    simulated = SimulatedMat(scenario, layout)
    empty = _us(simulated, layout, EMPTY_S)
    for t_s in (LIES_S, LIES_S + 3, LIES_S + 10, LIES_S + 30, LIES_S + 60, LIES_S + 100, LIES_S + 140):
        simulated.volts(t_s)
    looks = [_us(simulated, layout, LIES_S + t_s) for t_s in SETTLED_S]
    return tuple(max(0.0, sorted(column)[1] - base) for base, *column in zip(empty, *looks, strict=True))


def _us(simulated: SimulatedMat, layout: Layout, t_s: float) -> list[float]:
    vcc_v = simulated.scenario.mat.supply_v or layout.vcc_v
    return [
        1e6 * v / (sensor.rm_ohm * max(0.01, vcc_v - v)) for v, sensor in zip(simulated.volts(t_s), layout.sensors, strict=True)
    ]


def _lying(random: Random, body: Body, year_part: float) -> Occupant:
    mass_kg = body.mass_kg + body.year_kg * year_part + random.gauss(0.0, WATER_KG) + random.uniform(0.0, CLOTHES_KG)
    breathing = Breathing(random, random.uniform(8, 18), random.uniform(0.004, 0.02), 0.08)
    occupant = person(mass_kg, body.height_m, body.build, breathing, body.bias + random.gauss(0.0, BIAS[1]))
    of_day = [each * math.exp(random.gauss(0.0, OF_DAY)) for each in body.weights]
    turned = math.radians(random.gauss(0.0, TURNED_DEG))
    occupant.parts = tuple(_placed(part, of_day[region], turned) for part, region in zip(occupant.parts, REGIONS, strict=True))
    across, along = (usual + random.gauss(0.0, spread) for usual, spread in zip(body.place_mm, PLACE_MM, strict=True))
    occupant.x_mm, occupant.y_mm = Track(across), Track(along)
    occupant.upper, occupant.lower = Track(0.0), Track(0.0)
    for track in (occupant.upper, occupant.lower):
        track.move(LIES_S, 1.0, 2.0)
    return occupant


def _placed(part: Part, weight: float, turned: float) -> Part:
    sine, cosine = math.sin(turned), math.cos(turned)
    return replace(
        part,
        x_mm=cosine * part.x_mm - sine * part.y_mm,
        y_mm=sine * part.x_mm + cosine * part.y_mm,
        force_n=weight * part.force_n,
    )
