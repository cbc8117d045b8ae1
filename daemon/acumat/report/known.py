"""What is known and what is not: of this history, and of such mats."""

from __future__ import annotations

from collections.abc import Iterator

from acumat.history.forms import CheckInForm
from acumat.history.helped import NOT_KNOWN
from acumat.insight.evidence import STOP, SUMMARY
from acumat.plots.frame import counted
from acumat.report.choice import Chosen
from acumat.report.markup import listed, section, sentences

MEASURED = (
    "The mat measures load, balance, stillness and, where it is clear enough, breath. It does not know heart rate, weight in "
    "kilograms or sleep stages."
)
ABOUT = "acumat about has the studies, what is often said and not so, and who should ask a professional first."


def known_and_not(chosen: Chosen) -> str:
    """The gaps of the history, what the mat can measure, and what studies found."""
    return section("What is known and what is not", listed(_gaps(chosen)), sentences(NOT_KNOWN, MEASURED, SUMMARY, STOP, ABOUT))


def _gaps(chosen: Chosen) -> Iterator[str]:
    sessions, left_out = chosen.sessions, chosen.left_out
    total = len(sessions)
    if total:
        both = sum(_says_calm(each.before) and _says_calm(each.after) for each in sessions)
        yield f"{both} of {counted(total, 'session')} have an answer about calm before and after. The others say nothing of it."
        added = sum(each.session.source == "added" for each in sessions)
        if added:
            yield f"Entered by hand, with nothing but the minutes: {counted(added, 'session')}."
        no_breath = sum(each.course.breath is None for each in sessions)
        yield f"The breath is known in {total - no_breath} of {counted(total, 'session')}."
    if left_out.guests:
        yield f"Left out: {counted(left_out.guests, 'session')} of guests."
    if left_out.others:
        yield f"Left out: {counted(left_out.others, 'session')} of other people; --person NAME reports on one of them."
    if left_out.undated:
        yield f"Left out: {counted(left_out.undated, 'session')} whose date is not sure, since nobody had set the clock."


def _says_calm(check_in: CheckInForm | None) -> bool:
    return check_in is not None and check_in.calm is not None
