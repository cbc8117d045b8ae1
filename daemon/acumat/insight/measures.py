"""The questions to a person, and the words for the answers. Every scale has whole numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A question with answers from `least` to `most`. `upward` says whether a higher answer is the better one.

    `better` and `worse` complete "you were ...", `about` completes "your answers about ...".
    """

    name: str
    least: int
    most: int
    upward: bool
    better: str
    worse: str
    about: str

    def signed(self, value: float) -> float:
        """The answer, or a difference of two, with more for better."""
        return value if self.upward else -value


CALM = Measure("calm", 1, 5, upward=True, better="calmer", worse="less calm", about="calm")
DISCOMFORT = Measure("discomfort", 0, 10, upward=False, better="more comfortable", worse="less comfortable", about="discomfort")
ALERTNESS = Measure("alertness", 1, 5, upward=True, better="more alert", worse="less alert", about="alertness")
STIFFNESS = Measure("stiffness", 1, 5, upward=False, better="less stiff", worse="stiffer", about="stiffness")
EASE = Measure("ease", 1, 5, upward=True, better="more agile", worse="less agile", about="ease of movement")
HEADACHES = Measure("headaches", 1, 5, upward=False, better="less bothered", worse="more bothered", about="headaches")
SLEEP = Measure("sleep", 1, 5, upward=True, better="better rested", worse="less rested", about="sleep")

WEEKLY_LOOK = (STIFFNESS, EASE, HEADACHES, SLEEP)
"""The four taps of the weekly look, in this order; each may be skipped."""
