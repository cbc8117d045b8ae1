"""The test of two hypotheses: a person lies there, or it is a thing, shaken or not; and what each piece of evidence is worth.

It is Wald's sequential test (Wald 1945) on the sum of the evidence in nats: log-likelihood ratios, positive for a person. Each
kind of evidence is capped, since looks at one and the same load are no independent witnesses: the same breath, or the same
neighbour's, is seen again and again. And evidence fades, so that a thing which lies there for hours does not become a person
by the sum of rare chances. The weights are rounded estimates, made on simulated and real people and things.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

FALSE_PERSON = 0.01
"""Asked for: a thing is taken for a person (alpha)."""
FALSE_THING = 0.01
"""And a person for a thing (beta)."""
CONFIRM_NATS = math.log((1.0 - FALSE_THING) / FALSE_PERSON)
"""A person from here on: 4.6 nats."""
WITHDRAW_NATS = math.log(FALSE_THING / (1.0 - FALSE_PERSON))
"""A thing from here on."""
FADE_S = 180.0
"""Evidence fades to 1/e within this: three minutes hold a dozen slow breaths and two or three small movements of a person."""


class Sign(StrEnum):
    """A kind of evidence."""

    LARGE_SWING = "large_swing"
    SWING = "swing"
    INSIDE = "inside"
    SEVERAL = "several"
    GRADED = "graded"
    STEP = "step"
    RHYTHM = "rhythm"
    STAGES = "stages"
    SAT = "sat"
    AT_ONCE = "at_once"
    OUTSIDE = "outside"
    SILENCE = "silence"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Worth:
    """What a kind of evidence is worth: nats each time, the most that it can come to, what it says of the load, when it counts,
    and why it is worth that.
    """

    nats: float
    most: float
    says: str
    when: str
    why: str


TABLE: dict[Sign, Worth] = {
    Sign.LARGE_SWING: Worth(
        3.4,
        6.8,
        "it swings more than any floor makes a thing",
        "a window of up to 12 s at rest, in which the load bends both ways by 0.6 % or more",
        "a neighbour's breath or a floor moves a thing by 0.5 % at most; real people on a strip swing it by 0.65 to 4 %",
    ),
    Sign.SWING: Worth(
        1.0,
        2.0,
        "it swings as with a breath",
        "such a window with less than that, but above the noise; or (by half) a look with a movement above it, large or not",
        "breath swings a load by 0.05 to 1 %; so does a neighbour's",
    ),
    Sign.INSIDE: Worth(
        2.0,
        4.0,
        "part of it goes against the rest, as a breath moves a body",
        "a look at up to 40 s, in which part of the load goes against the rest all the time (a small part counts less)",
        "a breath moves load between chest and hips; what shakes a thing loads all sensors along",
    ),
    Sign.SEVERAL: Worth(
        1.0,
        2.0,
        "it moves in several ways of its own",
        "a look that shows two independent movements",
        "chest, belly and slow wander are movements of their own; a floor has one",
    ),
    Sign.GRADED: Worth(
        0.4,
        0.8,
        "the foot end moves less than a third of the rest, as hips do with the breath",
        "a look in which the row at the foot end goes along with less than a third of the row that moves most",
        "the breath is the chest's; what shakes a thing differs from place to place as well, but seldom so",
    ),
    Sign.STEP: Worth(
        1.2,
        2.4,
        "it shifted a little and stayed so",
        "a movement that leaves the load elsewhere among the sensors",
        "people shift a little now and then, and stay so; a floor swings back",
    ),
    Sign.RHYTHM: Worth(
        1.0,
        1.0,
        "a faint breath keeps a steady rate",
        "a breath of one and the same rate in several looks",
        "noise keeps no rate; a neighbour's breath does",
    ),
    Sign.STAGES: Worth(
        3.0,
        3.0,
        "it came on in stages",
        "from 10 to 60 % the load took a second or more (2.3 from half a second on)",
        "lying down takes 0.5 to 8 s for that, the hips before the trunk; what hands put down seldom takes a second (estimate)",
    ),
    Sign.SAT: Worth(
        3.0,
        3.0,
        "somebody sat there and lay back",
        "what bore like a seat and swayed as people do bears like a body now, and no less than before",
        "a thing does not come out of a seat; what is put down beside somebody, or left behind, is one such load in twenty",
    ),
    Sign.AT_ONCE: Worth(
        -1.5,
        -1.5,
        "it came on all at once",
        "from 10 to 60 % it took less than a third of a second",
        "a thing is put down in one go, within 0.2 s (estimate); a person seldom drops so",
    ),
    Sign.OUTSIDE: Worth(
        -0.3,
        -0.6,
        "it moves as one, as what is shaken from outside",
        "a clear movement of less than 0.6 %, with all sensors along and no second one",
        "what shakes a thing comes from outside; few bodies show nothing that goes against the rest",
    ),
    Sign.SILENCE: Worth(
        -0.65,
        -7.8,
        "nothing in it breathes or moves",
        "a look in which a faint breath would have been seen, and nothing was (weighed by how surely)",
        "a dead-still person still breathes by 0.05 % or more",
    ),
    Sign.SHORT: Worth(
        -2.3,
        -2.3,
        "it is shorter than a trunk",
        "while the load is too short for a trunk",
        "of what is so short one in ten is a person",
    ),
}
"""The table of evidence."""


STATES = frozenset({Sign.RHYTHM, Sign.STAGES, Sign.SAT, Sign.AT_ONCE, Sign.SHORT})
"""They count in full as long as they are so."""


class Verdict(StrEnum):
    """What the test says."""

    PERSON = "person"
    THING = "thing"
    OPEN = "open"


class Evidence:
    """The evidence for one load, by kind. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another load."""
        self.nats: dict[Sign, float] = {}
        """By kind; only those that have been seen."""
        self._faded_s: float | None = None

    @property
    def total(self) -> float:
        """The sum in nats."""
        return sum(self.nats.values())

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        total = self.total
        return Verdict.PERSON if total >= CONFIRM_NATS else Verdict.THING if total <= WITHDRAW_NATS else Verdict.OPEN

    @property
    def reason(self) -> str:
        """What weighs most for the side that the sum is on."""
        sign = max(self.nats, key=lambda each: math.copysign(1.0, self.total) * self.nats[each])
        return TABLE[sign].says

    def add(self, sign: Sign, times: float = 1.0) -> None:
        """It was seen once (or as much as `times` says); a negative number takes back."""
        worth = TABLE[sign]
        low, high = sorted((0.0, worth.most))
        self.nats[sign] = min(high, max(low, self.nats.get(sign, 0.0) + worth.nats * times))

    def hold(self, sign: Sign, on: bool, part: float = 1.0) -> None:
        """A state is so, in full or in `part`, or not."""
        self.nats[sign] = TABLE[sign].nats * part if on else 0.0

    def fade(self, t_s: float) -> None:
        """Time goes on. States do not fade: they are held or not."""
        if self._faded_s is not None and t_s > self._faded_s:
            left = math.exp((self._faded_s - t_s) / FADE_S)
            self.nats = {sign: nats if sign in STATES else nats * left for sign, nats in self.nats.items()}
        self._faded_s = t_s
