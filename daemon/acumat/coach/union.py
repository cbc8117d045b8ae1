"""Joins the present safety state and that of a backup: neither makes the other less strict."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from acumat.coach.moment import Moment, Stamp
from acumat.coach.restore import earlier_exposure, same_stop
from acumat.coach.rules import LONGEST_CAP_S, STOPS_LIMIT, STOPS_WITHIN_S
from acumat.coach.safety import STOPS_KEPT, Exposure, PersonSafety, Safety
from acumat.coach.screening import Screening


def union(
    stored: Safety,
    present: Safety,
    now: Moment,
    *,
    latest_cap_min: int,
    cap_min: int | None,
    strangers: Collection[int | None] = (),
) -> Safety:
    """`stored` comes from the backup with its people, `present` is the state of this mat. The result is newer than either.

    `latest_cap_min` is the cap configured from now on, `cap_min` the one in the present configuration file (None: none).
    `strangers` are present people who differ from those of the same number in `stored`.
    """
    found: dict[int | None, PersonSafety] = {stored.person: stored.mine, **dict(stored.others.items())}
    for person, theirs in ((present.person, present.mine), *present.others.items()):
        known = person in found
        mine = person if known else stored.person
        same = person not in strangers and (known or person in (None, present.person))
        found[mine] = _stricter(found[mine], theirs if same else replace(theirs, screening=Screening()), now)
        if not same and theirs.screening.concern(now) == "advice":  # nobody knows whose answers these are
            found[mine] = replace(found[mine], screening=Screening())
    caps = [each for each in (stored.cap_min, present.cap_min, cap_min) if each is not None and each < latest_cap_min]
    safety = found.pop(stored.person)
    return Safety(
        revision=max(stored.revision, present.revision) + 1,
        stops=safety.stops,
        professional=safety.professional,
        screening=safety.screening,
        rest_day=safety.rest_day,
        cap_min=min(caps, default=None),
        exposure=_exposure(stored.exposure, present.exposure, now),
        person=stored.person,
        others={person: each for person, each in found.items() if person is not None},
    )


def _exposure(stored: Exposure | None, present: Exposure | None, now: Moment) -> Exposure | None:
    """Who lies there is known here. Only a backup that is no older than the latest cap may know an earlier beginning."""
    if stored is None or present is None or stored.seconds(now) > LONGEST_CAP_S:
        return present
    return earlier_exposure(stored, present, now)


def _stricter(one: PersonSafety, other: PersonSafety, now: Moment) -> PersonSafety:
    missed = tuple(stop for stop in other.stops if not any(same_stop(stop, known) for known in one.stops))
    # one that nobody can date may be the latest of all
    stops = tuple(sorted((*one.stops, *missed), key=lambda stop: stop.age_s(now) or 0.0, reverse=True))
    recent = sum(not stop.over(STOPS_WITHIN_S, now) for stop in stops)
    return PersonSafety(
        stops=stops[-STOPS_KEPT:],
        professional=one.professional or other.professional or (bool(missed) and recent >= STOPS_LIMIT),
        screening=_newer(one.screening, other.screening, now),
        rest_day=max((day for day in (one.rest_day, other.rest_day) if day is not None), default=None, key=date.toordinal),
    )


def _newer(one: Screening, other: Screening, now: Moment) -> Screening:
    """The later answers; if that cannot be known, those that prevent guidance."""
    if one.answered is None or other.answered is None:
        return one if other.answered is None else other
    later = _is_later(one.answered, other.answered)
    if later is None:
        return one if one.concern(now) is not None else other
    return one if later else other


def _is_later(one: Stamp, other: Stamp) -> bool | None:
    if one.boot == other.boot:
        return one.mono_s >= other.mono_s
    return one.wall_s >= other.wall_s if one.known and other.known else None
