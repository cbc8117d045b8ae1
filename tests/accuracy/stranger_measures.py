"""What `make accuracy` measures of strangers' families: one measure a family, with what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from acumat_sim.strangers import FAMILIES
from tests.accuracy.corpora import every
from tests.accuracy.document import FAMILY
from tests.accuracy.figures import percentile
from tests.accuracy.report import Report, Row, count_row
from tests.accuracy.runner import Runner
from tests.accuracy.stranger_trials import StrangerTrial, trial

FULL, OFFSET = 100, 130_000
FEWER = {"drift": 50, "empty_hours": 20}
"""Scenarios of an hour and of three."""
LATE_END_S = 5.0
"""The owner's session ends when the owner leaves: within this, whatever takes the place."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Percent at most: people lost, people withdrawn for a time, others who become a session. Seconds: confirmed, start."""

    lost_pct: float | None = None
    withdrawn_pct: float | None = None
    sessions_pct: float | None = None
    confirmed_s: float | None = None
    start_s: float | None = None


WHOLE = Asked(lost_pct=0.0, start_s=1.0)
NEVER, SELDOM = Asked(sessions_pct=0.0), Asked(sessions_pct=2.0)
ASKED: dict[str, Asked] = {
    "still": Asked(lost_pct=2.0, withdrawn_pct=2.0, confirmed_s=60.0),
    "weak_breath": Asked(lost_pct=10.0),
    "ordinary": WHOLE,
    "heavy_light": WHOLE,
    "child": Asked(lost_pct=25.0),  # a quarter of them weighs less than the 20 kg from which on children are promised
    "crosswise": WHOLE,
    "heavy_hips": WHOLE,
    "neck": Asked(),
    "legs": Asked(),
    "sits_then_lies": Asked(lost_pct=0.0),
    "at_power_up": Asked(lost_pct=0.0),
    "found_late": Asked(lost_pct=0.0),
    "loose_contact": Asked(lost_pct=0.0),
    "owner_then_dog": Asked(lost_pct=0.0),
    "standing": SELDOM,
    "sitting": SELDOM,
    "two_sit": SELDOM,
    "meditating": SELDOM,
    "kneeling": SELDOM,
    "dog": Asked(sessions_pct=20.0),
    "cat": NEVER,
    "baby": NEVER,
    "box": NEVER,
    "box_12bit": Asked(sessions_pct=1.0),
    "basket_beside_sleeper": SELDOM,
    "suitcase_shaken": SELDOM,
    "housework": NEVER,
    "drift": NEVER,
    "empty_hours": NEVER,
}
"""By family; real_breath needs recordings and is measured with them."""
WORDS = {
    "still": "people dead still",
    "weak_breath": "breath of 0.03 to 0.15 %",
    "ordinary": "people of 45 to 110 kg",
    "heavy_light": "people of 38 to 150 kg",
    "child": "children of 15 to 35 kg, sensitivity high",
    "crosswise": "across the mat",
    "heavy_hips": "heavy hips",
    "neck": "neck alone",
    "legs": "legs alone",
    "sits_then_lies": "sits, then lies",
    "at_power_up": "there at the first power-up",
    "found_late": "slides on in parts",
    "loose_contact": "with a loose contact",
    "owner_then_dog": "owner, then the dog",
    "standing": "standing barefoot",
    "sitting": "sitting",
    "two_sit": "two on the edge",
    "meditating": "cross-legged",
    "kneeling": "kneeling",
    "dog": "dogs of 20 to 35 kg",
    "cat": "cats",
    "baby": "babies",
    "box": "boxes",
    "box_12bit": "boxes, 12-bit converter",
    "basket_beside_sleeper": "basket beside a sleeper",
    "suitcase_shaken": "suitcase, footfall, washing machine",
    "housework": "housework",
    "drift": "empty, drifting",
    "empty_hours": "empty for hours",
}
"""What people call each family."""


def family(name: str, runner: Runner) -> Report:
    """One family on the layouts of each group."""
    report = Report(WORDS[name])
    full = FEWER.get(name, FULL)
    for group, dealt in runner.dealt(full, OFFSET).items():
        trials = every(trial, [(name, seed, layout) for seed, layout in dealt], runner.jobs)  # type: ignore[arg-type]
        report.rows += rows(name, group, trials, runner.named(runner.seeds(full, OFFSET)))
    return report


def rows(name: str, layout: str, trials: Sequence[StrangerTrial], seeds: str) -> list[Row]:
    """The figures of one family on one group of layouts."""
    found = people_rows if FAMILIES[name].truth == "person" else other_rows
    return [*found(name, layout, trials, seeds), *common_rows(name, layout, trials, seeds)]


def people_rows(name: str, layout: str, trials: Sequence[StrangerTrial], seeds: str) -> list[Row]:
    """Of people: found, withdrawn for a time, whole, and when."""
    asked, what = ASKED[name], WORDS[name]
    stays = sum(each.stays for each in trials)
    lost, extra = stays - sum(each.found for each in trials), sum(max(0, len(each.sessions) - each.stays) for each in trials)
    withdrawn = sum(each.withdrawn > 0 for each in trials)
    confirmed = [second for each in trials for second in each.confirmed_s]
    starts = [abs(error) for each in trials for error in each.start_errors_s]
    made = [
        Row(f"{what}: not found", layout, stays, seeds, percent(lost, stays), asked.lost_pct, "%"),
        Row(
            f"{what}: withdrawn for a time",
            layout,
            len(trials),
            seeds,
            percent(withdrawn, len(trials)),
            asked.withdrawn_pct,
            "%",
        ),
        count_row(f"{what}: false ends", layout, sum(each.false_ends for each in trials), len(trials), seeds),
        count_row(f"{what}: sessions too many", layout, extra, len(trials), seeds),
        Row(f"{what}: confirmed, p95", layout, len(confirmed), seeds, percentile(confirmed, 0.95), asked.confirmed_s, "s"),
        Row(f"{what}: start, error p95", layout, len(starts), seeds, percentile(starts, 0.95), asked.start_s, "s"),
    ]
    if name == "owner_then_dog":
        late = sum(error > LATE_END_S for each in trials for error in each.end_errors_s)
        dogs = sum(not session.guest for each in trials for session in each.sessions[each.stays :])
        made.append(count_row(f"{what}: owner's session ended over 5 s late", layout, late, len(trials), seeds))
        made.append(count_row(f"{what}: the dog in the owner's record", layout, dogs, len(trials), seeds))
    return made


def other_rows(name: str, layout: str, trials: Sequence[StrangerTrial], seeds: str) -> list[Row]:
    """Of what does not lie there as a person: sessions, and those that enter the owner's record."""
    asked, what = ASKED[name], WORDS[name]
    sessions = sum(bool(each.sessions) for each in trials)
    share = percent(sessions, len(trials))
    made = [Row(f"{what}: taken for a person", layout, len(trials), seeds, share, asked.sessions_pct, "%")]
    if FAMILIES[name].truth == "pet":
        record = sum(any(not session.guest for session in each.sessions) for each in trials)
        made.append(count_row(f"{what}: in the owner's record", layout, record, len(trials), seeds))
    hours = sum(session.end_s - session.start_s for each in trials for session in each.sessions) / 3600
    made.append(Row(f"{what}: hours of such sessions", layout, len(trials), seeds, hours, None, "h"))
    return made


def common_rows(name: str, layout: str, trials: Sequence[StrangerTrial], seeds: str) -> list[Row]:
    """Of all: how the mode was named, and whether the empty mat was told as empty."""
    what, made = WORDS[name], []
    modes, empty = sum(sum(each.modes.values()) for each in trials), sum(sum(each.empty.values()) for each in trials)
    if modes:
        wrong = sum(each.modes["wrong"] for each in trials)
        made.append(Row(f"{what}: time with a wrong mode", layout, modes, seeds, percent(wrong, modes), None, "%"))
    if empty:
        contact = empty - sum(each.empty["empty"] for each in trials)
        made.append(
            Row(f"{what}: empty for half a minute, not told so", layout, empty, seeds, percent(contact, empty), None, "%")
        )
    return made


def wrong(made: StrangerTrial) -> bool:
    """Whether a person is not found once and whole, or somebody or something else has a session in the owner's record."""
    if FAMILIES[made.family].truth == "person":
        own = [session for session in made.sessions if not session.guest]
        late = made.family == "owner_then_dog" and any(error > LATE_END_S for error in made.end_errors_s)
        return made.found < made.stays or len(own) != made.stays or made.false_ends > 0 or late
    return any(not session.guest for session in made.sessions)


def percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


MEASURES: dict[str, Callable[[Runner], Report]] = {FAMILY + name: partial(family, name) for name in ASKED}
