"""The answer to a request for events that a reader has missed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from acumat import __version__
from acumat.commands.events_table import PAGE_MOST
from acumat.history.questions import Answer
from acumat.history.repeats import Again


def again_answer(found: Again) -> Answer:
    """The keys that docs/mqtt.md lists."""
    present: dict[str, Any] = {"numbering": found.numbering, "last_no": found.last_no}
    if found.asked is None or found.kept is None:
        listed = [asdict(each) for each in found.numberings]
        nothing: dict[str, Any] = {"count": 0, "first_id": None, "last_id": None, "more": False, "missing": []}
        about = {"numberings": listed, "version": __version__}
        return Answer("Give after, from or to for events of these.", documents={**present, **nothing, **about})
    if found.full:
        return Answer(f"{PAGE_MOST} events already wait to be sent again; ask later.", ok=False, reason="busy")
    numbers, numbering = found.kept.numbers, found.asked.numbering
    first_id, last_id = (f"{numbering}-{numbers[end]}" if numbers else None for end in (0, -1))
    range_ = {"count": len(numbers), "first_id": first_id, "last_id": last_id, "more": found.kept.more}
    gone = sum(last - first + 1 for first, last in found.kept.missing)
    text = f"{len(numbers)} events come again; {gone} of those asked for are gone."
    return Answer(text, documents={**present, **range_, "missing": [list(each) for each in found.kept.missing]})
