"""Reads a source at a steady pace into detection, for a given time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from acumat.contract.events import Event
from acumat.detect.pipeline import Pipeline
from acumat_hw.clock import Clock
from acumat_hw.errors import SourceEndedError
from acumat_hw.source import FrameSource


@dataclass(frozen=True, slots=True)
class Turn:
    """One frame's events. `t_mono_s` is when it was read, `zero_s` when the first one was due, both monotonic."""

    t_mono_s: float
    zero_s: float
    events: Sequence[Event]

    @property
    def t_s(self) -> float:
        return self.t_mono_s - self.zero_s


def run(source: FrameSource, clock: Clock, pipeline: Pipeline, *, rate_hz: float, duration_s: float) -> Iterator[Turn]:
    """Each frame for `duration_s`, or until the source ends.

    Slots lie on an absolute schedule: a slow scan makes no later one late, and a slot that was missed is skipped.
    """
    source.open()
    zero_s = clock.monotonic()
    slot = 0
    try:
        while slot < duration_s * rate_hz:
            clock.sleep(zero_s + slot / rate_hz - clock.monotonic())
            frame = source.read()
            yield Turn(frame.t_mono_s, zero_s, pipeline.step(frame))
            slot = max(slot + 1, int((clock.monotonic() - zero_s) * rate_hz))
    except SourceEndedError:
        pass
    finally:
        source.close()
