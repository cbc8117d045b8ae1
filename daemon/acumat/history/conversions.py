"""Converts rows of the history to the form of an export, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acumat.contract.documents import rfc3339, rounded
from acumat.contract.sessions import SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.forms import CheckInForm, SessionForm, StepForm, wall_s
from acumat.history.people import UNKNOWN_NAME
from acumat.history.rows import SessionRow, StepRow

DIGITS = 3
"""Digits of a number; a mean needs no more, and rounding again changes nothing."""


def session_form(row: SessionRow, people: Mapping[int, str]) -> SessionForm:
    """A stored session in the form of an export."""
    record = row.record
    return SessionForm(
        record.session_id,
        rfc3339(row.start_wall_s),
        rfc3339(row.end_wall_s),
        row.zone,
        row.dated,
        number(record.contact_s) or 0.0,
        record.lifts,
        record.end_reason,
        number(record.load),
        number(record.lateral),
        number(record.head_foot),
        number(record.evenness),
        record.recovered,
        record.guest,
        person_name(row.person, people),
        row.source,  # type: ignore[arg-type]
        moment(row.edited_wall_s),
        row.profile,
        row.guessed,
    )


def session_of(form: SessionForm, session_no: int, person_id: Callable[[str | None], int | None]) -> SessionRow:
    """An imported session, under this number. Its monotonic times only show its length."""
    start_s, end_s = wall_s(form.started_at), wall_s(form.ended_at)
    record = SessionRecord(
        form.session_id,
        0.0,
        end_s - start_s,
        form.contact_s,
        form.lifts,
        form.end_reason,
        form.load,
        form.lateral,
        form.head_foot,
        form.evenness,
        recovered=form.recovered,
        guest=form.guest,
    )
    return SessionRow(
        session_no,
        record,
        start_s,
        end_s,
        form.profile,
        form.clock_known,
        person=person_id(form.person),
        zone=form.zone,
        source=form.source,
        edited_wall_s=None if form.edited_at is None else wall_s(form.edited_at),
        guessed=form.guessed,
    )


def check_in_form(row: CheckInRow, people: Mapping[int, str]) -> CheckInForm:
    """A stored check-in in the form of an export."""
    return CheckInForm(
        rfc3339(row.wall_s),
        row.zone,
        row.dated,
        row.moment,  # type: ignore[arg-type]
        row.session_id,
        row.calm,
        row.discomfort,
        person_name(row.person, people),
        row.source,  # type: ignore[arg-type]
        moment(row.edited_wall_s),
        row.alertness,
        row.sleep,
        row.warm,
        row.heavy,
        row.tingling,
        row.red,
        row.tight,
    )


def check_in_of(form: CheckInForm, person_id: Callable[[str | None], int | None]) -> CheckInRow:
    """An imported check-in."""
    return CheckInRow(
        form.moment,
        wall_s(form.at),
        0.0,
        form.calm,
        form.discomfort,
        form.session_id,
        person_id(form.person),
        form.clock_known,
        form.zone,
        form.source,
        None if form.edited_at is None else wall_s(form.edited_at),
        form.alertness,
        form.sleep,
        form.warm,
        form.heavy,
        form.tingling,
        form.red,
        form.tight,
    )


def step_form(row: StepRow, people: Mapping[int, str]) -> StepForm:
    """A stored step of the programme in the form of an export."""
    return StepForm(
        rfc3339(row.wall_s),
        row.reason,
        row.text,
        row.from_min,
        row.to_min,
        row.from_clothing,
        row.to_clothing,
        person_name(row.person, people),
    )


def step_of(form: StepForm, person_id: Callable[[str | None], int | None]) -> StepRow:
    """An imported step."""
    return StepRow(
        wall_s(form.at),
        0.0,
        form.reason,
        form.text,
        form.from_min,
        form.to_min,
        form.from_clothing,
        form.to_clothing,
        person_id(form.person),
    )


def shallow(form: Any) -> dict[str, Any]:  # noqa: ANN401  a form
    """The fields by their names, like asdict, which takes ten times as long."""
    return {name: getattr(form, name) for name in form.__dataclass_fields__}


def number(value: float | None) -> float | None:
    """Rounded to the digits of an export."""
    return rounded(value, DIGITS)


def moment(at_s: float | None) -> str | None:
    """An optional time."""
    return None if at_s is None else rfc3339(at_s)


def person_name(person: int | None, people: Mapping[int, str]) -> str | None:
    """The name of a person; None for the one owner. Without a name it is somebody unknown."""
    return None if person is None else people.get(person, UNKNOWN_NAME)


def plain(value: Any) -> Any:  # noqa: ANN401  what a form holds
    """A value of a form in one field of a table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
