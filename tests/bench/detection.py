"""What detection costs a frame of sixteen sensors, and breathing besides: `python -m tests.bench.detection` prints a table.

Frames of a simulated session are kept in memory and go through the pipeline; counted is the processor time of this thread, the
median over some runs. Times vary with the machine and what else it does; the calls of functions a frame do not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from acumat import __version__
from acumat.contract.state import Presence
from acumat.detect.lying.breathing import Breathing
from acumat.detect.pipeline import Pipeline
from acumat.wiring.simulated import preset_layout, simulation
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

SCENARIO, LAYOUT, SEED, RATE_HZ = "one-session", "4x4", 41, 10.0
ZERO_2_W = (8, 15)
"""How many times longer the core of a Pi Zero 2 W takes for Python than a PC of this class: an estimate, nobody measured it."""
MOST_US = 150.0
BREATH_MOST_PCT = 2.0


@dataclass(slots=True)
class Tally:
    """Frames of one kind, the seconds that detection took for them without breathing, and those that breathing took."""

    frames: int = 0
    rest_s: float = 0.0
    breathing_s: float = 0.0

    @property
    def rest_us(self) -> float:
        """Microseconds a frame, of all but breathing."""
        return 1e6 * self.rest_s / self.frames

    @property
    def breathing_pct(self) -> float:
        """Percent of this machine's core that breathing takes at 10 frames a second."""
        return 100 * RATE_HZ * self.breathing_s / self.frames


@dataclass(slots=True)
class Cost:
    """Of one run over the frames."""

    empty: Tally = field(default_factory=Tally)
    lying: Tally = field(default_factory=Tally)


class Timed(Breathing):
    """Breathing that counts its own processor time."""

    took_s = 0.0

    def step(
        self,
        frame: Frame,
        base_us: tuple[float | None, ...],
        *,
        left_out: tuple[int, ...] = (),
        spiky: tuple[int, ...] = (),
    ) -> None:
        began_s = time.thread_time()
        super().step(frame, base_us, left_out=left_out, spiky=spiky)
        self.took_s += time.thread_time() - began_s


def frames(layout: Layout) -> list[Frame]:
    """A whole session, read without a bus."""
    mat = simulation(SCENARIO, layout=layout, seed=SEED, fast=True)
    mat.source.open()
    found = []
    for _ in range(int(mat.duration_s * RATE_HZ)):
        found.append(mat.source.read())
        mat.clock.sleep(1 / RATE_HZ)
    return found


def cost(layout: Layout, story: list[Frame]) -> Cost:
    """One run: the frames while nothing is on the mat, and those while somebody lies there."""
    pipeline, found = Pipeline(layout), Cost()
    breathing = pipeline._manner._breathing = Timed(layout)
    for frame in story:
        breathing.took_s = 0.0
        began_s = time.thread_time()
        pipeline.step(frame)
        took_s = time.thread_time() - began_s
        tally = {Presence.EMPTY: found.empty, Presence.LYING: found.lying}.get(pipeline.state.presence)
        if tally is not None:
            tally.frames += 1
            tally.rest_s += took_s - breathing.took_s
            tally.breathing_s += breathing.took_s
    return found


def calls(layout: Layout, story: list[Frame]) -> float:
    """Calls of functions a frame while somebody lies there, breathing's among them: the same on every machine."""
    pipeline, counted, lying = Pipeline(layout), 0, 0
    for frame in story:
        with counting() as number:
            pipeline.step(frame)
        if pipeline.state.presence is Presence.LYING:
            lying += 1
            counted += number[0]
    return counted / lying


@contextmanager
def counting() -> Iterator[list[int]]:
    """Counts the calls inside, those of built-in functions too."""
    number = [0]

    def count(_frame: object, event: str, _arg: object) -> None:
        number[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield number
    finally:
        sys.setprofile(before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    layout = preset_layout(LAYOUT)
    story = frames(layout)
    costs = [cost(layout, story) for _ in range(runs)]
    empty, lying = ([each.rest_us for each in tallies] for tallies in ([c.empty for c in costs], [c.lying for c in costs]))
    breathing = [each.lying.breathing_pct for each in costs]
    first = costs[0]
    print(f"acumat {__version__}, layout {LAYOUT}, {RATE_HZ:g} Hz, scenario {SCENARIO}, seed {SEED}, median of {runs} runs")
    print(f"(least to most): {first.empty.frames} frames of an empty mat, {first.lying.frames} with somebody lying there")
    for words, values in (("empty", empty), ("lying", lying)):
        print(f"{f'{words}, without breathing, us a frame':<46} {_spread(values)}   asked: {MOST_US:g}")
    print(f"{'breathing, % of a core here':<46} {_spread(breathing)}")
    middle = statistics.median(breathing)
    low, high = (times * middle for times in ZERO_2_W)
    print(f"{'the same on a Pi Zero 2 W, estimated, %':<46} {low:>8.1f} to {high:.1f}   asked: {BREATH_MOST_PCT:g}")
    print(f"{'calls of functions a frame, lying, with breathing':<50} {calls(layout, story):>4.0f}")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):>8.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
