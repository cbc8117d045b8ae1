"""Step 6: how the load lies: left and right, head and foot, shares, evenness and centre; and lopsided, when it lasts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import Hysteresis
from acumat.detect.signal.load import Load
from acumat_hw.layout import Layout


@dataclass(frozen=True, slots=True)
class Balance:
    """Shares of the load; None where the layout or a missing sensor leaves it unknowable. Units as in the contract."""

    lateral: float | None = None
    head_foot: float | None = None
    shares: Mapping[str, float] | None = None
    evenness: float | None = None
    cop_mm: tuple[float, float] | None = None


class Balances:
    """Balance of a load: lateral = 100 (R - L) / (R + L), head-foot likewise, the middle line split half and half."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        self._xs = tuple(sensor.x_mm for sensor in layout.sensors)
        self._ys = tuple(sensor.y_mm for sensor in layout.sensors)
        self._sides = tuple(_sign(x, layout.width_mm) for x in self._xs)
        self._ends = tuple(_sign(y, layout.length_mm) for y in self._ys)
        self._zones = {zone: [i for i, s in enumerate(layout.sensors) if s.zone == zone] for zone in layout.zones}
        self._smooth: list[float] | None = None
        self._last_t_s = 0.0
        self._held = Hysteresis()

    @property
    def lopsided(self) -> bool:
        return self._held.on

    def reset(self) -> None:
        """Nobody lies there any more."""
        self._smooth = None
        self._held = Hysteresis()

    def step(self, load: Load) -> Balance:
        """Balance of the smoothed load; all None when a sensor is missing or at its end, or the load is small."""
        total = sum([us for us in load.us if us is not None])
        if load.pct < self._p.balance_min_pct or total <= 0 or not load.whole:
            return Balance()
        now = [us / total for us in load.us if us is not None]
        if self._smooth is None:
            self._smooth = now
        else:
            weight = min(1.0, max(load.t_mono_s - self._last_t_s, 0.0) / self._p.balance_tau_s)
            self._smooth = [old + (new - old) * weight for old, new in zip(self._smooth, now, strict=True)]
        self._last_t_s = load.t_mono_s
        return self._of(self._smooth)

    def hold_lopsided(self, t_s: float, lateral: float | None, *, calibrated: bool) -> float | None:
        """Back-dated time at which lopsided began or ended, if that is decided now. It ends as well where it is not known."""
        on = self._p.lopsided_on if calibrated else self._p.lopsided_on_uncalibrated
        size = 0.0 if lateral is None else abs(lateral)
        dwell = self._p.lopsided_dwell_s
        return self._held.step(t_s, rise=size >= on, fall=size < self._p.lopsided_off, rise_dwell_s=dwell, fall_dwell_s=dwell)

    def _of(self, shares: list[float]) -> Balance:
        lateral = _asymmetry(shares, self._sides)
        named = {zone: 100.0 * sum([shares[i] for i in members]) for zone, members in self._zones.items()}
        if lateral is not None:
            named = {"left": 50.0 - lateral / 2, "right": 50.0 + lateral / 2, **named}
        several = len(shares) > 1
        return Balance(
            lateral,
            _asymmetry(shares, self._ends),
            named or None,
            evenness(shares) if several else None,
            (
                (
                    sum([s * x for s, x in zip(shares, self._xs, strict=True)]),
                    sum([s * y for s, y in zip(shares, self._ys, strict=True)]),
                )
                if several
                else None
            ),
        )


def evenness(shares: list[float]) -> float:
    """Pielou's J: Shannon's entropy of the shares over its maximum, 0 to 1 (Pielou 1966). Needs two or more shares."""
    return -sum([share * math.log(share) for share in shares if share > 0]) / math.log(len(shares))


def _sign(place_mm: float, extent_mm: float) -> float:
    """Side of the mat: -1, 1, or 0 for the middle twentieth."""
    return 0.0 if abs(place_mm) < extent_mm / 20 else math.copysign(1.0, place_mm)


def _asymmetry(shares: list[float], signs: tuple[float, ...]) -> float | None:
    """Over all shares, -100 to 100; None for a layout that has nothing on one of the sides."""
    if not min(signs) < 0 < max(signs):
        return None
    return 100.0 * sum([share * sign for share, sign in zip(shares, signs, strict=True)])
