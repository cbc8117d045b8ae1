"""What the steps of a scenario do to the people and things on the mat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acumat_sim.animals import DOG, animal
from acumat_sim.body import Occupant, Part, person, posed, thing
from acumat_sim.breath import Breathing
from acumat_sim.course import Track
from acumat_sim.moves import fidget, get_up, lie_down, load
from acumat_sim.streams import stream
from acumat_sim.vocabulary import PERSON, THINGS, VERBS

ARM_SHARE = 0.07
"""What leaves the mat with a lifted arm, as a share of the upper body's load: upper arm and part of the shoulder."""
FOOTPRINTS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "place_box": ((0, 0, 70, 90),),
    "press_box": ((0, 0, 70, 90),),
    "cat": ((0, 0, 45, 70), (20, 60, 30, 30)),
    "hand": ((0, 0, 28, 35),),
    "knee": ((0, 0, 35, 40),),
    "edge": ((-205, -40, 60, 90), (-205, 120, 60, 90)),
    "stand": ((-90, 0, 30, 70), (90, 10, 30, 70)),
    "fold": ((0, -180, 130, 90),),
    "drag": ((-120, 60, 60, 60), (120, 60, 60, 60)),
}
"""Where what is no lying person presses (x, y, sigmas in mm); dragging the mat is two hands that pull."""
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
        self._traits = {**{name: key.default for name, key in PERSON.items() if key.default is not None}, **traits}
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
        """One step; what it leaves out is as the vocabulary says."""
        step = {**VERBS[do].defaults, **step}
        at_s = step["at_s"]
        if do == "glitch":
            self.glitches.append((at_s, step["for_s"]))
        elif do == "remove":
            for occupant in self._things:
                if occupant.upper.values[-1] > 0:
                    load(occupant, at_s, 0.0, step["over_s"])
        elif do == "dog":
            random_ = stream(self._seed, f"dog {len(self._things)}")
            until_s = min(at_s + step.get("for_s", self._duration_s), self._duration_s)
            self._things += animal(random_, DOG, step["mass_kg"], at_s, until_s)
        elif do in THINGS:
            self._things.append(self._thing(do, step))
        else:
            self._move(do, step)

    def _thing(self, kind: str, step: Mapping[str, float]) -> Occupant:
        random_ = stream(self._seed, f"{kind} {len(self._things)}")
        at_s = step["at_s"]
        breathing = Breathing(random_, 25, 0.01, 0.1) if kind == "cat" else None
        if breathing is not None:
            breathing.fill(self._duration_s)
        size = step["size"]
        sized = [(x, y, size * sx, size * sy) for x, y, sx, sy in FOOTPRINTS[kind]]
        occupant = thing(kind, step["mass_kg"], sized, breathing)
        load(occupant, at_s, 1.0, step["over_s"])
        occupant.x_mm.move(0.0, step["x_mm"], 0.01)
        occupant.y_mm.move(0.0, step["y_mm"], 0.01)
        end_s = min(at_s + step.get("for_s", self._duration_s), self._duration_s)
        if kind in FIDGETS:
            reach_mm, per_min, longest_s = FIDGETS[kind]
            fidget(occupant, at_s + 1, min(end_s, at_s + longest_s), self._seed, reach_mm, per_min)
        if "for_s" in step:
            load(occupant, end_s, 0.0, 0.5)
        return occupant

    def _someone(self) -> Occupant:
        if self._person is None:
            traits = self._traits
            breathing = Breathing(
                stream(self._seed, "breathing"),
                traits["breaths_per_min"],
                traits["depth"],
                traits["irregularity"],
                belly_lag=traits["belly_lag"],
                sighs_per_h=traits["sighs_per_h"],
                heart=traits["heart"],
                sway=traits["sway"],
            )
            if self._use == "back":
                self._person = person(traits["mass_kg"], traits["height_m"], traits["build"], breathing, traits["bias"])
            else:
                self._person = posed(self._use, traits["mass_kg"], breathing)
            self._person.x_mm.move(0.0, traits["x_mm"], 0.01)
            self._person.y_mm.move(0.0, traits["y_mm"], 0.01)
        return self._person

    def _move(self, do: str, step: Mapping[str, float]) -> None:
        occupant, at_s = self._someone(), step["at_s"]
        over_s = step.get("over_s", 0.0)
        back_s = at_s + step.get("for_s", self._duration_s)
        if do == "lie_down":
            self._lies_since_s = at_s + lie_down(occupant, at_s, over_s, step["sit_s"])
        elif do == "get_up":
            get_up(occupant, at_s, over_s, step["sit_s"])
            if self._lies_since_s is not None:
                doze_s = occupant.breathing.doze_s if occupant.breathing else None
                stirs_until_s = at_s - 1 if doze_s is None else min(at_s - 1, doze_s)
                fidget(occupant, self._lies_since_s + 3, stirs_until_s, self._seed, 4, self._traits["moves_per_min"])
                self._lies_since_s = None
        elif do == "lift":
            load(occupant, at_s, 0.0, over_s)
            load(occupant, back_s, 1.0, over_s)
        elif do == "arm":
            occupant.upper.move(at_s, 1 - ARM_SHARE, over_s)
            occupant.upper.move(back_s, 1.0, over_s)
        elif do == "turn":
            self._turn(occupant, step)
        elif do == "relax":
            occupant.relaxed.move(at_s, step["amount"], step["for_s"])
        elif do in ("talk", "doze"):
            self._breathe(occupant, do, at_s, back_s)
        else:
            track = occupant.roll if do == "roll" else occupant.lean
            rest = track.values[-1]
            track.move(at_s, step["amount"], over_s)
            if "for_s" in step:
                track.move(back_s, rest, over_s)

    @staticmethod
    def _breathe(occupant: Occupant, do: str, at_s: float, back_s: float) -> None:
        """Talk until a time, or fall asleep for good. A sleeper does not move."""
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
    # `side` is the body's own: a lean to the right loads the mat's left when turned
    return replace(part, x_mm=-part.x_mm, y_mm=-part.y_mm)
