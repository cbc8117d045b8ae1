"""The script for the volunteer: positions in order, each with its length and the expected report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Expected(StrEnum):
    """The expected report of a position, in words for the verdict."""

    EMPTY = "an empty mat at the end, no session"
    NO_PERSON = "contact, no session"
    LIES = "lying, confirmed as a person"
    STAYS = "lying without a break"
    BREATHES = "the rate that was asked for"
    LEFT = "lying, the balance moves to the left"
    RIGHT = "lying, the balance moves to the right"
    GETS_UP = "got up"


@dataclass(frozen=True, slots=True)
class Position:
    """One position: what is asked in words, for how many seconds, and what is expected; `per_min` is a rate to breathe at."""

    name: str
    prompt: str
    seconds: float
    expected: Expected
    per_min: float | None = None


SCRIPT: tuple[Position, ...] = (
    Position("empty", "Keep off the mat.", 45, Expected.EMPTY),
    Position("sit_on_edge", "Sit down on a long edge of the mat and stay upright.", 45, Expected.NO_PERSON),
    Position("lie_down", "Lie down on your back, slowly: take about five seconds.", 60, Expected.LIES),
    Position("lie_still", "Lie as still as you can. Only breathe.", 120, Expected.STAYS),
    Position("breathe", "Breathe with the words.", 80, Expected.BREATHES, per_min=6.0),
    Position("lift_arm", "Lift your right arm for five seconds, then put it down.", 25, Expected.STAYS),
    Position("lean_left", "Shift your weight to your left, and stay so.", 30, Expected.LEFT),
    Position("lean_right", "Shift your weight to your right, and stay so.", 30, Expected.RIGHT),
    Position("turn_on_side", "Turn onto one side.", 40, Expected.STAYS),
    Position("turn_back", "Turn onto your back again.", 30, Expected.STAYS),
    Position("knees_up", "Pull your knees up, with both feet flat.", 30, Expected.STAYS),
    Position("sit_up", "Sit up and stay on the mat.", 15, Expected.GETS_UP),
    Position("lie_back", "Lie back.", 45, Expected.LIES),
    Position("get_up", "Get up and step off the mat.", 30, Expected.GETS_UP),
    Position("off", "Keep off the mat.", 30, Expected.EMPTY),
    Position("stand", "Stand on the mat with both feet, in shoes or thick socks.", 40, Expected.NO_PERSON),
    Position("step_off", "Step off the mat.", 45, Expected.EMPTY),
    Position("bag", "Put a bag or a crate of some kilograms on the mat and step away.", 90, Expected.NO_PERSON),
    Position("take_away", "Take it off the mat.", 40, Expected.EMPTY),
)
POSITIONS = {each.name: each for each in SCRIPT}
BREATH_BEGINS_S = 4.0
"""Seconds from the prompt to the first breath by the words: time to hear it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A line that is due at a time of the recording; `position` begins with it, None within one."""

    t_s: float
    text: str
    position: Position | None = None


def prompts(script: Sequence[Position] = SCRIPT) -> tuple[Prompt, ...]:
    """All lines in order of time, words to breathe by included."""
    found: list[Prompt] = []
    begins_s, whole_s = 0.0, length_s(script)
    for number, position in enumerate(script, start=1):
        left_min = (whole_s - begins_s) / 60
        head = f"{number} of {len(script)}, {left_min:.0f} min left: "
        found.append(Prompt(begins_s, head + position.prompt, position))
        if position.per_min is not None:
            half_s = 30 / position.per_min
            count = int((position.seconds - BREATH_BEGINS_S) / half_s)
            found += [
                Prompt(begins_s + BREATH_BEGINS_S + index * half_s, ("    in ...", "    out ...")[index % 2])
                for index in range(count)
            ]
        begins_s += position.seconds
    return tuple(found)


def length_s(script: Sequence[Position] = SCRIPT) -> float:
    """How long the whole takes, in seconds."""
    return sum(position.seconds for position in script)
