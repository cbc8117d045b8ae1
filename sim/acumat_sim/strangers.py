"""Random people, pets and things on mats as strangers build them, family by family, with what is true of them.

The corpora of corpus.py are narrower: parts of one batch, no house around the mat, bodies that only breathe.
"""

from __future__ import annotations

from typing import NamedTuple

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim import other_plots, people_plots
from acumat_sim.lying_people import RecordedBreath
from acumat_sim.mat_traits import random_mat, random_parts
from acumat_sim.plot import Builder, Draw
from acumat_sim.scenario import Scenario
from acumat_sim.streams import stream

SURFACES = ("bed", "carpet", "floor")
CLOTHES = ("skin", "shirt")


class Family(NamedTuple):
    """How its scenarios are made, and what is true of all of them.

    `truth` is "person" where a session is to be found for each span of `Scenario.lying()`, else "nuisance" or "pet". `mode` is
    how the mat is used: back, neck, legs, sitting, standing or unknown.
    """

    builder: Builder
    truth: str
    mode: str


FAMILIES: dict[str, Family] = {
    "still": Family(people_plots.still, "person", "back"),
    "weak_breath": Family(people_plots.weak_breath, "person", "back"),
    "ordinary": Family(people_plots.ordinary, "person", "back"),
    "heavy_light": Family(people_plots.heavy_light, "person", "back"),
    "child": Family(people_plots.child, "person", "back"),
    "crosswise": Family(people_plots.crosswise, "person", "back"),
    "heavy_hips": Family(people_plots.heavy_hips, "person", "back"),
    "neck": Family(people_plots.neck, "person", "neck"),
    "legs": Family(people_plots.legs, "person", "legs"),
    "sits_then_lies": Family(people_plots.sits_then_lies, "person", "back"),
    "at_power_up": Family(people_plots.at_power_up, "person", "back"),
    "found_late": Family(people_plots.found_late, "person", "back"),
    "loose_contact": Family(people_plots.loose_contact, "person", "back"),
    "real_breath": Family(people_plots.real_breath, "person", "back"),
    "owner_then_dog": Family(people_plots.owner_then_dog, "person", "back"),
    "standing": Family(other_plots.stands, "nuisance", "standing"),
    "sitting": Family(other_plots.sits, "nuisance", "sitting"),
    "two_sit": Family(other_plots.two_sit, "nuisance", "sitting"),
    "meditating": Family(other_plots.meditates, "nuisance", "sitting"),
    "kneeling": Family(other_plots.kneels, "nuisance", "unknown"),
    "dog": Family(other_plots.dog, "pet", "unknown"),
    "cat": Family(other_plots.cat, "pet", "unknown"),
    "baby": Family(other_plots.baby, "nuisance", "unknown"),
    "box": Family(other_plots.box, "nuisance", "unknown"),
    "box_12bit": Family(other_plots.box_12bit, "nuisance", "unknown"),
    "basket_beside_sleeper": Family(other_plots.basket_beside_sleeper, "nuisance", "unknown"),
    "suitcase_shaken": Family(other_plots.suitcase_shaken, "nuisance", "unknown"),
    "housework": Family(other_plots.housework, "nuisance", "unknown"),
    "drift": Family(other_plots.drift, "nuisance", "unknown"),
    "empty_hours": Family(other_plots.empty_hours, "nuisance", "unknown"),
}


def stranger_scenario(family: str, seed: int, layout: Layout, *, breath: RecordedBreath | None = None) -> Scenario:
    """A scenario of a family; the same seed gives the same one. `breath` is for the family `real_breath` alone, which needs it.

    Raises InputError for an unknown family, and where a recorded breath is missing or not wanted.
    """
    if family not in FAMILIES:
        raise InputError(f"no family {family!r}; choose one of {', '.join(FAMILIES)}")
    if (breath is None) is (family == "real_breath"):
        raise InputError(f"{family}: a recorded breath belongs to real_breath, and to no other family")
    found = FAMILIES[family]
    random_ = stream(seed, f"stranger {family}")
    plot = found.builder(Draw(random_, seed, layout, breath))
    parts = stream(seed, f"parts of a stranger's mat {family}")
    return Scenario(
        f"{family}-{seed}",
        f"{family}, on a stranger's mat",
        seed,
        plot.duration_s,
        layout,
        plot.surface or random_.choice(SURFACES),
        plot.occupants,
        random_parts(parts, len(layout.sensors), plot.drift_us_per_h),
        clothing=random_.choice(CLOTHES),
        faults=plot.faults,
        shakes=plot.shakes,
        mat=random_mat(parts, layout, converter=plot.converter, aged_s=plot.aged_s),
        mode=found.mode,
    )
