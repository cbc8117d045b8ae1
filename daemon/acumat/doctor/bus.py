"""The bus: whether it is there, may be used, how fast it is, and who answers on it."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence

from acumat.doctor.board import Board, Bus, I2cFacts
from acumat.doctor.finding import Finding, fail, ok, warn
from acumat_hw import frame_rate
from acumat_hw.frame_rate import FAST_HZ
from acumat_hw.layout import FIRST_ADDRESS, MAX_CHIPS, Layout

BUS = "I2C bus"
SPEED = "I2C speed"
ADDRESSES = tuple(range(FIRST_ADDRESS, FIRST_ADDRESS + MAX_CHIPS))
ADDR_PIN = dict(zip(ADDRESSES, ("GND", "VDD", "SDA", "SCL"), strict=True))
"""Where the ADDR pin goes for each address (data sheet SBAS444, table 4)."""
TRIES = 50
FASTEST_HZ = {"ads1115": 860.0, "ads1015": 3300.0}
"""Samples a second."""
SPARE = 1.25
"""A frame may take so much less than its slot before the schedule is missed by every hiccup."""


def check_device(facts: I2cFacts) -> Iterator[Finding]:
    """Whether the bus can be opened at all."""
    if not facts.there:
        others = (
            f" There is {', '.join(facts.others)}: set source.bus to its number if the mat hangs there." if facts.others else ""
        )
        hint = f"Switch I2C on (sudo raspi-config nonint do_i2c 0) and restart the machine.{others}"
        yield fail(BUS, "bus_missing", f"{facts.path} is not there.", hint)
    elif not facts.usable:
        hint = "Join its group and log in again: sudo usermod -aG i2c $USER."
        yield fail(BUS, "bus_rights", f"{facts.path} may not be used by this user.", hint)
    else:
        yield ok(BUS, f"{facts.path} is there and may be used.")


def check_speed(facts: I2cFacts, layout: Layout, model: str, rate_hz: float) -> Iterator[Finding]:
    """Whether the bus is fast enough for the frames that are asked for, and not too fast for the chips."""
    if facts.hz is None:
        yield ok(SPEED, "unknown; the system does not show it. It is 100 kHz unless /boot/firmware/config.txt says otherwise.")
        return
    possible_hz = frames_per_second(layout, model, facts.hz)
    khz = facts.hz / 1000
    if facts.hz > FAST_HZ:
        cause = f"{khz:g} kHz is more than the converters take without their high-speed mode."
        yield fail(
            SPEED, "bus_too_fast", cause, "Set dtparam=i2c_arm_baudrate=400000 in /boot/firmware/config.txt and restart."
        )
    elif possible_hz < SPARE * rate_hz:
        cause = f"{khz:g} kHz is enough for {possible_hz:.0f} frames a second here, and daemon.rate_hz asks for {rate_hz:g}."
        hint = "Set dtparam=i2c_arm_baudrate=400000 in /boot/firmware/config.txt and restart, or lower daemon.rate_hz."
        yield warn(SPEED, "bus_too_slow", cause, hint)
    else:
        yield ok(SPEED, f"{khz:g} kHz, enough for {possible_hz:.0f} frames a second of this layout.")


def frames_per_second(layout: Layout, model: str, bus_hz: float) -> float:
    """How many frames the bus can carry while the chips convert at their fastest."""
    return frame_rate.frames_per_second((sensor.chip for sensor in layout.sensors), FASTEST_HZ[model], bus_hz)


class BusHangsError(Exception):
    """The kernel gave up on a transfer: nothing more can be learnt on this bus."""


def read_register(bus: Bus, address: int, pointer: int) -> int | None:
    """A register's word, None if the chip refuses. Raises BusHangsError."""
    buffer = bytearray(2)
    try:
        bus.writeto_then_readfrom(address, bytes((pointer,)), buffer)
    except OSError as error:
        if error.errno == errno.ETIMEDOUT:
            raise BusHangsError from error
        return None
    return int.from_bytes(buffer, "big")


def write_register(bus: Bus, address: int, pointer: int, word: int) -> bool:
    """Whether the chip took the word. Raises BusHangsError."""
    try:
        bus.writeto(address, bytes((pointer, word >> 8, word & 0xFF)))
    except OSError as error:
        if error.errno == errno.ETIMEDOUT:
            raise BusHangsError from error
        return False
    return True


def answers(bus: Bus) -> dict[int, int]:
    """How many of `TRIES` times each possible address has answered. Raises BusHangsError."""
    return {address: sum(read_register(bus, address, 1) is not None for _ in range(TRIES)) for address in ADDRESSES}


def check_addresses(board: Board, answered: Mapping[int, int]) -> Iterator[Finding]:
    """The chips that the layout names against those that are there."""
    wanted = sorted({sensor.chip for sensor in board.layout.sensors})
    missing = [address for address in wanted if not answered[address]]
    extra = [address for address in ADDRESSES if answered[address] and address not in wanted]
    name = board.model.upper()
    if missing == wanted and not extra:
        cause = f"No converter answers at any of {_hex(ADDRESSES)}."
        hint = "Check the converters' power (VDD, GND) and whether SDA and SCL are exchanged or loose."
        yield fail(BUS, "no_chips", cause, hint)
        return
    for address in missing:
        yield _missing(name, address, extra)
    for address in wanted:
        if address not in missing:
            yield _present(name, address, answered[address])
    if not missing:
        for address in extra:
            cause = f"A chip answers that the layout does not read; its ADDR pin is at {ADDR_PIN[address]}."
            yield warn(f"chip 0x{address:02x}", "chip_unused", cause, "Add its sensors to [[sensors]], or take it off the bus.")


def _missing(name: str, address: int, extra: Sequence[int]) -> Finding:
    what = f"chip 0x{address:02x}"
    if not extra:
        hint = f"Check its power, its wires and that its ADDR pin is at {ADDR_PIN[address]}."
        return fail(what, "chip_absent", f"No {name} answers there.", hint)
    found = extra[0]
    cause = f"No {name} answers there, but one does at 0x{found:02x}: its ADDR pin is at {ADDR_PIN[found]}."
    return fail(what, "chip_moved", cause, f"Connect ADDR to {ADDR_PIN[address]}, or change the chip's address in [[sensors]].")


def _present(name: str, address: int, answered: int) -> Finding:
    what = f"chip 0x{address:02x}"
    if answered == TRIES:
        return ok(what, f"answers {TRIES} of {TRIES} times.")
    cause = f"The {name} answers only {answered} of {TRIES} times."
    return fail(what, "chip_nacks", cause, "Shorten the wires, check their contacts, or set the bus to 100 kHz.")


def _hex(addresses: Sequence[int]) -> str:
    return ", ".join(f"0x{address:02x}" for address in addresses)
