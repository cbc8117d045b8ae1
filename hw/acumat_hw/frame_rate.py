"""How many frames a second converters and bus can give: the arithmetic of their data sheets."""

from __future__ import annotations

from collections.abc import Iterable

from acumat_hw.layout import CHANNELS_PER_CHIP

SLOWEST_CLOCK, FASTEST_CLOCK = 0.9, 1.1
"""The data rate is true to 10 % (data sheet)."""
WAKE_S = 120e-6
"""The data sheet says 25 us from power-down; up to 110 us after the last acknowledge have been seen."""
SLOT_BITS = 86
"""Bits on the wire for one input: start a conversion (38), read the result (48). Both in one transfer take one bit less."""
FAST_HZ = 400_000
"""Above this the chip wants its high-speed mode, which Linux does not ask for (data sheet SBAS444, I2C speeds)."""


def conversion_s(data_rate_hz: float) -> float:
    """The longest that one conversion takes, with its wake-up."""
    return 1 / (SLOWEST_CLOCK * data_rate_hz) + WAKE_S


def frames_per_second(chips: Iterable[int], data_rate_hz: float, bus_hz: float) -> float:
    """How many frames there can be with all chips converting at the same time; `chips` is the chip of each sensor.

    A slot is as long as one conversion with its transfers, or as the transfers of all chips if these take longer.
    """
    wired = tuple(chips)
    slots = max(wired.count(chip) for chip in set(wired))
    transfers_s = SLOT_BITS / bus_hz
    slot_s = max(conversion_s(data_rate_hz) + transfers_s, len(set(wired)) * transfers_s)
    return 1 / (min(slots, CHANNELS_PER_CHIP) * slot_s)
