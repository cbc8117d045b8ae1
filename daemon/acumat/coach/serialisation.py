"""The coach's state as one JSON document with a version, as the store holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from acumat.coach.cues import CUES, GuidedSession
from acumat.coach.journal import Last, Standing
from acumat.coach.moment import Stamp, parsed_or_none
from acumat.coach.parse import DAMAGED, flag, mapping, number, text, whole
from acumat.coach.programme import Clothing, Programme
from acumat.coach.safety import NUMBER_MOST, Exposure, Safety, safety_from_values, safety_values, screening_from_values
from acumat.coach.state import CoachState
from acumat.contract.events import EventType
from acumat.strict_json import read_json

DOCUMENT = "routine"
"""Its name in the store."""
VERSION = 2
MOST = 1_000_000
"""No count and no number of seconds of a session is above."""
REVISION_1 = 1_000_000
"""Version 1 counted no revisions: above every count of a run that could not read it."""
RUN_KEYS = ("journals", "asked", "pacer", "empty", "emptied", "readable")
"""Fields of a run that are not stored; the journals are a document of their own."""
PEOPLE_KEYS = ("person", "others", "named", "chosen", "guess")
"""Fields that exist only if people are set up."""


def to_text(state: CoachState, at: Stamp | None = None) -> str:
    """The state as it is stored at that moment."""
    left_out = RUN_KEYS if state.person is not None else (*RUN_KEYS, *PEOPLE_KEYS)
    values = {name: value for name, value in asdict(replace(state, journals={})).items() if name not in left_out}
    stamp = None if at is None else asdict(at)
    return json.dumps(
        {"version": VERSION, "kept": stamp, **values, "safety": safety_values(state.safety)},
        separators=(",", ":"),
        allow_nan=False,
    )


def from_text(document: str, boot: str = "") -> CoachState:
    """The stored state, as it holds in this boot. Raises ValueError, which quotes nothing of the document."""
    try:
        values = mapping(read_json(document))
        version = whole(values["version"], 0, 2**31)
        if version in (1, VERSION):
            safety = _safety_1(values) if version == 1 else safety_from_values(values["safety"])
            return _state(values, safety.in_boot(boot, parsed_or_none(values.get("kept"))))
    except DAMAGED as exc:
        raise ValueError(f"it is damaged ({type(exc).__name__})") from None
    raise ValueError(f"its version is {version}, and this acumat knows {VERSION}")


def _state(values: Mapping[str, Any], safety: Safety) -> CoachState:
    guide = values["guide"]
    state = CoachState(
        safety=safety,
        guide=None if guide is None else _guide(mapping(guide)),
        drop=parsed_or_none(values["drop"]),
        missing=parsed_or_none(values["missing"]),
        why=None if values["why"] is None else text(values["why"]),
        **_people(values, safety),
    )
    return state.with_standing(standing(values))


def standing(values: Mapping[str, Any]) -> Standing:
    """A person's progress. Raises ValueError and others of DAMAGED."""
    last = values["last"]
    return Standing(
        programme=_programme(mapping(values["programme"])),
        last=None if last is None else _last(mapping(last)),
        counted=parsed_or_none(values["counted"]),
        pause_weeks=whole(values["pause_weeks"], 0, MOST),
        cool_down=parsed_or_none(values["cool_down"]),
        question=parsed_or_none(values["question"]),
        note=None if values["note"] is None else text(values["note"]),
        lain=None if values.get("lain") is None else text(values["lain"]),  # acumat 0.2 stored none
    )


def _people(values: Mapping[str, Any], safety: Safety) -> dict[str, Any]:
    """The present person, and the progress of the others. Empty if no people are set up."""
    if values.get("person") is None:
        return {}
    others = {person_number(key): standing(mapping(each)) for key, each in mapping(values["others"]).items()}
    if safety.person != values["person"]:
        raise ValueError("its people do not fit each other")
    return {
        "person": whole(values["person"], 0, NUMBER_MOST),
        "others": others,
        "named": parsed_or_none(values["named"]),
        "chosen": flag(values["chosen"]),
        "guess": None if values["guess"] is None else whole(values["guess"], 0, NUMBER_MOST),
    }


def person_number(key: str) -> int:
    """The number that is the key of an object. Raises ValueError."""
    return whole(int(key), 0, NUMBER_MOST)


def _programme(values: Mapping[str, Any]) -> Programme:
    chosen = values["chosen"]
    return Programme(
        minutes=whole(values["minutes"], 1, MOST),
        clothing=Clothing(values["clothing"]),
        credited=whole(values["credited"], 0, MOST),
        comfortable=whole(values["comfortable"], 0, MOST),
        chosen=None if chosen is None else whole(chosen, 1, MOST),
    )


def _guide(values: Mapping[str, Any]) -> GuidedSession:
    planned_min, cue, doze_s = values["planned_min"], values["cue"], values["doze_s"]
    known = None if cue is None else EventType(cue)
    if known is not None and known not in CUES:
        raise ValueError("not a cue")
    flags = {name: flag(values[name]) for name in ("credits", "stopped", "symptom", "dropped", "backed", "guest")}
    return GuidedSession(
        text(values["session_id"]),
        Stamp.parsed(values["started"]),
        None if planned_min is None else whole(planned_min, 1, MOST),
        cue=known,
        contact_s=number(values["contact_s"], 0.0, MOST),
        doze_s=None if doze_s is None else number(doze_s, 0.0, MOST),
        **flags,
    )


def _last(values: Mapping[str, Any]) -> Last:
    flags = {name: flag(values[name]) for name in ("credits", "done", "backed", "settled")}
    return Last(text(values["session_id"]), Stamp.parsed(values["ended"]), whole(values["planned_min"], 0, MOST), **flags)


def _safety_1(values: Mapping[str, Any]) -> Safety:
    """The safety state as acumat 0.2 stored it: beside the rest, and the cap with the session."""
    rest_day, cap_min = values["rest_day"], values.get("cap_min")
    return Safety(
        revision=REVISION_1,
        stops=tuple(Stamp.parsed(stop) for stop in values["stops"]),
        professional=flag(values["professional"]),
        screening=screening_from_values(values["screening"]),
        rest_day=None if rest_day is None else date.fromisoformat(rest_day),
        cap_min=None if cap_min is None else whole(cap_min, 1, MOST),
        exposure=_exposure_1(values["guide"], values.get("unseen")),
    )


def _exposure_1(guide: Mapping[str, Any] | None, unseen: Mapping[str, Any] | None) -> Exposure | None:
    if guide is not None:
        return Exposure(
            Stamp.parsed(guide.get("lain") or guide["started"]),
            confirmed=True,
            guided=guide["planned_min"] is not None,
            alarmed=guide["cue"] == EventType.CUE_CAP,
            quiet=flag(guide["quiet"]),
        )
    return None if unseen is None else Exposure(Stamp.parsed(unseen["since"]), confirmed=True, guided=True)
