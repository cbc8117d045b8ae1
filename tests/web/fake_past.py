"""What a daemon answers of the past: some sessions of one person or of two, made up by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from acumat.contract.commands import CommandName
from tests.web.fake_daemon import Line, done

TODAY = date(2026, 11, 29)
ZONE = "Asia/Tokyo"
"""Where the mat is; no browser of a test is there."""


def session(number: int, day: date, **more: Any) -> Line:
    """A session of ten minutes, at half past nine in the evening of Tokyo."""
    return {
        "number": number,
        "session_id": f"test-s{number}",
        "started_at": f"{day}T12:30:00.000Z",
        "ended_at": f"{day}T12:40:30.000Z",
        "zone": ZONE,
        "clock_known": True,
        "contact_s": 620.0,
        "lifts": 1,
        "end_reason": "got_up",
        "load": 98.4,
        "lateral": -10.0,
        "head_foot": 4.5,
        "evenness": 0.91,
        "recovered": False,
        "guest": False,
        "person": None,
        "source": "mat",
        "edited_at": None,
        "profile": {"size": "72 x 43 cm"},
        "guessed": False,
        "day": day.isoformat(),
        "calm_before": 2,
        "discomfort_before": 4,
        "calm_after": 4,
        "discomfort_after": 2,
        **more,
    }


def sessions() -> list[Line]:
    """One every other day of forty, the last one of them today."""
    return [session(40 - each, TODAY - timedelta(days=each), lateral=float(each % 9 - 4)) for each in range(38, -1, -2)]


def check_in(number: int, moment: str, **more: Any) -> Line:
    known = {
        "id": f"c{number}",
        "moment": moment,
        "session_id": "test-s40",
        "calm": None,
        "discomfort": None,
        "alertness": None,
    }
    return {
        **known,
        "sleep": None,
        "source": "mat",
        "edited_at": None,
        **dict.fromkeys(("warm", "heavy", "tingling", "red", "tight")),
        **more,
    }


def minute(number: int) -> Line:
    return {
        "minute": number,
        "load": 98.4,
        "lateral": -3,
        "head_foot": 2,
        "evenness": 0.912,
        "still": 0.9,
        "breath": None if number < 3 else 13.2,
    }


def event(event_type: str, at: str, text: str) -> Line:
    return {"id": "test-1", "event_type": event_type, "at": at, "edge_at": None, "late": False, "reason": "x", "text": text}


class Diary:
    """Answers requests about the past. `people` are the names of those who use the mat."""

    def __init__(self, *people: str) -> None:
        self.people = [
            {"number": number, "name": name, "sessions": 3, "minutes": 30.0, "guessed_sessions": 0}
            for number, name in enumerate(people, 1)
        ]
        self.sessions = sessions()
        self.check_ins = [check_in(7, "before", calm=2, discomfort=4), check_in(8, "after", calm=4, warm=True, alertness=3)]
        self.refuses: Line | None = None
        self.export = b"all of it\n"

    def answer(self, request: Line) -> Line:
        """As `FakeDaemon.answer`."""
        if self.refuses is not None:
            return self.refuses
        answers: dict[str, Callable[[], Line]] = {
            CommandName.PEOPLE_LIST: lambda: {"people": self.people},
            CommandName.HISTORY_LIST: lambda: self._list(request),
            CommandName.HISTORY_SHOW: lambda: self._show(request),
            CommandName.HISTORY_HELPED: lambda: HELPED,
            CommandName.HISTORY_EXPLAIN: lambda: explained(request),
            CommandName.HISTORY_EXPORT: lambda: self._export(request),
        }
        return {**done(request), **answers.get(request["command"], Line)()}

    def _list(self, request: Line) -> Line:
        known: Line = {"damaged": 0, "today": TODAY.isoformat(), "zone": ZONE}
        by = request.get("by", "session")
        if by == "session":
            return {**known, "sessions": [each for each in self.sessions if request.get("day") in (None, each["day"])]}
        firsts = [each["day"][:7] + "-01" if by == "month" else each["day"] for each in self.sessions]
        return {
            **known,
            f"{by}s": [
                {by: each, "sessions": firsts.count(each), "minutes": 10.3 * firsts.count(each)}
                for each in dict.fromkeys(firsts)
            ],
        }

    def _export(self, request: Line) -> Line:
        request["file"].write(self.export if request["format"] == "json" else request["format"].encode())
        request["file"].flush()
        return {"rows": 1}

    def _show(self, request: Line) -> Line:
        found = next((each for each in self.sessions if each["session_id"] == request.get("id")), None)
        if found is None:  # as a page without values may ask
            return {
                "ok": False,
                "reason": "not_found",
                "text": f"No session {request.get('id')!r} is stored; acumat history list shows their ids.",
            }
        events = [
            event("session_started", "2026-11-29T12:30:00.123Z", "A person lies there."),
            event("cue_end", "2026-11-29T12:40:00.000Z", "The planned time is over."),
        ]
        return {
            "session": found,
            "check_ins": self.check_ins,
            "minutes": [minute(each) for each in range(11)],
            "events": events,
        }


HELPED: Line = {
    "paired": {"change": "none", "pairs": 19, "better": 12, "worse": 4},
    "trend": {"change": "better", "answers": 40, "weeks": 8},
    "sessions": ["No clear change yet: in 12 of your last 19 sessions you were calmer afterwards than before, in 4 less calm."],
    "weeks": [
        "Over 8 weeks your answers about calm have moved towards calmer (40 answers).",
        "No clear change yet in your answers about sleep.",
    ],
    "together": ["Of your last 9 sessions with a note: warm after 7."],
    "rhythm": ["You lay on the mat on 14 of the last 28 days; with recent days weighing more that is 52 of 100."],
    "rhythm_of": {"points": 52, "days": 14},
    "known": ["x"],
    "not_known": ["x"],
}


def explained(request: Line) -> Line:
    sentences = [
        f"At {request['at']} the mat said lying, confirmed.",
        "It lies inside test-s40.",
        "Last events:",
        "  12:30: settled",
        "  12:31: moved",
    ]
    return {
        "at": request["at"],
        "sentences": sentences,
        "state": {},
        "session": None,
        "events": [],
        "following": None,
        "damaged": 0,
    }
