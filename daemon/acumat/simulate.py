"""A source read at a steady pace into detection, for as long as asked."""

from __future__ import annotations

from collections.abc import Callable

from acumat.contract.events import Event
from acumat.contract.state import MatState
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat_hw.clock import Clock
from acumat_hw.errors import SourceEndedError
from acumat_hw.layout import Layout
from acumat_hw.source import FrameSource


def run(
    source: FrameSource,
    clock: Clock,
    layout: Layout,
    parameters: Parameters,
    *,
    rate_hz: float,
    duration_s: float,
    told: Callable[[float, Event], None],
) -> tuple[MatState, int]:
    """Read for `duration_s`; `told` hears each event with the seconds since the start. Gives last state and number of frames.

    Slots lie on an absolute schedule: a slow scan makes no later one late, and a slot that was missed is skipped.
    """
    pipeline = Pipeline(layout, parameters=parameters, prefix="sim")
    frames = 0
    source.open()
    start_s = clock.monotonic()
    slot = 0
    try:
        while slot < duration_s * rate_hz:
            clock.sleep(start_s + slot / rate_hz - clock.monotonic())
            frame = source.read()
            frames += 1
            for event in pipeline.step(frame):
                told(event.t_mono_s - start_s, event)
            slot = max(slot + 1, int((clock.monotonic() - start_s) * rate_hz))
    except SourceEndedError:
        pass
    finally:
        source.close()
    return pipeline.state, frames
