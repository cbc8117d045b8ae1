"""Values that no circuit can have together: supply and full scale, rates and converters, resistors, places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from acumat.config.raw import items, number, table
from acumat_hw.ads1x15_facts import RATES_HZ
from acumat_hw.frame_rate import FAST_HZ, frames_per_second
from acumat_hw.layout import CHANNELS_PER_CHIP, FIRST_ADDRESS, MAX_CHIPS, PRESETS
from acumat_hw.toml_lines import Path as Loc

FULL_SCALE_V: dict[str | int, float] = {"2/3": 6.144, 1: 4.096, 2: 2.048, 4: 1.024, 8: 0.512, 16: 0.256}
"""Full scale of the converter by gain (data sheet SBAS444, table 3)."""
CODES = 32768
MAX_VCC_V = 5.5
"""No converter may get more (data sheet SBAS444)."""
RM_RANGE_OHM = (10, 300_000)
"""More than the upper end is falsified by 5 % and more by the converter's own input of 6 megohms (SBAS444, 6.5)."""
MAX_SENSORS = MAX_CHIPS * CHANNELS_PER_CHIP
BLEED_RATIO = 20
"""A bleed resistor of less than so many times R_m eats into the range of an empty mat: 5 % and more."""
LEAST_BLEED_CODES = 4
"""At rest a smaller reading is lost in the converter's noise, and every wire seems broken."""


def electrical_problems(data: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Values that no circuit can have together, found in the raw data; a value of a wrong type is left to the schema."""
    layout, source, daemon = (table(data, name) for name in ("layout", "source", "daemon"))
    sensors: list[Mapping[str, Any]] = [each for each in items(data, "sensors")[:MAX_SENSORS] if isinstance(each, dict)]
    yield from _bleed_problems(layout, sensors)
    chips = _chips(layout, sensors)
    kind = source.get("kind", "ads1x15")
    if kind == "ads1x15":
        yield from _full_scale_problems(layout, source)
        yield from _data_rate_problems(source, daemon, chips)
    elif kind == "simulated" and source.get("through", "bus") == "bus":
        bus_hz = number(source, "bus_hz", FAST_HZ)
        yield from _frame_rate_problems(daemon, chips, RATES_HZ["ads1115"][-1], bus_hz)


def fitting_gain(vcc_v: float) -> Literal["2/3", 1]:
    """The gain of simulated converters: that of the real ones by default, where it reads as far as the supply."""
    return 1 if vcc_v <= FULL_SCALE_V[1] else "2/3"


def _full_scale_problems(layout: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    gain, vcc_v = source.get("gain", 1), number(layout, "vcc_v", 3.3)
    full_scale_v = FULL_SCALE_V.get(gain) if isinstance(gain, int | str) else None
    if full_scale_v is None or vcc_v is None or not full_scale_v < vcc_v <= MAX_VCC_V:
        return
    fitting = [f'"{each}"' if isinstance(each, str) else str(each) for each, top_v in FULL_SCALE_V.items() if top_v >= vcc_v]
    if "gain" in source:
        what = f"gain {gain} reads up to {full_scale_v:g} V, and the sensors get {vcc_v:g} V (layout.vcc_v)"
        yield ("source", "gain"), f"{what}; allowed: {', '.join(fitting)}"
    else:
        fix = f"set source.gain = {fitting[-1]}, or feed the sensors from 3.3 V as the converters"
        yield ("layout", "vcc_v"), f"{vcc_v:g} V is above the {full_scale_v:g} V that gain 1 reads; {fix}"


def _bleed_problems(layout: Mapping[str, Any], sensors: list[Mapping[str, Any]]) -> Iterator[tuple[Loc, str]]:
    bleed_ohm, common_ohm = number(layout, "bleed_ohm", None), number(layout, "rm_ohm", 3300.0)
    rm_ohms = [number(each, "rm_ohm", common_ohm) for each in sensors] or [common_ohm]
    known = [each for each in rm_ohms if each is not None and each > 0]
    if bleed_ohm is None or not known:
        return
    if bleed_ohm < BLEED_RATIO * max(known):
        fix = f"allowed: {BLEED_RATIO * max(known):g} or more"
        yield ("layout", "bleed_ohm"), f"{bleed_ohm:g} is too little beside a resistor to ground of {max(known):g}; {fix}"
    most_ohm = min(known) * CODES / (LEAST_BLEED_CODES * 2)
    if bleed_ohm > most_ohm:
        fix = f"allowed: up to {most_ohm:.0f}"
        yield ("layout", "bleed_ohm"), f"{bleed_ohm:g} is too much to be measured on {min(known):g} ohms; {fix}"


def _data_rate_problems(source: Mapping[str, Any], daemon: Mapping[str, Any], chips: list[int]) -> Iterator[tuple[Loc, str]]:
    rates = RATES_HZ.get(str(source.get("model", "ads1115")))
    if rates is None:
        return
    data_rate = source.get("data_rate", rates[-1])
    if type(data_rate) is not int:
        return
    if data_rate not in rates:
        yield ("source", "data_rate"), f"{data_rate} is not a rate of this chip; allowed: {', '.join(map(str, rates))}"
        return
    rate_hz = number(daemon, "rate_hz", 10.0)
    enough = [each for each in rates if rate_hz is not None and chips and frames_per_second(chips, each, FAST_HZ) >= rate_hz]
    if data_rate not in enough and enough:
        most_hz = frames_per_second(chips, data_rate, FAST_HZ)
        what = f"{data_rate} samples a second make {most_hz:.2g} frames a second of this layout"
        fix = f"allowed for daemon.rate_hz = {rate_hz:g}: {', '.join(map(str, enough))}"
        yield ("source", "data_rate"), f"{what}; {fix}"
    else:
        yield from _frame_rate_problems(daemon, chips, data_rate, FAST_HZ)


def _frame_rate_problems(
    daemon: Mapping[str, Any], chips: list[int], data_rate: int, bus_hz: float | None
) -> Iterator[tuple[Loc, str]]:
    rate_hz = number(daemon, "rate_hz", 10.0)
    if rate_hz is None or not 1 <= rate_hz <= 200 or not chips or bus_hz is None or bus_hz <= 0:
        return
    most_hz = frames_per_second(chips, data_rate, bus_hz)
    if rate_hz > most_hz:
        what = f"{rate_hz:g} frames a second are more than converters and bus can read of this layout"
        yield ("daemon", "rate_hz"), f"{what}; allowed: 1 to {math.floor(most_hz)}"


def _chips(layout: Mapping[str, Any], sensors: list[Mapping[str, Any]]) -> list[int]:
    """The chip of each sensor; empty if it is not known."""
    if sensors:
        chips = [each.get("chip") for each in sensors]
        return [each for each in chips if type(each) is int] if all(type(each) is int for each in chips) else []
    rows, columns = PRESETS.get(str(layout.get("preset", "4x2")), (0, 0))
    return [FIRST_ADDRESS + index // CHANNELS_PER_CHIP for index in range(rows * columns)]
