"""Random people, pets and things on mats as strangers build them, family by family, with what is true of them.

The corpora of corpus.py are narrower: parts of one batch, no house around the mat, bodies that only breathe.
"""

from __future__ import annotations

from typing import NamedTuple

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim import other_episodes, people_episodes
from acumat_sim.episode import Builder, Draw
from acumat_sim.lying_people import RecordedBreath
from acumat_sim.mat_traits import random_mat, random_parts
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
    "still": Family(people_episodes.still, "person", "back"),
    "weak_breath": Family(people_episodes.weak_breath, "person", "back"),
    "ordinary": Family(people_episodes.ordinary, "person", "back"),
    "heavy_light": Family(people_episodes.heavy_light, "person", "back"),
    "child": Family(people_episodes.child, "person", "back"),
    "crosswise": Family(people_episodes.crosswise, "person", "back"),
    "heavy_hips": Family(people_episodes.heavy_hips, "person", "back"),
    "neck": Family(people_episodes.neck, "person", "neck"),
    "legs": Family(people_episodes.legs, "person", "legs"),
    "sits_then_lies": Family(people_episodes.sits_then_lies, "person", "back"),
    "at_power_up": Family(people_episodes.at_power_up, "person", "back"),
    "found_late": Family(people_episodes.found_late, "person", "back"),
    "loose_contact": Family(people_episodes.loose_contact, "person", "back"),
    "real_breath": Family(people_episodes.real_breath, "person", "back"),
    "owner_then_dog": Family(people_episodes.owner_then_dog, "person", "back"),
    "standing": Family(other_episodes.stands, "nuisance", "standing"),
    "sitting": Family(other_episodes.sits, "nuisance", "sitting"),
    "two_sit": Family(other_episodes.two_sit, "nuisance", "sitting"),
    "meditating": Family(other_episodes.meditates, "nuisance", "sitting"),
    "kneeling": Family(other_episodes.kneels, "nuisance", "unknown"),
    "dog": Family(other_episodes.dog, "pet", "unknown"),
    "cat": Family(other_episodes.cat, "pet", "unknown"),
    "baby": Family(other_episodes.baby, "nuisance", "unknown"),
    "box": Family(other_episodes.box, "nuisance", "unknown"),
    "box_12bit": Family(other_episodes.box_12bit, "nuisance", "unknown"),
    "basket_beside_sleeper": Family(other_episodes.basket_beside_sleeper, "nuisance", "unknown"),
    "suitcase_shaken": Family(other_episodes.suitcase_shaken, "nuisance", "unknown"),
    "housework": Family(other_episodes.housework, "nuisance", "unknown"),
    "drift": Family(other_episodes.drift, "nuisance", "unknown"),
    "empty_hours": Family(other_episodes.empty_hours, "nuisance", "unknown"),
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
    episode = found.builder(Draw(random_, seed, layout, breath))
    parts = stream(seed, f"parts of a stranger's mat {family}")
    return Scenario(
        f"{family}-{seed}",
        f"{family}, on a stranger's mat",
        seed,
        episode.duration_s,
        layout,
        episode.surface or random_.choice(SURFACES),
        episode.occupants,
        random_parts(parts, len(layout.sensors), episode.drift_us_per_h),
        clothing=random_.choice(CLOTHES),
        faults=episode.faults,
        shakes=episode.shakes,
        mat=random_mat(parts, layout, converter=episode.converter, aged_s=episode.aged_s),
        mode=found.mode,
    )
