"""How each sensor's signal behaves beside any load: does it flicker as no body makes it, or break off and come back?

A body's load rises and falls over several frames. A jump up and down again within one frame (or to an end of the
divider and back as suddenly) is a floating input, interference, or a loose contact. Healthy sensors do so twice
in two minutes at most, under whoever steps and turns on them (simulated people, animals and things; real beds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.resolution import Resolution
from acumat_hw.layout import Layout

NOISY = "noisy"
INTERMITTENT = "intermittent"
SPIKES = "spikes"
BREAK_LEAK_S = 60.0
"""A break is forgotten in this time: a plug that a sleeper's turns move breaks off some times a minute."""
SHARED_BREAK = 1 / 3
"""A break counts for so much where other sensors jumped in the same frame, or where there are no others to tell: feet on and
off do so twice in two minutes at most, and a limb that leaves one sensor alone within a frame has not been seen."""


@dataclass(slots=True, eq=False)
class _Signal:
    """One sensor's last value and change (shares of Vcc), what has been counted against it, and since when it is quiet."""

    x: float | None = None
    change: float = 0.0
    flickers: int = 0
    """In the block of frames under way."""
    dense: bool = False
    noise: float = 0.0
    noise_s: float = 0.0
    """When a flicker counted last; several within a second are one."""
    breaks: float = 0.0
    broke_alone: bool = False
    """No other sensor jumped when it broke off."""
    away_since_s: float | None = None
    """Since when it has been at an end that it reached within one frame; None if it is not."""
    gone_until_s: float | None = None
    """It broke off under load, and is not to be read before then; None if it did not."""
    quiet_s: float = 0.0
    code: str | None = None


class Noise:
    """Judges all sensors from one reading to the next; `codes` is what is wrong with each, or None."""

    def __init__(self, layout: Layout, parameters: Parameters, resolution: Resolution) -> None:
        self._p = parameters
        self._signals = tuple(_Signal() for _ in layout.sensors)
        self._resolution = resolution
        self._x_per_code = layout.lsb_v / layout.vcc_v
        self._last_s: float | None = None
        self._frames = 0
        self._moved = 0
        """Sensors that jumped at the reading before."""
        self._gone: list[_Signal] = []
        self._counted = False
        """Whether anything is counted against a sensor."""
        self.codes: tuple[str | None, ...] = (None,) * len(layout.sensors)

    @property
    def gone(self) -> tuple[bool, ...] | None:
        """Which sensors have broken off under load, all others unmoved: what they read now is no load. None: none has."""
        return tuple([signal.gone_until_s is not None for signal in self._signals]) if self._gone else None

    @property
    def _silent_x(self) -> float:
        return self._p.silent_codes * self._resolution.coarsest * self._x_per_code

    def step(self, reading: Reading) -> None:
        """One reading. Where readings are far apart a body may move as fast as any noise, and nothing is judged."""
        t_s = reading.t_mono_s
        dt_s, self._last_s = 0.0 if self._last_s is None else t_s - self._last_s, t_s
        if not 0.0 < dt_s <= self._p.noise_frames_s:
            self._forget_changes()
            return
        least, moved = self._p.noise_jump_x, 0
        flickered: list[_Signal] = []
        broke: list[_Signal] = []
        for signal, x in zip(self._signals, reading.xs, strict=True):
            before = signal.x
            signal.x = x
            if x is None or before is None:
                signal.change = 0.0
                continue
            change, last = x - before, signal.change
            signal.change = change
            if -least < change < least:
                continue
            moved += 1
            if (change > 0.0) != (last > 0.0) and not -least < last < least:
                flickered.append(signal)
            if self._breaks_off(signal, t_s, before, x):
                broke.append(signal)
        for signal in flickered:
            self._flicker(signal, t_s)
        alone = moved == 1 and len(self._signals) > 2
        for signal in broke:
            signal.broke_alone = alone
        self._gone += [signal for signal in broke if alone and (signal.x or 0.0) <= self._silent_x]
        self._watch_gone(t_s)
        self._moved = moved
        self._leak(dt_s)

    def _forget_changes(self) -> None:
        for signal in self._signals:
            signal.x, signal.change, signal.away_since_s = None, 0.0, None
            signal.gone_until_s = None
        self._gone.clear()

    def _weight(self, moved: int) -> float:
        """A change that most sensors share may be a body's doing."""
        return 1.0 if 2 * (moved - 1) <= len(self._signals) - 1 else self._p.noise_shared_weight

    def _flicker(self, signal: _Signal, t_s: float) -> None:
        """Up and down, or down and up, by more than a body brings about from frame to frame."""
        signal.flickers += 1
        signal.quiet_s = 0.0
        if t_s - signal.noise_s >= 1.0:
            signal.noise_s = t_s
            self._counted = True
            signal.noise = min(signal.noise + self._weight(self._moved), 2 * self._p.noise_limit)

    def _breaks_off(self, signal: _Signal, t_s: float, before: float, x: float) -> bool:
        """Whether it went from under load to an end within one frame. A return as sudden is counted."""
        low, high = self._p.break_x, self._p.x_max
        if signal.away_since_s is None:
            if (x <= self._silent_x or x >= high) and low < before < high:
                signal.away_since_s = t_s
                return True
            return False
        away_s, signal.away_since_s = t_s - signal.away_since_s, None
        # the filter holds a break of one frame, which is a flicker
        if low < x < high and self._p.break_least_s < away_s <= self._p.break_longest_s:
            self._counted = True
            signal.breaks = min(signal.breaks + (1.0 if signal.broke_alone else SHARED_BREAK), 2 * self._p.break_limit)
            signal.quiet_s = 0.0
        return False

    def _watch_gone(self, t_s: float) -> None:
        """A sensor that broke off is left out from its second silent reading on, for the filter holds the first, until the
        filter has let go of the break, or nothing bears on any other sensor.
        """
        for signal in self._gone[:]:
            if (signal.x or 0.0) <= self._silent_x and signal.away_since_s is not None:
                if t_s - signal.away_since_s > self._p.gone_longest_s:
                    signal.gone_until_s = -math.inf
                elif t_s > signal.away_since_s:
                    signal.gone_until_s = t_s + self._p.median_s
            elif signal.gone_until_s is None or t_s > signal.gone_until_s:
                signal.gone_until_s = -math.inf
            loaded = any((other.x or 0.0) > self._p.break_x for other in self._signals if other is not signal)
            if not loaded or signal.gone_until_s == -math.inf:
                signal.gone_until_s = None
                self._gone.remove(signal)

    def _leak(self, dt_s: float) -> None:
        p = self._p
        self._frames += 1
        ends = self._frames >= p.noise_block_frames
        if ends:
            self._frames = 0
        if not ends and not self._counted:
            return
        leak, break_leak = dt_s / p.noise_leak_s, dt_s / BREAK_LEAK_S
        changed = False
        for signal in self._signals:
            if ends:
                least = p.noise_dense_share * p.noise_block_frames
                signal.dense = signal.flickers >= (least / 2 if signal.dense else least)
                signal.flickers = 0
            if not (signal.noise or signal.breaks or signal.code):
                continue
            changed = True
            signal.noise = max(0.0, signal.noise - leak)
            signal.breaks = max(0.0, signal.breaks - break_leak)
            # a loose contact shows only under load
            if signal.code != INTERMITTENT or (signal.x or 0.0) > p.break_x:
                signal.quiet_s += dt_s
            signal.code = self._code(signal)
        self._counted = changed
        if changed:
            self.codes = tuple([signal.code for signal in self._signals])

    def _code(self, signal: _Signal) -> str | None:
        if signal.quiet_s >= self._p.noise_quiet_s:
            signal.noise = signal.breaks = signal.quiet_s = 0.0
            return None
        if signal.noise >= self._p.noise_limit and signal.dense:
            return NOISY
        if signal.breaks >= self._p.break_limit:
            return INTERMITTENT
        if signal.noise >= self._p.noise_limit:
            return SPIKES
        return signal.code
