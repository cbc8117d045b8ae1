"""The coach's state as one JSON document with a version, as it stands in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from acumat.coach.guide import Guide, Unseen
from acumat.coach.moment import Stamp
from acumat.coach.programme import Clothing, Programme
from acumat.coach.screening import Answer, Screening
from acumat.coach.state import CoachState, Last
from acumat.model import EventType

DOCUMENT = "routine"
"""Its name in the store."""
VERSION = 1


def to_text(state: CoachState) -> str:
    """The state as it is kept."""
    values = asdict(state)
    values["rest_day"] = None if state.rest_day is None else state.rest_day.isoformat()
    return json.dumps({"version": VERSION, **values}, separators=(",", ":"))


def from_text(text: str) -> CoachState:
    """The state that was kept. Raises ValueError for a document that cannot be read."""
    try:
        values = json.loads(text)
        version = values["version"]
        if version != VERSION:
            raise ValueError(f"its version is {version}, and this acumat knows {VERSION}")
        return _state(values)
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"it is damaged ({type(exc).__name__}: {exc})") from exc


def _state(values: Mapping[str, Any]) -> CoachState:
    programme, screening, guide, last = values["programme"], values["screening"], values["guide"], values["last"]
    return CoachState(
        programme=Programme(**{**programme, "clothing": Clothing(programme["clothing"])}),
        screening=Screening(
            {name: Answer(answer) for name, answer in screening["answers"].items()},
            _stamp(screening["answered"]),
            screening["advice"],
        ),
        stops=tuple(Stamp(**stamp) for stamp in values["stops"]),
        professional=values["professional"],
        guide=None if guide is None else _guide(guide),
        last=None if last is None else Last(**{**last, "ended": Stamp(**last["ended"])}),
        counted=_stamp(values["counted"]),
        pause_weeks=values["pause_weeks"],
        cool_down=_stamp(values["cool_down"]),
        question=_stamp(values["question"]),
        rest_day=None if values["rest_day"] is None else date.fromisoformat(values["rest_day"]),
        drop=_stamp(values["drop"]),
        missing=_stamp(values["missing"]),
        unseen=_unseen(values.get("unseen")),  # an earlier acumat knew neither of this nor of a cap of one's own
        note=values["note"],
        why=values["why"],
        cap_min=values.get("cap_min"),
    )


def _guide(values: Mapping[str, Any]) -> Guide:
    cue = None if values["cue"] is None else EventType(values["cue"])
    return Guide(**{**values, "started": Stamp(**values["started"]), "cue": cue, "lain": _stamp(values.get("lain"))})


def _unseen(values: Mapping[str, Any] | None) -> Unseen | None:
    return None if values is None else Unseen(Stamp(**values["since"]), Stamp(**values["ended"]), _stamp(values["empty"]))


def _stamp(values: Mapping[str, Any] | None) -> Stamp | None:
    return None if values is None else Stamp(**values)
