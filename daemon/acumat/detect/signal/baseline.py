"""What each sensor reads with nobody on the mat. Follows only the empty mat, and says when it had to guess."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading, median


class Origin(StrEnum):
    """Where the baseline comes from."""

    UNKNOWN = "unknown"
    STORED = "stored"
    ASSUMED = "assumed"
    PRESUMED_LOADED = "presumed_loaded"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Residue:
    """What a load of `loaded_s` left behind on each sensor when it was taken off at `left_s`: `us` of it at `seen_s`.

    Foam and sensors recover as they crept: by ln(1 + loaded_s / since), which is the superposition (Boltzmann) of a creep with
    the logarithm of time and the same creep back.
    """

    us: tuple[float, ...]
    loaded_s: float
    left_s: float
    seen_s: float

    def share(self, t_s: float) -> float:
        """How much of it is left at a later time."""
        return self._course(t_s) / self._course(self.seen_s)

    def _course(self, t_s: float) -> float:
        return math.log1p(self.loaded_s / max(t_s - self.left_s, 1.0))


RESIDUE_LEAST = 0.02
"""Less of a residue than this is forgotten: of a tenth of a load that is a fifth of a percent."""


class Baseline:
    """Robust conductance per sensor of the empty mat, in microsiemens.

    A stored baseline wins. Without one nothing is believed until the readings have been steady for a while; then the mat is
    presumed empty, or loaded where the dividers stand high. A guess is held weakly: a drop below it corrects it fast.
    """

    def __init__(self, rm_ohm: tuple[float, ...], stored_us: tuple[float | None, ...], parameters: Parameters) -> None:
        self._p = parameters
        self._half_us = tuple(1e6 / rm for rm in rm_ohm)
        most_x = parameters.presumed_loaded_x
        self._presumed_loaded_us = tuple(half * most_x / (1.0 - most_x) for half in self._half_us)
        self._watched: deque[Reading] = deque()
        self._last_t_s: float | None = None
        known = all(us is not None for us in stored_us)
        self.us: tuple[float | None, ...] = stored_us if known else (None,) * len(rm_ohm)
        self.origin = Origin.STORED if known else Origin.UNKNOWN
        self._sure = known
        """Whether it was restored, measured on somebody's word, or read after a person had left."""
        self._residue: Residue | None = None
        self._bare_us: tuple[float | None, ...] = ()
        """What it was without the residue."""

    @property
    def known(self) -> bool:
        """Whether there is anything to measure loads from."""
        return self.origin is not Origin.UNKNOWN

    @property
    def sure(self) -> bool:
        """Whether it was restored, measured on somebody's word, or read after a person had left."""
        return self._sure

    @property
    def kept_us(self) -> tuple[float | None, ...]:
        """The part that may outlive a restart. A guess would come back as knowledge; a mat taken for loaded has no baseline."""
        return self.us if self.origin in (Origin.STORED, Origin.MEASURED) else (None,) * len(self.us)

    def watch(self, reading: Reading) -> bool:
        """Look at the mat before anything is known; True at the reading that settles it."""
        if self._watched and reading.t_mono_s - self._watched[-1].t_mono_s > self._p.gap_s:
            self._watched.clear()
        self._watched.append(reading)
        while reading.t_mono_s - self._watched[0].t_mono_s > self._p.steady_s * 1.2:
            self._watched.popleft()
        if reading.t_mono_s - self._watched[0].t_mono_s < self._p.steady_s or not self._steady():
            return False
        self.us = tuple(self._middle(index) for index in range(len(self.us)))
        high = [us > most for us, most in zip(self.us, self._presumed_loaded_us, strict=True) if us is not None]
        if sum(high) * 4 >= max(len(high), 1):
            self.us = (0.0,) * len(self.us)
            self.origin = Origin.PRESUMED_LOADED
        else:
            self.origin = Origin.ASSUMED
        self._watched.clear()
        return True

    def follow(self, reading: Reading, *, empty_for_s: float | None) -> None:
        """Drift with the empty mat: down at once, up only after it has been empty for a while (None: not empty)."""
        dt_s = 0.0 if self._last_t_s is None else min(max(reading.t_mono_s - self._last_t_s, 0.0), self._p.gap_s)
        self._last_t_s = reading.t_mono_s
        if self._residue is not None:
            self._recover(self._residue, reading.t_mono_s)
        fall_tau_s = 2.0 if self.origin is Origin.ASSUMED else self._p.fall_tau_s
        rises = empty_for_s is not None and empty_for_s >= self._p.follow_after_s
        if not rises:
            # nearly always while somebody lies here: nothing is under its baseline, so nothing can change
            for now, base in zip(reading.us, self.us, strict=True):
                if now is not None and base is not None and now < base:
                    break
            else:
                return
        self.us = tuple(
            self._followed(now, base, saturated, dt_s, fall_tau_s, rises)
            for now, base, saturated in zip(reading.us, self.us, reading.saturated, strict=True)
        )

    def leave(self, reading: Reading, *, loaded_s: float, left_s: float) -> None:
        """All that is still read recovers: it is no load, and goes as a residue does. What does not go is a load again."""
        if self._residue is None:
            self._bare_us = self.us
        self.us = tuple(
            base if now is None or base is None else max(now, base) for now, base in zip(reading.us, self.us, strict=True)
        )
        left_us = tuple((now or 0.0) - (bare or 0.0) for now, bare in zip(self.us, self._bare_us, strict=True))
        self._residue = Residue(left_us, loaded_s, left_s, reading.t_mono_s)

    def _recover(self, residue: Residue, t_s: float) -> None:
        share = residue.share(t_s)
        self.us = tuple(
            now if now is None or bare is None else min(now, bare + share * left)
            for now, bare, left in zip(self.us, self._bare_us, residue.us, strict=True)
        )
        if share < RESIDUE_LEAST:
            self._residue = None

    def lost(self, reading: Reading) -> bool:
        """Whether so many sensors read nothing at once that their supply must be gone, which teaches nothing.

        What is not sure may have been taken with somebody on the mat, who then leaves: that baseline falls.
        """
        if not self._sure:
            return False
        firm = lost = 0
        for now, base, most in zip(reading.us, self.us, self._presumed_loaded_us, strict=True):
            # a baseline above the most is a sensor at its end, and its fall is its recovery
            if now is not None and base is not None and self._p.firm_us <= base <= most:
                firm += 1
                lost += now < base * self._p.lost_share
        # one sensor of several is a loose wire of its own
        return lost >= min(2, len(self.us)) and lost >= self._p.lost_sensors * firm

    def _followed(
        self, now: float | None, base: float | None, saturated: bool, dt_s: float, fall_tau_s: float, rises: bool
    ) -> float | None:
        if now is None or saturated:
            return base
        if base is None:
            return now if rises else None
        if now < base:
            return base + (now - base) * min(1.0, dt_s / fall_tau_s)
        return base + (now - base) * min(1.0, dt_s / self._p.follow_tau_s) if rises else base

    def tare(self, reading: Reading) -> None:
        """Take this reading for empty, on somebody's word or after long rest."""
        self._residue = None
        self.us = tuple(base if now is None else now for now, base in zip(reading.us, self.us, strict=True))
        self.origin, self._sure = Origin.MEASURED, True

    def take(self, index: int, us: float | None) -> None:
        """A sensor that could not be relied on works again, while the others say that the mat is empty: it shows no load."""
        if us is not None:
            self._residue = None
            self.us = (*self.us[:index], us, *self.us[index + 1 :])

    def adopt(self, us: tuple[float | None, ...]) -> None:
        """Take over what was measured or restored elsewhere, sensor by sensor where it is given."""
        self._residue = None
        self.us = tuple(base if given is None else given for given, base in zip(us, self.us, strict=True))
        if all(base is not None for base in self.us) and any(given is not None for given in us):
            self.origin, self._sure = Origin.MEASURED, True

    def carry_on(self, us: tuple[float | None, ...], origin: Origin, *, sure: bool) -> None:
        """Continue with what an earlier run used, be it knowledge or a guess: nothing is learnt while somebody lies there."""
        self.us, self.origin, self._sure, self._residue = us, origin, sure, None

    def revoke(self) -> None:
        """The mat that was presumed empty is alive: of the empty mat it is only known that it reads less."""
        self.us = (0.0,) * len(self.us)
        self.origin, self._sure, self._residue = Origin.PRESUMED_LOADED, False, None

    def settle(self, *, person: bool) -> None:
        """Somebody or something came and went: the guess is now an observation, and a sure one if it was a person."""
        self._sure = self._sure or person
        if self.origin in (Origin.ASSUMED, Origin.PRESUMED_LOADED):
            self.origin = Origin.MEASURED

    def _middle(self, index: int) -> float | None:
        values = [us for reading in self._watched if (us := reading.us[index]) is not None]
        return median(values) if values else None

    def _steady(self) -> bool:
        totals = sorted(sum(us for us in reading.us if us is not None) for reading in self._watched)
        low, middle, high = (totals[int(len(totals) * part)] for part in (0.1, 0.5, 0.9))
        # a mat with nearly no reading is steady whatever the converter's last bits do: 1 % of full scale is the floor
        floor = 0.01 * sum(self._half_us)
        return high - low <= self._p.steady_spread * max(middle, floor)
