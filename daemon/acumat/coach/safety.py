"""The safety state, which protects the person. It survives sessions, processes and an unreadable history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from acumat.coach.moment import Moment, Stamp, parsed_or_none
from acumat.coach.parse import DAMAGED, flag, mapping, number, whole
from acumat.coach.rules import CAP_RANGE_MIN, STOPS_LIMIT, STOPS_WITHIN_S
from acumat.coach.screening import QUESTIONS, Answer, Screening
from acumat.strict_json import read_json

STOPS_KEPT = 5
VERSION = 1
LONGEST_S = 1e9
NUMBER_MOST = 1 << 40
"""Largest number of a person."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Somebody has lain on the mat since then, and nobody has seen it empty for long enough to say that they are up.

    `before_s`: so much of it has surely passed in earlier boots, `entered` is the first look at the mat in the last boot (None:
    it is the boot in which it began, or there was no look yet). `confirmed`: a person was found, not a thing. `guided`: a plan
    was begun in it, `stopped`: the person has ended it. `alarmed`: the alarm has come; `quiet`: the person has ended it, or
    reported a symptom. `up`: they were seen to get up, and nobody has lain there since, though the mat was not empty for long.
    """

    since: Stamp
    before_s: float = 0.0
    confirmed: bool = False
    guided: bool = False
    alarmed: bool = False
    quiet: bool = False
    up: bool = False
    stopped: bool = False
    entered: Stamp | None = None

    @property
    def sounding(self) -> bool:
        """Whether the alarm is on."""
        return self.alarmed and not self.quiet

    def seconds(self, now: Moment) -> float:
        """How long it has lasted, or the certain part of that if the gap between two boots cannot be dated."""
        if self.since.boot == now.boot:
            return max(0.0, now.mono_s - self.since.mono_s)
        return max(self.before_s + self._in_boot_s(now.boot, now.mono_s), self.since.age_s(now) or 0.0)

    def looked(self, now: Moment) -> Exposure:
        """The same once the mat has been looked at in this boot."""
        known = self.since.boot == now.boot or (self.entered is not None and self.entered.boot == now.boot)
        return self if known else replace(self, entered=Stamp.at(now))

    def over_boot(self, stored: Stamp) -> Exposure:
        """The boot in which it was stored last has ended, at that moment at the earliest."""
        return replace(self, before_s=self.before_s + self._in_boot_s(stored.boot, stored.mono_s))

    def _in_boot_s(self, boot: str, mono_s: float) -> float:
        """How much of it has surely passed in this boot up to then."""
        first = next((each for each in (self.since, self.entered) if each is not None and each.boot == boot), None)
        return 0.0 if first is None else max(0.0, mono_s - first.mono_s)

    def redated(self, now: Moment) -> Exposure:
        """The same after the clock was set in the boot that it began in."""
        return replace(self, since=self.since.redated(now)) if self.since.boot == now.boot else self


@dataclass(frozen=True, slots=True)
class PersonSafety:
    """The safety state of a person while the routine is about somebody else; see Safety."""

    stops: tuple[Stamp, ...] = ()
    professional: bool = False
    screening: Screening = field(default_factory=Screening)
    rest_day: date | None = None

    def redated(self, now: Moment) -> PersonSafety:
        """The same after the clock was set."""
        return replace(
            self, stops=tuple(stop.redated(now) for stop in self.stops), screening=_redated_screening(self.screening, now)
        )


@dataclass(frozen=True, slots=True)
class Safety:
    """The whole safety state; `revision` grows with each change.

    `stops` are the last symptoms; `professional`: there were too many, and no advice has been taken since. `rest_day` is a day
    without guidance, `cap_min` an earlier cap than the configured one, `exposure` somebody who lies there or may do so.

    `person` is the number of whom `stops` to `rest_day` are, None where no people are set up; `others` has theirs by number.
    Cap and exposure belong to the mat, and so does the pause after a symptom: `last_stop` is anybody's.
    """

    revision: int = 0
    stops: tuple[Stamp, ...] = ()
    professional: bool = False
    screening: Screening = field(default_factory=Screening)
    rest_day: date | None = None
    cap_min: int | None = None
    exposure: Exposure | None = None
    person: int | None = None
    others: Mapping[int, PersonSafety] = field(default_factory=dict)

    @property
    def all_stops(self) -> tuple[Stamp, ...]:
        """The last symptoms of everybody."""
        return (*self.stops, *(stop for each in self.others.values() for stop in each.stops))

    @property
    def mine(self) -> PersonSafety:
        """The safety state of the person whom the routine is about."""
        return PersonSafety(self.stops, self.professional, self.screening, self.rest_day)

    def about(self, person: int | None, safety: PersonSafety, others: Mapping[int, PersonSafety]) -> Safety:
        """The safety state with the routine about this person."""
        return self.changed(
            person=person,
            others=others,
            stops=safety.stops,
            professional=safety.professional,
            screening=safety.screening,
            rest_day=safety.rest_day,
        )

    def changed(self, **values: Any) -> Safety:  # noqa: ANN401  its fields
        """The safety state with new values: the next revision, if they differ."""
        if all(getattr(self, name) == value for name, value in values.items()):
            return self
        return replace(self, **values, revision=self.revision + 1)

    def suffered(self, stop: Stamp, now: Moment) -> Safety:
        """One more symptom: twice within a fortnight calls for a professional."""
        recent = sum(not each.over(STOPS_WITHIN_S, now) for each in self.stops) + 1
        return self.changed(stops=(*self.stops, stop)[-STOPS_KEPT:], professional=self.professional or recent >= STOPS_LIMIT)

    def redated(self, now: Moment) -> Safety:
        """The same after the clock was set."""
        return self.changed(
            stops=tuple(stop.redated(now) for stop in self.stops),
            screening=_redated_screening(self.screening, now),
            exposure=None if self.exposure is None else self.exposure.redated(now),
            others={person: each.redated(now) for person, each in self.others.items()},
        )

    def in_boot(self, boot: str, stored: Stamp | None) -> Safety:
        """As it holds in this boot, for what was stored at that moment."""
        if self.exposure is None or stored is None or stored.boot == boot:
            return self
        return replace(self, exposure=self.exposure.over_boot(stored))


def _redated_screening(screening: Screening, now: Moment) -> Screening:
    return replace(screening, answered=None if screening.answered is None else screening.answered.redated(now))


def safety_values(safety: Safety) -> dict[str, Any]:
    """The state in JSON's types. Without people, the keys about people are left out."""
    values = {**asdict(safety), "rest_day": _day_text(safety.rest_day)}
    others = values.pop("others")
    if safety.person is None:
        values.pop("person")
        return values
    shown = {str(person): {**each, "rest_day": _day_text(each["rest_day"])} for person, each in others.items()}
    return {**values, "others": shown}


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def safety_from_values(values: Any) -> Safety:  # noqa: ANN401  whatever a document holds
    """As it was stored. Raises ValueError and others of DAMAGED."""
    found = mapping(values)
    cap_min, exposure, person = found["cap_min"], found["exposure"], found.get("person")
    others = mapping(found.get("others", {}))
    mine = _person_safety(found)
    return Safety(
        revision=whole(found["revision"], 0, 2**53),
        stops=mine.stops,
        professional=mine.professional,
        screening=mine.screening,
        rest_day=mine.rest_day,
        cap_min=None if cap_min is None else whole(cap_min, *CAP_RANGE_MIN),
        exposure=None if exposure is None else _exposure(mapping(exposure)),
        person=None if person is None else whole(person, 0, NUMBER_MOST),
        others={whole(int(number_), 0, NUMBER_MOST): _person_safety(mapping(each)) for number_, each in others.items()},
    )


def _person_safety(found: Mapping[str, Any]) -> PersonSafety:
    rest_day = found["rest_day"]
    return PersonSafety(
        stops=tuple(Stamp.parsed(stop) for stop in found["stops"])[-STOPS_KEPT:],
        professional=flag(found["professional"]),
        screening=screening_from_values(found["screening"]),
        rest_day=None if rest_day is None else date.fromisoformat(rest_day),
    )


def screening_from_values(values: Any) -> Screening:  # noqa: ANN401  whatever a document holds
    """As it was stored. A question that is not asked any more is left out."""
    found = mapping(values)
    answers = {name: Answer(answer) for name, answer in mapping(found["answers"]).items() if name in QUESTIONS}
    return Screening(answers, parsed_or_none(found["answered"]), flag(found["advice"]))


def _exposure(values: Mapping[str, Any]) -> Exposure:
    flags = {name: flag(values[name]) for name in ("confirmed", "guided", "alarmed", "quiet", "up", "stopped")}
    before_s = number(values["before_s"], 0.0, LONGEST_S)
    return Exposure(Stamp.parsed(values["since"]), before_s, entered=parsed_or_none(values.get("entered")), **flags)


def safety_text(safety: Safety, at: Stamp) -> str:
    """As it is stored apart from the history, with the moment at which it is."""
    values = {"version": VERSION, "kept": asdict(at), "safety": safety_values(safety)}
    return json.dumps(values, separators=(",", ":"), allow_nan=False)


def without_answers(text: str, person: int | None = None) -> str:
    """The safety file's text without the answers about health, of all or of one person.

    Raises ValueError, which quotes nothing of it.
    """
    try:
        kept = Stamp.parsed(mapping(read_json(text))["kept"])
    except DAMAGED as exc:
        raise ValueError(f"it is damaged ({type(exc).__name__})") from None
    return safety_text(answerless(safety_from_text(text, kept.boot), person), kept)


def answerless(safety: Safety, person: int | None = None) -> Safety:
    """Without the answers of everybody, or of this person."""
    others = {
        number_: replace(each, screening=Screening()) if person in (None, number_) else each
        for number_, each in safety.others.items()
    }
    screening = Screening() if person in (None, safety.person) else safety.screening
    return safety.changed(screening=screening, others=others)


def safety_from_text(text: str, boot: str) -> Safety:
    """The state from the safety file, with its times in this boot. Raises ValueError, which quotes nothing of it."""
    try:
        values = mapping(read_json(text))
        version = whole(values["version"], 0, 2**31)
        if version == VERSION:
            return safety_from_values(values["safety"]).in_boot(boot, Stamp.parsed(values["kept"]))
    except DAMAGED as exc:
        raise ValueError(f"it is damaged ({type(exc).__name__})") from None
    raise ValueError(f"it was written by another version of acumat (format {version})")
