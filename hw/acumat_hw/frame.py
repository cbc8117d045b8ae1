"""One scan of all sensors: the value that every source yields and detection consumes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Missing(StrEnum):
    """Why a sensor has no reading in a frame."""

    ABSENT = "absent"
    """The chip did not answer when it was last probed."""
    NO_ANSWER = "no_answer"
    """The chip refused a transfer in this frame (NACK)."""
    BUS_FAULT = "bus_fault"
    """The bus timed out or broke; the rest of the frame was given up."""
    NOT_READY = "not_ready"
    """The conversion was not finished at its deadline."""
    RESET = "reset"
    """The configuration read back differs from the one written: the chip restarted or moved."""
    LATE = "late"
    """The machine was too busy to read it in time."""
    NO_DATA = "no_data"
    """A recording has no value here."""


@dataclass(frozen=True, slots=True)
class Frame:
    """All sensors read in one scan, in the order of the layout.

    `t_mono_s` is the monotonic time at the start of the scan, `seq` counts scans and skips the slots that were missed,
    `codes` holds a signed ADC code per sensor or None, `missing` the reason for each None (None where there is a code).
    """

    t_mono_s: float
    seq: int
    codes: tuple[int | None, ...]
    missing: tuple[Missing | None, ...]

    @classmethod
    def complete(cls, t_mono_s: float, seq: int, codes: tuple[int, ...]) -> Frame:
        """A frame in which every sensor answered."""
        return cls(t_mono_s, seq, codes, (None,) * len(codes))
