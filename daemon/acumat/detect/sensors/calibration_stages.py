"""The stages of a calibration: what follows what, what the person is told in each, and what is said when one fails."""

from __future__ import annotations

from enum import StrEnum

from acumat.contract.commands import Refusal
from acumat_hw.layout import Sensor


class CalibrationStage(StrEnum):
    """What the person is asked to do."""

    KEEP_OFF = "keep_off"
    LIE_DOWN = "lie_down"
    LIE_STILL = "lie_still"
    GET_UP = "get_up"
    TURN = "turn"
    LIE_TURNED_STILL = "lie_turned_still"
    GET_UP_AGAIN = "get_up_again"


NEXT: dict[CalibrationStage, CalibrationStage] = {
    CalibrationStage.KEEP_OFF: CalibrationStage.LIE_DOWN,
    CalibrationStage.LIE_DOWN: CalibrationStage.LIE_STILL,
    CalibrationStage.LIE_STILL: CalibrationStage.GET_UP,
    CalibrationStage.GET_UP: CalibrationStage.TURN,
    CalibrationStage.TURN: CalibrationStage.LIE_TURNED_STILL,
    CalibrationStage.LIE_TURNED_STILL: CalibrationStage.GET_UP_AGAIN,
}
"""A plain calibration ends with getting up, a turned one with getting up again."""

TEXTS: dict[CalibrationStage, str] = {
    CalibrationStage.KEEP_OFF: "Keep off the mat.",
    CalibrationStage.LIE_DOWN: "Lie down on your back, in the middle of the mat.",
    CalibrationStage.LIE_STILL: "Lie still and breathe quietly.",
    CalibrationStage.GET_UP: "Get up and keep off the mat.",
    CalibrationStage.TURN: "Turn round: lie down in the middle with your head at the mat's foot end.",
    CalibrationStage.LIE_TURNED_STILL: "Lie still and breathe quietly.",
    CalibrationStage.GET_UP_AGAIN: "Get up and keep off the mat.",
}
LOADED_TEXT = "Something is on the mat. Take everything off it and keep off."

TIMEOUTS: dict[CalibrationStage, Refusal] = {
    CalibrationStage.KEEP_OFF: Refusal(
        "not_calm", "The empty mat never read steadily. Keep everything off it and start again."
    ),
    CalibrationStage.LIE_DOWN: Refusal("nobody_came", "Nobody lay down. Start again and lie down when asked to."),
    CalibrationStage.LIE_STILL: Refusal(
        "not_still", "The load never held still. Start again and lie without moving when asked to."
    ),
    CalibrationStage.GET_UP: Refusal(
        "not_left", "The mat never became empty. Start again and keep off the mat when asked to get up."
    ),
}
TIMEOUTS |= {
    CalibrationStage.TURN: TIMEOUTS[CalibrationStage.LIE_DOWN],
    CalibrationStage.LIE_TURNED_STILL: TIMEOUTS[CalibrationStage.LIE_STILL],
    CalibrationStage.GET_UP_AGAIN: TIMEOUTS[CalibrationStage.GET_UP],
}
STILL_LOADED = Refusal(
    "mat_loaded",
    "Something was on the mat all the time. Take everything off and start again; if nothing is on it, take the tare first.",
)
WAS_LOADED = Refusal(
    "was_loaded", "The mat reads less than at the start: something lay on it then. Take it off and start again."
)
LEFT_EARLY = Refusal(
    "left_early", "You left before the measurement was over. Start again and lie until you are asked to get up."
)


def no_readings(sensor: Sensor) -> Refusal:
    """It was silent while it was to be measured."""
    text = f"{sensor.where} gave no readings. Check its wires and the chip's supply, then calibrate again."
    return Refusal("sensor_silent", text)


def saturated(sensor: Sensor) -> Refusal:
    """Its divider says nothing more under this person."""
    text = f"{sensor.where} is at the end of its range under you. Fit a smaller resistor to ground, or more padding."
    return Refusal("sensor_saturated", text)


def no_load(sensor: Sensor) -> Refusal:
    """It reads the same with and without the person."""
    text = f"{sensor.where} shows no load under you. Check its wires and that it lies under your body."
    return Refusal("sensor_no_load", text)


def weak(sensor: Sensor) -> Refusal:
    """Its partner on the other side reads many times as much."""
    text = f"{sensor.where} reads far less than its partner on the other side. Check it, lie in the middle and calibrate again."
    return Refusal("sensor_weak", text)


def implausible(sensor: Sensor, gain: float) -> Refusal:
    """No part differs so much from its partners."""
    text = (
        f"{sensor.where} would need a gain of {gain:.2f} to match its partners, which no sound sensor does. "
        "Check it, lie in the middle of the mat and calibrate again."
    )
    return Refusal("gain_implausible", text)


def margin_too_small(margin: float, least: float) -> Refusal:
    """The person hardly stands out above the empty mat."""
    text = (
        f"You load the mat only {margin:.1f} times as much as it still shows when empty; {least:g} times are needed. "
        "Check that nothing presses on the sensors and that they lie under your body."
    )
    return Refusal("margin_too_small", text)
