"""What every step of detection saw at the last frame, beside what it was compared with: the material of an explanation.

Nothing is decided here, and nothing is kept: it is taken when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import PresenceDetector
from acumat.detect.presence.visit import Visit
from acumat.detect.signal.baseline import Baseline
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Load, Loads
from acumat_hw.layout import Layout


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
    """How the load lies, in percent of it, and what a lying body needs."""

    bodys: bool
    zones_pct: Mapping[str, float | None]
    zones_loaded: Compared
    heaviest_zone_pct: Compared
    lighter_side_pct: Compared
    lighter_half_pct: Compared
    effective_share: Compared


@dataclass(frozen=True, slots=True)
class LifeSeen:
    """The search for life: looks that showed it, the last look's swing and noise in percent of the load, and when it moved."""

    blocks: Compared
    swing_pct: float
    needed_pct: float
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
    own_us: float | None
    own_share: Compared
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


def inspect(
    layout: Layout,
    parameters: Parameters,
    *,
    t_s: float,
    blind: bool,
    usable_s: float | None,
    calibrated: bool,
    no_supply: bool,
    reading: Reading | None,
    load: Load | None,
    conditions: tuple[Condition, ...],
    baseline: Baseline,
    loads: Loads,
    presence: PresenceDetector,
    visit: Visit,
) -> Explanation:
    """Gather it from the steps."""
    p, session, seen = parameters, visit.sessions.open, None if blind else load
    total_us = None if load is None else sum(us for us in load.us if us is not None)
    own = presence.own
    return Explanation(
        t_mono_s=t_s,
        blind=blind,
        usable_s=usable_s,
        baseline_origin=baseline.origin,
        no_supply=no_supply,
        calibrated=calibrated,
        sensors=_sensors(layout, reading, load, total_us, conditions, baseline, loads),
        load_pct=None if seen is None else seen.pct,
        load_us=None if seen is None else seen.total_us,
        reference_us=loads.reference_us or loads.default_us,
        reference_learnt=loads.reference_us is not None,
        contact=presence.contact,
        lying=presence.lying,
        contact_on_pct=p.contact_on_pct,
        contact_off_pct=p.contact_off_pct,
        lying_on_pct=p.lying_on_pct,
        lying_off_pct=p.lying_off_pct,
        own_us=own.total_us,
        own_share=Compared(None if seen is None else own.share_of(seen), p.own_share if presence.lying else p.own_share_again),
        withdrawn_pct=presence.withdrawn_pct,
        spread=None if seen is None else _spread(layout, p, seen),
        life=_life(p, visit),
        contact_since_s=visit.contact_since_s,
        lying_since_s=visit.lying_since_s,
        confirmed=visit.confirmed,
        session_id=None if session is None else session.session_id,
        session_since_s=None if session is None else session.start_s,
        lifts=0 if session is None else session.lifts,
        merge_s=p.merge_s,
        lateral=visit.balance.lateral,
        lopsided_limit=p.lopsided_on if calibrated else p.lopsided_on_uncalibrated,
        moved_pct=Compared(visit.moved_pct, p.still_pct),
    )


def _sensors(
    layout: Layout,
    reading: Reading | None,
    load: Load | None,
    total_us: float | None,
    conditions: tuple[Condition, ...],
    baseline: Baseline,
    loads: Loads,
) -> tuple[SensorSeen, ...]:
    found = []
    for index, sensor in enumerate(layout.sensors):
        us = None if load is None else load.us[index]
        found.append(
            SensorSeen(
                sensor.name,
                None if reading is None else reading.us[index],
                baseline.us[index],
                loads.gains[index],
                us,
                100.0 * us / total_us if us is not None and total_us else None,
                reading is not None and reading.saturated[index],
                conditions[index],
            )
        )
    return tuple(found)


def _spread(layout: Layout, p: Parameters, load: Load) -> SpreadSeen | None:
    total_us = sum(us for us in load.us if us is not None)
    if total_us <= 0:
        return None

    def pct(part: tuple[int, ...]) -> float | None:
        known = [us for index in part if (us := load.us[index]) is not None]
        return 100.0 * sum(known) / total_us if known else None

    def least(parts: tuple[tuple[int, ...], ...]) -> float | None:
        return min((each for part in parts if (each := pct(part)) is not None), default=None)

    shape = load.shape
    zones = dict(zip(layout.zones, map(pct, shape.zones), strict=True))
    known = [each for each in zones.values() if each is not None]
    return SpreadSeen(
        load.spread,
        zones,
        Compared(sum(each > p.zone_share_pct for each in known), min(p.zones_loaded, len(known))),
        Compared(max(known, default=None), p.zone_most_pct if len(shape.zones) > 2 else 100.0),
        Compared(least(shape.sides), p.side_share_pct),
        Compared(least(shape.halves), p.half_share_pct),
        Compared(load.effective_share, p.effective_share),
    )


def _life(p: Parameters, visit: Visit) -> LifeSeen:
    life = visit.life
    moved_s = life.moved_s if life.moved_s > float("-inf") else None
    return LifeSeen(Compared(life.blocks_alive, p.blocks_needed), life.swing_pct, life.needed_pct, p.confirm_within_s, moved_s)
