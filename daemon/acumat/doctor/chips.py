"""Each converter at its registers: whether it keeps what is written, gets its conversions done, and is what it is sold as."""

from __future__ import annotations

from collections.abc import Iterator

from acumat.doctor.board import Board, Bus
from acumat.doctor.bus import read_register, write_register
from acumat.doctor.finding import Finding, fail, ok, warn
from acumat_hw.clock import Clock

CONVERSION, CONFIG, LOW, HIGH = 0, 1, 2, 3
START = 0x8000
RESET_CONFIG, RESET_LOW, RESET_HIGH = 0x8583, 0x8000, 0x7FFF
"""What the registers hold after power-up (data sheet SBAS444, register maps)."""
MARKS = ((LOW, 0x5A50), (HIGH, 0x2D20))
"""Words for the thresholds, which nothing else uses; the low digit is free of meaning in an ADS1015 and stays 0."""
QUIET_CONFIG = 0x4383
"""Input 0, gain 1, single-shot, comparator off, rate code 4, no start: harmless, and other than after power-up."""
WATCH_S = 0.5
LOOKS = 25
"""A chip that restarts is watched for so long, in so many looks."""
SLOW_S, FAST_S = 1 / (0.9 * 128) + 120e-6, 1 / (0.9 * 1600) + 120e-6
"""The longest conversion at rate code 4: 128 samples a second in an ADS1115, 1600 in an ADS1015 (SBAS444, SBAS473)."""
TOO_EARLY_S = 0.98 / (1.1 * 128)
"""No ADS1115 is done before, with its clock 10 % fast and ours a little slow."""
GAIN_6V = 0x0000
VOLTS_6V = 6.144 / 32768


def check_chip(board: Board, bus: Bus, address: int) -> Iterator[Finding]:
    """One converter that answers. Raises BusHangsError."""
    what = f"chip 0x{address:02x}"
    words = [read_register(bus, address, pointer) for pointer in (CONVERSION, CONFIG, LOW, HIGH)]
    if words == [0, 0, 0, 0]:
        hint = "Look for a short between SDA and ground, and for a chip without power that pulls the line down."
        yield fail(what, "sda_low", "Every register reads 0: the data line is held low.", hint)
        return
    fault = _keeping(bus, board.clock, address)
    if fault is not None:
        yield fail(what, *fault)
        return
    taken_s = conversion_s(bus, board.clock, address)
    if taken_s is None:
        hint = "Check its supply; if that is sound, the chip is broken."
        yield fail(what, "never_ready", "It starts a conversion and never ends it.", hint)
        return
    yield _kind(what, board.model, "ads1015" if taken_s < TOO_EARLY_S else "ads1115")


def _keeping(bus: Bus, clock: Clock, address: int) -> tuple[str, str, str] | None:
    """Write marks, look whether they stay, and put back what was there at power-up."""
    for pointer, word in (*MARKS, (CONFIG, QUIET_CONFIG)):
        write_register(bus, address, pointer, word)
    fault = None
    for _ in range(LOOKS):
        held = [read_register(bus, address, pointer) for pointer, _ in MARKS]
        config = read_register(bus, address, CONFIG)
        fault = fault or _judge(held, config)
        clock.sleep(WATCH_S / LOOKS)
    for pointer, word in ((LOW, RESET_LOW), (HIGH, RESET_HIGH), (CONFIG, RESET_CONFIG & ~START)):
        write_register(bus, address, pointer, word)
    return fault


def _judge(held: list[int | None], config: int | None) -> tuple[str, str, str] | None:
    if None in held or config is None:
        return None  # refusals are reported where answers are counted
    words = (*held, config & ~START)
    marks, resets = (*(word for _, word in MARKS), QUIET_CONFIG), (RESET_LOW, RESET_HIGH, RESET_CONFIG & ~START)
    if words == marks:
        return None
    if all(word in pair for word, *pair in zip(words, marks, resets, strict=True)):
        hint = "Check the supply's wires for loose contacts, and give the chip a capacitor of 100 nF from VDD to GND."
        return "chip_restarts", "It loses its settings while it is watched: its supply breaks down.", hint
    hint = "Something else answers at this address, or the bus garbles data: take other devices off, shorten the wires."
    return "not_kept", "Its registers do not keep what is written.", hint


def conversion_s(bus: Bus, clock: Clock, address: int) -> float | None:
    """How long one conversion at rate code 4 takes at most, None if it does not end in twice the time allowed."""
    write_register(bus, address, CONFIG, QUIET_CONFIG | START)
    started_s = clock.monotonic()
    clock.sleep(2 * FAST_S)
    while clock.monotonic() - started_s < 2 * SLOW_S:
        config = read_register(bus, address, CONFIG)
        if config is not None and config & START:
            return clock.monotonic() - started_s
        clock.sleep(FAST_S)
    return None


def _kind(what: str, model: str, found: str) -> Finding:
    if found == model:
        return ok(what, f"keeps its registers, converts in time, and is an {found.upper()}.")
    cause = f"It is an {found.upper()}, and the configuration says {model.upper()}."
    if found == "ads1015":  # its rates are faster, so that it works as it is
        hint = "It works with 12 bits in place of 16, so that breath is less well seen; replace it, or accept it."
        return warn(what, "is_ads1015", cause, hint)
    return fail(what, "is_ads1115", cause, 'Set source.model = "ads1115"; it suits boards of both kinds.')


def check_supply(board: Board, bus: Bus, vcc_input: tuple[int, int]) -> Finding:
    """The dividers' supply, measured at an input that is wired to it. Raises BusHangsError."""
    address, channel = vcc_input
    what = "supply"
    word = START | (4 + channel) << 12 | GAIN_6V | QUIET_CONFIG & 0x01FF
    write_register(bus, address, CONFIG, word)
    board.clock.sleep(2 * SLOW_S)
    code = read_register(bus, address, CONVERSION)
    if code is None:
        return fail(what, "vcc_unread", f"Chip 0x{address:02x} does not answer.", "Name an input of a chip that is there.")
    measured_v, set_v = (code - 0x10000 if code & 0x8000 else code) * VOLTS_6V, board.layout.vcc_v
    if measured_v < 1.0:
        cause = f"Chip 0x{address:02x} channel {channel} reads {measured_v:.2f} V, which is no supply."
        return fail(what, "vcc_unread", cause, "Wire that input to the dividers' supply, or leave --vcc-on out.")
    if abs(measured_v / set_v - 1) > 0.02:
        cause = f"The dividers get {measured_v:.2f} V, and the configuration says {set_v:g} V."
        return fail(what, "vcc_off", cause, f"Set layout.vcc_v = {measured_v:.2f}, or repair the supply.")
    return ok(what, f"{measured_v:.2f} V measured, {set_v:g} V configured.")
