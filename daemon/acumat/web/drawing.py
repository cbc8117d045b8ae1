"""A separate process that draws: it asks the daemon for sessions and writes their plots, so that the page stays small.

Standard input has the request as one line of JSON, standard output gets the plots as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from acumat.control import ANSWER_TIMEOUT_S, ask
from acumat.insight.helped import PAIRS_MOST, Rating, trend_line
from acumat.insight.measures import CALM, DISCOMFORT, Measure
from acumat.plots.bars import minutes_by_day
from acumat.plots.course import Axis, Line, by_minute, course
from acumat.plots.pairs import BeforeAfter, before_and_after
from acumat.plots.plot import Plot
from acumat.plots.wording import ENGLISH, Wording
from acumat.plots.year import year_of_days
from acumat.words import LANGUAGES, catalogue
from acumat_hw.errors import AcumatError

DAYS, MONTH = 366, 28
SESSIONS = 200
"""A hundred days of two a day; Sen's line looks at the last twelve weeks."""
WEEKS = 12
PREFIX = "plot."

Document = Mapping[str, Any]
Answered = Callable[[dict[str, Any]], Document]
"""What the daemon answers to a request. Raises AcumatError."""


class Words:
    """The words of a language for plots."""

    def __init__(self, language: str) -> None:
        texts = catalogue(language if language in LANGUAGES else LANGUAGES[0])
        self._texts = {key.removeprefix(PREFIX): text for key, text in texts.items() if key.startswith(PREFIX)}
        self.plots = Wording({key: self._texts[key] for key in ENGLISH.texts})

    def __getitem__(self, key: str) -> str:
        return self._texts[key]


def drawn(wish: Document, answered: Answered) -> list[dict[str, Any]]:
    """The requested plots, as documents. Raises AcumatError if the daemon does not give the data."""
    words = Words(str(wish.get("language")))
    plots = WISHES.get(str(wish.get("what")), _of_person)(wish, answered, words)
    return [asdict(each) for each in plots if each is not None]


def _of_session(wish: Document, answered: Answered, words: Words) -> Iterator[Plot | None]:
    minutes = _answer_to(answered, {"command": "history_show", "id": str(wish.get("id"))})["minutes"]
    axes = {
        "load": Axis(words["load.head"], 0, 120, unit="%"),
        "lateral": Axis(words["lateral.head"], -30, 30),
        "still": Axis(words["still.head"], 0, 100, unit="%"),
        "breath": Axis(words["breath.head"], 6, 18, 1),
    }
    for name, axis in axes.items():
        scale = 100.0 if name == "still" else 1.0
        values = [(each["minute"], scale * each[name]) for each in minutes if each[name] is not None]
        yield by_minute(f"minute-{name}", words[f"{name}.title"], values, axis, words.plots)


def _of_year(wish: Document, answered: Answered, words: Words) -> Iterator[Plot | None]:
    today, minutes = _days(wish, answered, DAYS)
    yield year_of_days("minutes-year", minutes, today - timedelta(days=DAYS - 1), today, words.plots)


def _days(wish: Document, answered: Answered, last: int) -> tuple[date, dict[date, float]]:
    """Today, and the minutes of each day that has any."""
    sums = _answer_to(answered, {"command": "history_list", "by": "day", "last": last, **_whose(wish)})
    return date.fromisoformat(sums["today"]), {date.fromisoformat(each["day"]): float(each["minutes"]) for each in sums["days"]}


def _whose(wish: Document) -> dict[str, str]:
    return {"person": str(wish["person"])} if wish.get("person") else {}


def _of_person(wish: Document, answered: Answered, words: Words) -> Iterator[Plot | None]:
    today, minutes = _days(wish, answered, MONTH)
    found = _answer_to(answered, {"command": "history_list", "last": SESSIONS, **_whose(wish)})["sessions"]
    sessions = [each for each in found if not each["guest"] and each["clock_known"]]
    yield minutes_by_day("minutes-days", minutes, today, MONTH, words.plots)
    for measure in (CALM, DISCOMFORT):
        yield _pairs(sessions, measure, words)
    yield _calm(sessions, today, words)
    for name, axis in (
        ("lateral", Axis(words["lateral.head"], -30, 30)),
        ("evenness", Axis(words["evenness.head"], 0.6, 1.0, 2)),
    ):
        values = [(date.fromisoformat(each["day"]), float(each[name])) for each in sessions if each[name] is not None]
        yield course(name, words[f"{name}.title"], values, axis, words.plots)


def _pairs(sessions: Sequence[Document], measure: Measure, words: Words) -> Plot | None:
    name = measure.name
    both = [(each["day"], each[f"{name}_before"], each[f"{name}_after"]) for each in sessions]
    pairs = [BeforeAfter(date.fromisoformat(day), before, after) for day, before, after in both if None not in (before, after)]
    scale = (measure.least, measure.most)
    return before_and_after(name, words[f"{name}.pairs"], words[f"{name}.head"], pairs[-PAIRS_MOST:], scale, words.plots)


def _calm(sessions: Sequence[Document], today: date, words: Words) -> Plot | None:
    """The day's last answer after a session, with Sen's line through the last twelve weeks."""
    last = {date.fromisoformat(each["day"]): float(each["calm_after"]) for each in sessions if each["calm_after"] is not None}
    values = sorted(last.items())
    tomorrow = (today + timedelta(days=1)).toordinal()
    found = trend_line([Rating(day.toordinal(), value) for day, value in values], tomorrow)
    seen = [day for day, _ in values if (today - day).days < WEEKS * 7]
    line = None
    if found is not None and len(seen) > 1:
        slope, start = found
        begin, end = ((day, start + slope * day.toordinal()) for day in (seen[0], seen[-1]))
        line = Line(begin, end, words["sen"])
    axis = Axis(words["calm.head"], CALM.least, CALM.most, line=line)
    return course("calm-days", words["calm.days"], values, axis, words.plots)


def _answer_to(answered: Answered, request: dict[str, Any]) -> Document:
    answer = answered(request)
    if not answer.get("ok"):
        raise AcumatError(str(answer.get("text")))
    return answer


WISHES = {"session": _of_session, "year": _of_year, "course": _of_person}


def main() -> int:
    """Draw the plots that standard input requests."""
    wish = json.loads(sys.stdin.readline())
    try:
        plots = drawn(wish, lambda request: ask(Path(wish["socket"]), request, ANSWER_TIMEOUT_S))
    except AcumatError as exc:
        print(exc, file=sys.stderr)
        return 1
    json.dump({"ok": True, "plots": plots}, sys.stdout, ensure_ascii=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
