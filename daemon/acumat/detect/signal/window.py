"""The last seconds of readings: medians per sensor, and how much the total varied. For what must be steady to be believed."""

from __future__ import annotations

from collections import deque

from acumat.detect.signal.conductance import Reading, median


class Window:
    """Readings of the last `span_s` seconds; a hole longer than `gap_s` empties it."""

    def __init__(self, span_s: float, gap_s: float) -> None:
        self._span_s = span_s
        self._gap_s = gap_s
        self._readings: deque[Reading] = deque()

    @property
    def covered_s(self) -> float:
        """How far back it reaches."""
        return self._readings[-1].t_mono_s - self._readings[0].t_mono_s if self._readings else 0.0

    @property
    def full(self) -> bool:
        return self.covered_s >= self._span_s - 1e-6

    def clear(self) -> None:
        """Begin again."""
        self._readings.clear()

    def add(self, reading: Reading) -> None:
        """One more reading; those that are not needed to cover the span go."""
        if self._readings and not 0 <= reading.t_mono_s - self._readings[-1].t_mono_s <= self._gap_s:
            self._readings.clear()
        self._readings.append(reading)
        while len(self._readings) > 1 and reading.t_mono_s - self._readings[1].t_mono_s >= self._span_s - 1e-6:
            self._readings.popleft()

    def medians_us(self) -> tuple[float | None, ...]:
        """Per sensor in microsiemens; None for one without a reading in more than half of them."""
        columns = zip(*(reading.us for reading in self._readings), strict=True)
        found = ([us for us in column if us is not None] for column in columns)
        return tuple(median(values) if 2 * len(values) >= len(self._readings) else None for values in found)

    def saturated(self) -> tuple[bool, ...]:
        """Per sensor whether it was at the end of its divider in a tenth of the readings or more."""
        columns = zip(*(reading.saturated for reading in self._readings), strict=True)
        return tuple(10 * sum(column) >= len(self._readings) for column in columns)

    def spread_us(self) -> float:
        """90th minus 10th percentile of the total, in microsiemens. Missing sensors count as the mean of the others."""
        totals = sorted(total_us(reading.us) for reading in self._readings)
        return totals[int(len(totals) * 0.9)] - totals[int(len(totals) * 0.1)]


def total_us(us: tuple[float | None, ...]) -> float:
    """Sum over all sensors in microsiemens, those without a reading made up for by the mean of the others."""
    present = [each for each in us if each is not None]
    return sum(present) * len(us) / len(present) if present else 0.0
