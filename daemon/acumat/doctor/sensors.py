"""Examines each sensor on the empty mat: whether it is read, where in its range it rests, and its noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from acumat.doctor.board import Board
from acumat.doctor.finding import Finding, fail, ok, warn
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout, Sensor

FRAMES = 40
PAUSES_S = (0.031, 0.037, 0.043, 0.034, 0.040)
"""Between frames, never the same twice running: at a steady pace hum from the mains could stand still."""
LOST_SHARE = 0.05
"""More missing readings than this are a fault."""
SHORT_X = 0.985
"""No force brings a divider so close to its supply: the FSR saturates at some hundred ohms (Interlink's integration guide)."""
FULL_X = 0.9
"""From here on the divider hardly changes with force."""
LOADED_X = 0.25
ABOVE_X = 1.02
"""A divider cannot give more than its supply."""
NOISE_LSB = 20
"""The converter's own noise is 2 codes, and an empty mat adds none."""
NOTHING_LSB = 3
"""The converter's offset (data sheet SBAS444)."""
BLED_LSB = 40
"""What a bleed resistor of 470 kilohms across the FSR makes of it at rest: 56 codes on 1 kilohm, 184 on 3.3."""


def read_frames(board: Board) -> list[Frame]:
    """Two seconds of the mat. Raises SourceUnavailableError."""
    board.source.open()
    try:
        frames = []
        for number in range(FRAMES):
            frames.append(board.source.read())
            board.clock.sleep(PAUSES_S[number % len(PAUSES_S)])
        return frames
    finally:
        board.source.close()


def check_sensors(layout: Layout, frames: Sequence[Frame]) -> Iterator[Finding]:
    """The empty mat; a person on it is reported as a load."""
    columns = [[code for frame in frames if (code := frame.codes[i]) is not None] for i in range(len(layout.sensors))]
    rests = [median(column) if column else None for column in columns]
    above = [rest * layout.lsb_v for rest in rests if rest is not None and rest * layout.lsb_v > ABOVE_X * layout.vcc_v]
    if above:
        cause = f"Sensors read up to {max(above):.2f} V, more than the {layout.vcc_v:g} V that the configuration says."
        yield fail("supply", "vcc_off", cause, "Measure the dividers' supply and set layout.vcc_v to it.")
    bled = sum(rest is not None and rest > BLED_LSB for rest in rests) * 2 >= len(rests)
    for sensor, column, rest, missing in zip(
        layout.sensors, columns, rests, zip(*(frame.missing for frame in frames), strict=True), strict=True
    ):
        lost = len(frames) - len(column)
        if rest is None or lost > LOST_SHARE * len(frames):
            reason = next((each for each in missing if each is not None), "no_data")
            cause = f"{lost} of {len(frames)} readings are missing ({reason})."
            yield fail(_what(sensor), "readings_lost", cause, f"See chip 0x{sensor.chip:02x} above.")
        else:
            yield _judge(sensor, layout, column, rest, bled=bled)
    if all(rest is not None and abs(rest) <= NOTHING_LSB for rest in rests):
        yield ok(
            "sensors", "none shows anything at rest, which good ones do not: acumat doctor --press shows whether they work."
        )


def _judge(sensor: Sensor, layout: Layout, column: Sequence[int], rest: float, *, bled: bool) -> Finding:
    what, x = _what(sensor), rest * layout.lsb_v / layout.vcc_v
    noise = 1.4826 * median(abs(code - rest) for code in column)
    if ABOVE_X >= x >= SHORT_X:
        cause = f"It reads its supply ({x:.0%}) with nobody there."
        hint = (
            f"Look for a short between its two wires, and for a broken wire to its resistor to ground ({sensor.rm_ohm:g} ohm)."
        )
        return fail(what, "shorted", cause, hint)
    if FULL_X <= x < SHORT_X:
        cause = f"It reads {x:.0%} of its range with nobody there."
        return fail(
            what, "saturated", cause, "Take off what presses on it; if that is nothing, fit a smaller resistor to ground."
        )
    if x >= LOADED_X:
        return warn(what, "loaded", f"It is pressed ({x:.0%} of its range).", "Keep off the mat while it is examined.")
    if noise > NOISE_LSB:
        cause = f"It is noisy: {noise:.0f} codes, where 2 are usual."
        return fail(what, "noisy", cause, "Tighten its contacts, twist its two wires and keep them away from mains cables.")
    if bled and abs(rest) <= NOTHING_LSB:
        cause = "It shows nothing at all, while the others show their resistance at rest."
        return warn(what, "open", cause, "Look for a broken wire; acumat doctor --press shows it for sure.")
    return ok(what, f"rests at {max(x, 0):.1%} of its range, noise {noise:.1f} codes.")


def _what(sensor: Sensor) -> str:
    return f"sensor {sensor.where}"
