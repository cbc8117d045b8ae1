"""The numbers of `bearing`: what each piece of evidence is worth, and over how long it is gathered."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.detect.signal.worth import Table


@dataclass(frozen=True, slots=True)
class BearingParameters:
    """What each piece of evidence is worth. Times in seconds, nats positive for a lying person."""

    window_s: float = 15.0
    """Shares and sway are taken over so long: three breaths or more."""
    look_s: float = 5.0
    """They are looked at so often, as the breath is; the first time as soon as a posture begins to show."""
    shape_after_s: float = 1.5
    """The share of a window that tells a first shape; the trunk lands last, and begins another posture when it does."""
    looks: int = 12
    """The median of so many looks at the sway counts, a minute's: one movement decides nothing, and chance seldom does."""
    moved: float = 0.2
    """So much of the load elsewhere is another posture, and all looks begin again. A breath moves 3 %, a small move 6 %."""
    away_s: float = 10.0
    """A pet that steps off the mat is back within this; a person who has not come to rest either."""
    left: float = 1 / 3
    left_s: float = 3.0
    """Less than this part of the load for so long: whoever it was has left, and what comes now came anew."""
    alone_s: float = 2.0
    """Somebody upright for less than that was still coming."""
    short: float = 1 / 3
    """Where light people are meant, what is shorter than a grown body speaks by so much less against one."""
    bound: float = 6.0
    """No more than this for or against, whatever the tables say: one in 400 is like no model."""
    upright: float = -2.0
    """Below this somebody is upright: a lying person is less than one seventh as likely."""
    steps: int = 3
    """Somebody upright whose load went elsewhere so often has feet that step: seats slide by less."""
    sits_s: float = 60.0
    """Somebody upright who has not stepped for so long sits: people who stand shift from foot to foot once a minute or more."""

    sway: Table = ((0.02, 3.0), (0.05, 1.0), (0.1, -1.0), (0.2, -3.0))
    """Irregular sway in percent: sitting and standing 0.15 to 0.6, lying at rest 0 to 0.12. Restless people reach 0.4."""
    still_most: float = 2.0
    """Stillness makes up for no more of a shape that speaks against a body along the mat than this,"""
    seat_like: float = -1.7
    still_short: float = -0.3
    """and a shape that speaks so clearly for a seat becomes no such body by stillness: somebody may sit as still as that.
    `crosswise` says when a body lies across the mat."""
    two_sway: Table = ((0.015, 0.0), (0.035, 1.0))
    """So much counts of what speaks for two people: of two neither is as still as a body at rest."""
    seat_of_two_rows: float = 0.4
    """So much of a seat counts on two rows, where the hips of who lies back come onto the seat's own row every other time."""
    sat: Table = ((0.03, 0.0), (0.08, 1.0))
    """How surely somebody was upright, by the sway in percent: what nobody touches moves by 0 to 0.03."""
    sat_stays: float = 0.8
    """Who lies back bears as much as before or more; a thing that somebody leaves behind bears less than both did."""
