"""What the data sheets of ADS1115 (SBAS444) and ADS1015 (SBAS473) say: data rates and gains."""

from __future__ import annotations

from typing import Literal

Model = Literal["ads1115", "ads1015"]

RATES_HZ: dict[str, tuple[int, ...]] = {
    "ads1115": (8, 16, 32, 64, 128, 250, 475, 860),
    "ads1015": (128, 250, 490, 920, 1600, 2400, 3300),
}
"""Samples a second, slowest first. The fastest is the default here: a frame must not take longer than necessary."""
PGA_BITS: dict[float, int] = {2 / 3: 0x0000, 1: 0x0200, 2: 0x0400, 4: 0x0600, 8: 0x0800, 16: 0x0A00}
"""The PGA bits of the configuration register by gain; gain 1 reads up to 4.096 V."""
