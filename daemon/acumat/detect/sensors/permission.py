"""Whether the mat is in a condition to be calibrated or tared, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.contract.commands import Refusal
from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.signal.window import Window

PAUSED_HINT = "Measuring is paused. Switch the pause off first."


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The mat at a moment. `load_pct` is None while it is blind, `touched` says whether something is only in contact.

    `supply_lost` says whether it is blind for want of the sensors' supply, `lifeless` whether what is in contact has shown
    nothing of a person for a while, `conditions` how each sensor is.
    """

    paused: bool
    blind: bool
    supply_lost: bool
    guest: bool
    lying: bool
    touched: bool
    session_open: bool
    load_pct: float | None
    lifeless: bool
    conditions: tuple[Condition, ...]


def refused_calibration(now: Circumstances, p: Parameters) -> Refusal | None:
    """Why no calibration may begin."""
    bad = next((each for each in now.conditions if each.code != "ok"), None)
    if now.paused:
        return Refusal("paused", PAUSED_HINT)
    if now.guest:
        text = "The guest switch is on, and a calibration learns the owner's load. Switch it off, then calibrate."
        return Refusal("guest", text)
    if now.session_open:
        return Refusal("session_open", f"A session is running. Get up and wait {p.merge_s:g} s, then calibrate.")
    if now.blind:
        return Refusal("blind", "The sensors cannot be read now, so there is nothing to calibrate. See the mat's health.")
    return None if bad is None else Refusal(f"sensor_{bad.code}", f"{bad.text} Then calibrate again.")


def refused_tare(now: Circumstances, window: Window, calm_us: float, p: Parameters) -> Refusal | None:
    """Why what is read now cannot count as empty. `window` holds the last readings, whose total varies by `calm_us` if calm."""
    if now.paused:
        return Refusal("paused", PAUSED_HINT)
    if now.blind and not now.supply_lost:
        return Refusal("blind", "The sensors cannot be read now. See the mat's health.")
    if now.lying or now.session_open:
        return Refusal("occupied", "Somebody lies on the mat or has only just got up. Take the tare when it is empty.")
    if now.load_pct is not None and now.load_pct > p.tare_most_pct and not now.lifeless:
        text = f"The load is {now.load_pct:.0f} % of the reference: something is on the mat. "
        text += f"Take it off first; if nothing is there, keep away for {p.confirm_within_s:g} s and ask again."
        return Refusal("mat_loaded", text)
    if not window.full or window.spread_us() > calm_us:
        return Refusal("not_calm", "The mat does not read steadily. Keep off it for a few seconds and ask again.")
    return None
