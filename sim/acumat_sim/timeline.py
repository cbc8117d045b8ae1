"""What the steps of a scenario do to the people and things on the mat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acumat_sim.body import Occupant, Part, Track, person, posed, thing
from acumat_sim.breath import Breathing
from acumat_sim.streams import stream

PERSON_STEPS = ("lie_down", "get_up", "roll", "lean", "lift", "arm", "turn", "talk", "doze", "relax")
SITTING = 1.8
"""Sitting up puts the trunk's weight on the buttocks, most of it at the mat's foot end: so many times what they bear lying."""
ARM_SHARE = 0.07
"""What leaves the mat with a lifted arm, as a share of the upper body's load: upper arm and part of the shoulder."""
THINGS: dict[str, tuple[float, tuple[tuple[float, float, float, float], ...]]] = {
    "place_box": (8.0, ((0, 0, 70, 90),)),
    "press_box": (5.0, ((0, 0, 70, 90),)),
    "cat": (4.5, ((0, 0, 45, 70), (20, 60, 30, 30))),
    "hand": (6.0, ((0, 0, 28, 35),)),
    "knee": (25.0, ((0, 0, 35, 40),)),
    "edge": (40.0, ((-205, -40, 60, 90), (-205, 120, 60, 90))),
    "stand": (75.0, ((-90, 0, 30, 70), (90, 10, 30, 70))),
    "fold": (1.0, ((0, -180, 130, 90),)),
    "drag": (2.5, ((-120, 60, 60, 60), (120, 60, 60, 60))),
}
"""Usual mass in kg and footprints (x, y, sigmas in mm) of what is no lying person; dragging the mat is two hands that pull."""
FIDGETS: dict[str, tuple[float, float, float]] = {
    "cat": (30, 60, 15),
    "hand": (30, 6, 1e6),
    "press_box": (30, 6, 1e6),
    "knee": (30, 6, 1e6),
    "edge": (30, 6, 1e6),
    "stand": (30, 6, 1e6),
    "drag": (60, 40, 1e6),
}
"""How things that live move about: reach in mm, moves a minute, and for how many seconds (a cat lies down at last)."""


class Stage:
    """Collects occupants while steps are played in order of time."""

    def __init__(self, seed: int, duration_s: float, traits: Mapping[str, float], use: str = "back") -> None:
        self._use = use
        self.glitches: list[tuple[float, float]] = []
        self._seed = seed
        self._duration_s = duration_s
        self._traits = traits
        self._person: Occupant | None = None
        self._turned_away: list[Occupant] = []
        """The person as they lay before each turn."""
        self._things: list[Occupant] = []
        self._lies_since_s: float | None = None

    def occupants(self) -> tuple[Occupant, ...]:
        """Everybody and everything; closes what is still open."""
        people = (self._someone(),) if self._person else ()
        for occupant in people:
            if occupant.breathing is not None:
                occupant.breathing.fill(self._duration_s)
        return (*self._turned_away, *people, *self._things)

    def play(self, do: str, step: Mapping[str, float]) -> None:
        at_s = step["at_s"]
        if do == "glitch":
            self.glitches.append((at_s, step.get("for_s", 0.3)))
        elif do == "remove":
            for occupant in self._things:
                if occupant.upper.values[-1] > 0:
                    _load(occupant, at_s, 0.0, step.get("over_s", 0.5))
        elif do in THINGS:
            self._things.append(self._thing(do, step))
        else:
            self._move(do, step)

    def _thing(self, kind: str, step: Mapping[str, float]) -> Occupant:
        mass_kg, footprints = THINGS[kind]
        random_ = stream(self._seed, f"{kind} {len(self._things)}")
        at_s = step["at_s"]
        breathing = Breathing(random_, 25, 0.01, 0.1) if kind == "cat" else None
        if breathing is not None:
            breathing.fill(self._duration_s)
        size = step.get("size", 1.0)
        sized = [(x, y, size * sx, size * sy) for x, y, sx, sy in footprints]
        occupant = thing(kind, step.get("mass_kg", mass_kg), sized, breathing)
        _load(occupant, at_s, 1.0, step.get("over_s", 0.4))
        occupant.x_mm.move(0.0, step.get("x_mm", 0.0), 0.01)
        occupant.y_mm.move(0.0, step.get("y_mm", 0.0), 0.01)
        end_s = min(at_s + step.get("for_s", self._duration_s), self._duration_s)
        if kind in FIDGETS:
            reach_mm, per_min, longest_s = FIDGETS[kind]
            _fidget(occupant, at_s + 1, min(end_s, at_s + longest_s), self._seed, reach_mm, per_min)
        if "for_s" in step:
            _load(occupant, end_s, 0.0, 0.5)
        return occupant

    def _someone(self) -> Occupant:
        if self._person is None:
            traits = self._traits
            breathing = Breathing(
                stream(self._seed, "breathing"),
                traits.get("breaths_per_min", 14),
                traits.get("depth", 0.02),
                traits.get("irregularity", 0.05),
                belly_lag=traits.get("belly_lag", 0.04),
                sighs_per_h=traits.get("sighs_per_h", 0.0),
                heart=traits.get("heart", 0.0),
                sway=traits.get("sway", 0.0),
            )
            self._person = (
                posed(self._use, traits.get("mass_kg", 75), breathing)
                if self._use != "back"
                else person(
                    traits.get("mass_kg", 75),
                    traits.get("height_m", 1.72),
                    traits.get("build", 1),
                    breathing,
                    traits.get("bias", 0),
                )
            )
            self._person.x_mm.move(0.0, traits.get("x_mm", 0), 0.01)
            self._person.y_mm.move(0.0, traits.get("y_mm", 0), 0.01)
        return self._person

    def _move(self, do: str, step: Mapping[str, float]) -> None:
        occupant, at_s = self._someone(), step["at_s"]
        over_s = step.get("over_s", 2.0)
        back_s = at_s + step.get("for_s", self._duration_s)
        if do == "lie_down":
            self._lies_since_s = at_s + _lie_down(occupant, at_s, over_s, step.get("sit_s", 0.0))
        elif do == "get_up":
            _get_up(occupant, at_s, over_s, step.get("sit_s", 0.0))
            if self._lies_since_s is not None:
                doze_s = occupant.breathing.doze_s if occupant.breathing else None
                stirs_until_s = at_s - 1 if doze_s is None else min(at_s - 1, doze_s)
                _fidget(occupant, self._lies_since_s + 3, stirs_until_s, self._seed, 4, self._traits.get("moves_per_min", 1))
                self._lies_since_s = None
        elif do == "lift":
            _load(occupant, at_s, 0.0, over_s)
            _load(occupant, back_s, 1.0, over_s)
        elif do == "arm":
            occupant.upper.move(at_s, 1 - ARM_SHARE, over_s)
            occupant.upper.move(back_s, 1.0, over_s)
        elif do == "turn":
            self._turn(occupant, step)
        elif do == "relax":
            occupant.relaxed.move(at_s, step.get("amount", 0.3), step.get("for_s", 180.0))
        elif do in ("talk", "doze"):
            self._breathe(occupant, do, at_s, back_s)
        else:
            track = occupant.roll if do == "roll" else occupant.lean
            rest = track.values[-1]
            track.move(at_s, step.get("amount", 0.4), over_s)
            if "for_s" in step:
                track.move(back_s, rest, over_s)

    @staticmethod
    def _breathe(occupant: Occupant, do: str, at_s: float, back_s: float) -> None:
        """Talk until a time, or fall asleep for good; who sleeps does not stir."""
        if occupant.breathing is None:
            return
        if do == "talk":
            occupant.breathing.talks_s.append((at_s, back_s))
        else:
            occupant.breathing.doze_s = at_s

    def _turn(self, occupant: Occupant, step: Mapping[str, float]) -> None:
        """Off the mat and the other way round from now on: what the head's end bore, the foot's end will bear."""
        self._turned_away.append(occupant)
        self._person = replace(
            occupant,
            parts=tuple(_turned(part) for part in occupant.parts),
            upper=Track(),
            lower=Track(),
            x_mm=Track(step.get("x_mm", occupant.x_mm.values[-1])),
            y_mm=Track(step.get("y_mm", occupant.y_mm.values[-1])),
        )


def _turned(part: Part) -> Part:
    # its side is the body's own: who leans to the right loads the mat's left when turned
    return replace(part, x_mm=-part.x_mm, y_mm=-part.y_mm)


def _lie_down(occupant: Occupant, at_s: float, over_s: float, sit_s: float) -> float:
    """The pelvis comes a little before the trunk, or bears it for `sit_s` first. Gives the seconds that it takes."""
    if sit_s > 0:
        occupant.lower.move(at_s, SITTING, 0.6 * over_s)
        occupant.lower.move(at_s + 0.6 * over_s + sit_s, 1.0, 0.7 * over_s)
        occupant.upper.move(at_s + 0.6 * over_s + sit_s, 1.0, 0.7 * over_s)
        return 1.3 * over_s + sit_s
    occupant.lower.move(at_s, 1.0, 0.6 * over_s)
    occupant.upper.move(at_s + 0.3 * over_s, 1.0, 0.7 * over_s)
    return over_s


def _get_up(occupant: Occupant, at_s: float, over_s: float, sit_s: float) -> None:
    """The trunk leaves before the pelvis, which bears it for `sit_s` in between."""
    occupant.upper.move(at_s, 0.0, 0.6 * over_s)
    if sit_s > 0:
        occupant.lower.move(at_s, SITTING, 0.6 * over_s)
        occupant.lower.move(at_s + 0.6 * over_s + sit_s, 0.0, 0.6 * over_s)
    else:
        occupant.lower.move(at_s + 0.4 * over_s, 0.0, 0.6 * over_s)


def _load(occupant: Occupant, at_s: float, share: float, over_s: float) -> None:
    occupant.upper.move(at_s, share, over_s)
    occupant.lower.move(at_s, share, over_s)


def _fidget(occupant: Occupant, start_s: float, end_s: float, seed: int, reach_mm: float, per_min: float) -> None:
    """Small shifts of place at random times."""
    random_ = stream(seed, f"moves of {occupant.kind} from {start_s:.2f}")
    x_mm, y_mm = occupant.x_mm.values[-1], occupant.y_mm.values[-1]
    t_s = start_s
    while per_min > 0:
        t_s += random_.expovariate(per_min / 60)
        if t_s >= end_s:
            return
        occupant.x_mm.move(t_s, x_mm + random_.gauss(0, reach_mm), random_.uniform(0.4, 2.0))
        occupant.y_mm.move(t_s, y_mm + random_.gauss(0, reach_mm), random_.uniform(0.4, 2.0))
