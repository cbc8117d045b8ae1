"""Why the mat thought what it did at a moment of a recording: what the pipeline saw there, in sentences with numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from acumat.contract.documents import NUMBER_DIGITS, replay_event_document, rounded, state_document
from acumat.contract.events import Event
from acumat.contract.state import MatState, Presence
from acumat.detect.explanation import Explanation, LifeSeen, SensorSeen, SpreadSeen
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.history.explained import LAST_EVENTS, numbers_of
from acumat.replay import INSTALL, start_of
from acumat_hw.errors import InputError
from acumat_hw.recording import Recording

ORIGINS: dict[str, str] = {
    "unknown": "not known yet",
    "stored": "stored by an earlier run",
    "assumed": "assumed at the start, when the mat was steady and low",
    "presumed_loaded": "taken as zero, since the mat seemed loaded at the start",
    "measured": "measured on the empty mat",
}


@dataclass(frozen=True, slots=True)
class FrameView:
    """A recording's moment: what was seen, what was said of it, and the events up to it."""

    t_s: float
    state: MatState
    seen: Explanation
    events: tuple[Event, ...]


def moment_of(recording: Recording, at_s: float, parameters: Parameters) -> FrameView:
    """Replay up to and with the last frame at or before `at_s`. Raises InputError where the recording has none."""
    pipeline = Pipeline(recording.layout, learned=start_of(recording), parameters=parameters, prefix=INSTALL)
    events: list[Event] = []
    last_s: float | None = None
    for frame in recording.frames():
        if frame.t_mono_s > at_s + 1e-6:
            break
        events += pipeline.step(frame)
        last_s = frame.t_mono_s
    else:
        if last_s is None or last_s < at_s - 1.0:
            end = "has no frame" if last_s is None else f"ends at {last_s:.1f} s"
            raise InputError(f"the recording {end}: there is nothing at {at_s:g} s; give a time within it")
    if last_s is None:
        raise InputError(f"the recording begins after {at_s:g} s; give a time within it")
    return FrameView(last_s, pipeline.state, pipeline.inspect(), tuple(events))


def moment_document(moment: FrameView) -> dict[str, Any]:
    """The moment as JSON: sentences, state, what every step saw, and the last events."""
    numbered = [replay_event_document(each, f"{INSTALL}-{n}", 0.0) for n, each in enumerate(moment.events, start=1)]
    return {
        "t_s": rounded(moment.t_s, NUMBER_DIGITS),
        "sentences": moment_sentences(moment),
        "state": state_document(moment.state),
        "seen": plain(asdict(moment.seen)),
        "events": numbered[-LAST_EVENTS:],
    }


def plain(value: Any) -> Any:  # noqa: ANN401  whatever a frozen value holds
    """A value of JSON's types with rounded numbers."""
    if isinstance(value, float):
        return rounded(value, NUMBER_DIGITS)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def moment_sentences(moment: FrameView) -> list[str]:
    """State, load, presence, spread, life, session, balance, baseline, sensors, and the last transitions."""
    seen, state = moment.seen, moment.state
    lines = [f"At {moment.t_s:.1f} s the mat said {_state_words(state)}. {state.reason_text}"]
    if seen.blind:
        lines.append(_blind(seen))
    else:
        lines += _load(seen)
        lines += _presence(seen)
        if seen.spread is not None and (seen.lying or (seen.load_pct or 0.0) >= seen.lying_on_pct):
            lines.append(_spread(seen.spread))
        if seen.lying and not seen.confirmed:
            lines.append(_life(seen.life, moment.t_s))
        lines += _balance(seen)
    lines += _session(seen)
    lines += _baseline(seen)
    lines += _sensors(seen.sensors)
    lines += _transitions(moment)
    return lines


def _state_words(state: MatState) -> str:
    match state.presence:
        case Presence.LYING:
            sure = {True: "confirmed", False: "not confirmed yet", None: "unsure"}[state.confirmed]
            return f"lying, {sure}, {state.phase}"
        case Presence.CONTACT:
            return f"contact, {state.phase}"
        case other:
            return str(other)


def _blind(seen: Explanation) -> str:
    if seen.usable_s is None:
        return "No usable frame has come so far."
    ago_s = seen.t_mono_s - seen.usable_s
    if ago_s < 1.0:
        return "Readings come, but the mat has not been steady long enough to know its baseline."
    return f"The last usable frame came {ago_s:.1f} s before."


def _load(seen: Explanation) -> list[str]:
    if seen.load_pct is None or seen.load_us is None:
        return []
    which = "learnt from the person" if seen.reference_learnt else "the layout's default"
    conductance = f"{seen.load_us:.0f} of {seen.reference_us:.0f} microsiemens"
    return [f"The load was {seen.load_pct:.1f} % of the reference ({conductance}, {which})."]


def _presence(seen: Explanation) -> list[str]:
    lines = []
    if not seen.contact:
        lines.append(f"Something is on the mat from {seen.contact_on_pct:g} % on, or from a jump; neither was so.")
    elif not seen.lying:
        ends = f"Contact began at {_at(seen.contact_since_s)} and ends below {seen.contact_off_pct:g} %."
        lines.append(f"{ends} Lying begins at {seen.lying_on_pct:g} % that lie as a body does.")
        if seen.withdrawn_pct is not None:
            lines.append(
                f"What lies there with {seen.withdrawn_pct:.0f} % showed no life when it was looked for: "
                "it counts as lying only once it lives, or much more comes."
            )
    else:
        lines.append(f"Lying began at {_at(seen.lying_since_s)}.")
    share = seen.settled_share
    if share.value is not None and seen.settled_us is not None:
        rule = "getting up is reported below" if seen.lying else "it is lying again from"
        lines.append(
            f"Of what this person rests there when settled ({seen.settled_us:.0f} microsiemens) "
            f"{100 * share.value:.0f} % was on, in all or on the head's half, whichever is less; "
            f"{rule} {100 * share.limit:.0f} %."
        )
    elif seen.lying:
        lines.append(
            "The person's settled load is not known yet, so getting up is reported below "
            f"{seen.lying_off_pct:g} % of the reference."
        )
    return lines


def _spread(spread: SpreadSeen) -> str:
    zones = ", ".join(f"{zone} {each:.0f} %" for zone, each in spread.zones_pct.items() if each is not None)
    where = f" ({zones})" if zones else ""
    nats = spread.lying_nats.value or 0.0
    said = f"where it bears, how it sways and how it came {'speak' if nats else 'say nothing'} for it"
    if nats:
        said += f" by {nats:+.1f} nats, {spread.lying_nats.limit:g} are needed"
    reached = (
        f"it reached {100 * (spread.effective_share.value or 0):.0f} % of the sensors, "
        f"{100 * spread.effective_share.limit:.0f} % are needed"
    )
    verdict = "lay as a body does" if spread.looks_like_trunk else "did not lie as a body does"
    upright = f" It looked like {spread.mode}." if spread.mode in ("sitting", "standing") else ""
    return f"The load {verdict}{where}: {reached}; {said}.{upright}"


def _life(life: LifeSeen, t_s: float) -> str:
    moved = (
        "" if life.moved_s is None or math.isinf(life.moved_s) else f" It last moved about {t_s - life.moved_s:.0f} s before."
    )
    found = ", ".join(f"{name.replace('_', ' ')} {nats:+.1f}" for name, nats in life.evidence.items() if abs(nats) >= 0.05)
    swing = life.swing_pct
    last = f"the last window swung {swing.value:.3f} % of the load, {swing.limit:.3f} % are needed" if swing.value else ""
    return (
        f"Life was looked for: the evidence is {life.nats.value:+.1f} nats ({found or 'none yet'}"
        f"{'; ' + last if last else ''}). From {life.nats.limit:+.1f} on it is a person.{moved} "
        f"With {life.withdraw_nats:.1f} or less after {life.confirm_within_s:g} s at rest it is withdrawn, "
        "in between it stays open."
    )


def _balance(seen: Explanation) -> list[str]:
    lines = []
    if seen.lateral is not None:
        side = "right" if seen.lateral > 0 else "left"
        balance = f"{abs(seen.lateral):.0f} of 100 to the mat's {side}" if round(seen.lateral) else "even"
        how = "after calibration" if seen.calibrated else "before any calibration"
        lines.append(f"The balance was {balance}; lopsided is reported from {seen.lopsided_limit:g} on ({how}).")
    if seen.lying and seen.moved_pct.value is not None:
        verdict = "still" if seen.moved_pct.value < seen.moved_pct.limit else "not still"
        lines.append(
            f"In the last whole epoch the load moved by {seen.moved_pct.value:.1f} %: "
            f"{verdict}, the limit being {seen.moved_pct.limit:g} %."
        )
    return lines


def _session(seen: Explanation) -> list[str]:
    if seen.session_id is None or seen.session_since_s is None:
        return ["No session was open."]
    lifts = f", with {seen.lifts} lift(s)" if seen.lifts else ""
    waits = "" if seen.lying else f" It ends when nobody comes back within {seen.merge_s:g} s."
    return [f"Session {seen.session_id} was open since {seen.session_since_s:.1f} s{lifts}.{waits}"]


def _baseline(seen: Explanation) -> list[str]:
    known = [each.baseline_us for each in seen.sensors if each.baseline_us is not None]
    origin = ORIGINS.get(seen.baseline_origin, seen.baseline_origin)
    if not known:
        return [f"The baseline was {origin}."]
    held = " Most sensors read nothing at once, so their supply seems to be gone." if seen.no_supply else ""
    return [f"The baseline was {origin}: {min(known):.1f} to {max(known):.1f} microsiemens a sensor.{held}"]


def _sensors(sensors: Sequence[SensorSeen]) -> list[str]:
    out = [
        f"Sensor {each.name} was left out: {each.condition.text or 'it gave no reading'}"
        if each.us is None or each.condition.code != "ok"
        else f"Sensor {each.name} was at the end of its range."
        for each in sensors
        if each.us is None or each.condition.code != "ok" or each.saturated
    ]
    shares = [f"{each.name} {each.share_pct:.0f} %" for each in sensors if each.share_pct is not None]
    return [*out, *([f"Load by sensor: {', '.join(shares)}."] if shares else [])]


def _transitions(moment: FrameView) -> list[str]:
    if not moment.events:
        return ["Nothing had been reported before."]
    return ["Last events:", *(_event_line(each, moment.t_s) for each in moment.events[-LAST_EVENTS:])]


def _event_line(event: Event, now_s: float) -> str:
    edge = "" if event.edge_mono_s is None else f", began at {event.edge_mono_s:.1f} s"
    when = f"{event.t_mono_s:.1f} s ({now_s - event.t_mono_s:.1f} s before)"
    return f"  {when}: {event.event_type} [{event.reason}{edge}] {event.text}{numbers_of(event.numbers)}"


def _at(t_s: float | None) -> str:
    return "an unknown time" if t_s is None else f"{t_s:.1f} s"
