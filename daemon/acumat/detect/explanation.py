"""The values of every detection step at the last frame beside their limits: the material of an explanation.

Nothing is decided or stored here: it is read when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.presence.evidence import CONFIRM_NATS, WITHDRAW_NATS
from acumat.detect.presence.visit import Visit
from acumat.detect.signal.load import Load
from acumat.detect.steps import Steps


@dataclass(frozen=True, slots=True)
class SensorSeen:
    """One sensor: conductance, baseline and load in microsiemens (None: none), its share of the load in percent, and health."""

    name: str
    us: float | None
    baseline_us: float | None
    gain: float
    load_us: float | None
    share_pct: float | None
    saturated: bool
    condition: Condition


@dataclass(frozen=True, slots=True)
class Compared:
    """A measured value beside the limit that it was held against; None where it could not be known."""

    value: float | None
    limit: float


@dataclass(frozen=True, slots=True)
class SpreadSeen:
    """How the load lies, in percent of it, and whether that and its sway speak for somebody who lies there, in nats."""

    looks_like_trunk: bool
    zones_pct: Mapping[str, float | None]
    effective_share: Compared
    lying_nats: Compared
    mode: str | None
    """Sitting or standing where that can be told."""


@dataclass(frozen=True, slots=True)
class LifeSeen:
    """The test of life: the evidence by kind and in all, in nats (positive: a person), beside what confirms a person; what
    withdraws a thing; the last window's swing beside its limit, in percent of the load; and when it moved.
    """

    nats: Compared
    withdraw_nats: float
    evidence: Mapping[str, float]
    swing_pct: Compared
    confirm_within_s: float
    moved_s: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything at one moment (seconds on the frames' own clock). Loads are in percent of the reference unless they say us."""

    t_mono_s: float
    blind: bool
    usable_s: float | None
    baseline_origin: str
    no_supply: bool
    calibrated: bool
    sensors: tuple[SensorSeen, ...]
    load_pct: float | None
    load_us: float | None
    reference_us: float
    reference_learnt: bool
    contact: bool
    lying: bool
    contact_on_pct: float
    contact_off_pct: float
    lying_on_pct: float
    lying_off_pct: float
    settled_us: float | None
    settled_share: Compared
    withdrawn_pct: float | None
    spread: SpreadSeen | None
    life: LifeSeen
    contact_since_s: float | None
    lying_since_s: float | None
    confirmed: bool
    session_id: str | None
    session_since_s: float | None
    lifts: int
    merge_s: float
    lateral: float | None
    lopsided_limit: float
    moved_pct: Compared


def inspect(steps: Steps) -> Explanation:
    """Gather it from the steps."""
    p, thresholds = steps.p, steps.thresholds
    visit, sight, baseline, loads, load = steps.visit, steps.sight, steps.baseline, steps.loads, steps.load
    session, seen, settled = visit.sessions.open, None if sight.blind else load, steps.settled
    needed = p.settled_share if visit.lying else p.settled_share_again
    return Explanation(
        t_mono_s=steps.log.t_s,
        blind=sight.blind,
        usable_s=sight.usable_s,
        baseline_origin=baseline.origin,
        no_supply=sight.supply_lost,
        calibrated=loads.calibrated,
        sensors=_sensors(steps),
        load_pct=None if seen is None else seen.pct,
        load_us=None if seen is None else seen.total_us,
        reference_us=loads.reference_us or loads.default_us,
        reference_learnt=loads.reference_us is not None,
        contact=visit.touched or visit.lying,
        lying=visit.lying,
        contact_on_pct=thresholds.contact_on_pct,
        contact_off_pct=thresholds.contact_off_pct,
        lying_on_pct=thresholds.lying_on_pct,
        lying_off_pct=thresholds.lying_off_pct,
        settled_us=settled.total_us,
        settled_share=Compared(None if seen is None else settled.share_of(seen), needed),
        withdrawn_pct=steps.detector.withdrawn_pct,
        spread=None if seen is None else _spread(steps, seen),
        life=_life(p, visit),
        contact_since_s=visit.contact_since_s,
        lying_since_s=visit.lying_since_s,
        confirmed=visit.confirmed,
        session_id=None if session is None else session.session_id,
        session_since_s=None if session is None else session.start_s,
        lifts=0 if session is None else session.lifts,
        merge_s=p.merge_s,
        lateral=steps.observer.balance.lateral,
        lopsided_limit=p.lopsided_on if loads.calibrated else p.lopsided_on_uncalibrated,
        moved_pct=Compared(steps.observer.moved_pct, p.still_pct),
    )


def _sensors(steps: Steps) -> tuple[SensorSeen, ...]:
    load, reading, conditions = steps.load, steps.reading, steps.health.conditions
    total_us = None if load is None else sum(us for us in load.us if us is not None)
    found = []
    for index, sensor in enumerate(steps.layout.sensors):
        us = None if load is None else load.us[index]
        found.append(
            SensorSeen(
                sensor.name,
                None if reading is None else reading.us[index],
                steps.baseline.us[index],
                steps.loads.gains[index],
                us,
                100.0 * us / total_us if us is not None and total_us else None,
                reading is not None and reading.saturated[index],
                conditions[index],
            )
        )
    return tuple(found)


def _spread(steps: Steps, load: Load) -> SpreadSeen | None:
    total_us = sum(us for us in load.us if us is not None)
    if total_us <= 0:
        return None

    def pct(part: tuple[int, ...]) -> float | None:
        known = [us for index in part if (us := load.us[index]) is not None]
        return 100.0 * sum(known) / total_us if known else None

    bearing = steps.bearing
    return SpreadSeen(
        load.looks_like_trunk,
        dict(zip(steps.layout.zones, map(pct, load.shape.zones), strict=True)),
        Compared(load.effective_share, steps.p.effective_share),
        Compared(bearing.lying_nats, 0.0),
        bearing.kind,
    )


def _life(p: Parameters, visit: Visit) -> LifeSeen:
    evidence, swings = visit.life.evidence, visit.life.swings
    return LifeSeen(
        Compared(evidence.total, CONFIRM_NATS),
        WITHDRAW_NATS,
        {str(sign): nats for sign, nats in evidence.nats.items() if nats},
        Compared(swings.swing_pct, swings.needed_pct),
        p.confirm_within_s,
        swings.moved_s if swings.moved_s > float("-inf") else None,
    )
