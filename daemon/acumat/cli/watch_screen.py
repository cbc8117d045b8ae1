"""The knowledge of `acumat watch`, laid out for a screen of any size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

from acumat.cli.status import calibration_sentences, mat_name, measured_sentences, presence_sentence, problem_notes, wrapped
from acumat.cli.watch_map import LEFT, RESET, RIGHT, MatMap, framed

WIDE = 64
"""From so many columns on, the numbers are shown beside the map."""
MAP_ROWS = 18
LEAST_MAP_ROWS = 4
LEAST_MAP_WIDTH = len(RIGHT) + len(LEFT) + 3
EVENTS_KEPT = 50
NEWS = 5
"""Events shown on a screen of 24 rows."""
BOLD, DIM = "\x1b[1m", "\x1b[2m"
HINT = "q ends this."
FILLER = "\0"
"""Stands for the second column of a sign, and is not written. No text has it, for it is not printable."""


@dataclass(slots=True)
class View:
    """The last line of each kind. `away` says why no lines arrive; empty while the daemon sends."""

    hello: Mapping[str, Any] | None = None
    frame: Mapping[str, Any] | None = None
    news: deque[str] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    away: str = ""

    def take(self, document: Mapping[str, Any]) -> None:
        """Take up one line of the feed."""
        match document["kind"]:
            case "hello":
                # another start of the daemon: its sensors may be others than those of the last frame
                self.hello, self.frame, self.away = document, None, ""
            case "frame":
                self.frame = document
            case _:
                self.news.extend(map(_spaced, news_lines(document)))


def news_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A line of the feed in words, if it is to be shown."""
    match document["kind"]:
        case "event":
            yield f"{clock_of(document['at'])}  {printable(document['text'])}"
        case "answer":
            done = "" if document["ok"] else "refused: "
            yield f"{document['name']}: {done}{printable(document['text'])}"
        case "dropped":
            yield f"{document['frames'] + document['others']} lines were left out: they were not read quickly enough."


def now_sentences(frame: Mapping[str, Any]) -> Iterator[str]:
    """The state, in the sentences of `acumat status`."""
    yield presence_sentence(frame["state"]).capitalize()
    if frame["alarm"]:
        yield "The alarm is on."
    for sentence in (frame["state"]["reason_text"], *measured_sentences(frame), *calibration_sentences(frame)):
        yield printable(sentence)


def screen(view: View, columns: int, rows: int, *, deep: bool) -> list[str]:
    """The lines of the screen, with their colours: one for each row, none wider than `columns`."""
    head = [_title(view, columns), *(f"{BOLD}{line[:columns]}{RESET}" for line in wrapped(printable(view.away), columns))]
    wide = columns >= WIDE
    map_rows = min(MAP_ROWS, rows - len(head) - NEWS - 5 if wide else (rows - len(head) - 6) // 2)
    mat = _map(view, map_rows, columns, deep=deep)
    width = max(LEAST_MAP_WIDTH, mat.columns + 2) if mat is not None else 0
    picture = list(framed(mat, view.frame, min(width, columns)))
    if wide and picture:
        text = list(_text(view, columns - width - 3, len(picture)))
        body = [f"{left}   {right}" for left, right in zip(picture, text + [""] * (len(picture) - len(text)), strict=True)]
    else:
        left = max(0, rows - len(head) - len(picture) - 1)
        body = [*picture, *_text(view, columns, left - min(len(view.news) + bool(view.news), NEWS - 1, left // 2))]
    news = _news(view, columns, rows - len(head) - len(body) - 1)
    lines = [line.replace(FILLER, "") for line in (*head, *body, *news)][: rows - 1]
    return [*lines, *[""] * (rows - 1 - len(lines)), f"{DIM}{HINT[:columns]}{RESET}"]


def printable(text: str) -> str:
    """The text without control characters, which would disturb the screen."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _spaced(line: str) -> str:
    """A sign that takes two columns, with FILLER behind it: so the line is as long as it is wide."""
    return "".join(f"{sign}{FILLER}" if east_asian_width(sign) in "WF" else sign for sign in line)


def clock_of(at: str) -> str:
    """The time of day here, of a time of the feed."""
    return f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}"


def _title(view: View, columns: int) -> str:
    name = "acumat" if view.hello is None else mat_name(view.hello["mat"], view.hello["layout"]["name"], view.hello["version"])
    time = "" if view.frame is None else clock_of(view.frame["at"])
    room = columns - len(time) - 1
    if room <= 0:
        return f"{BOLD}{printable(name)[:columns]}{RESET}"
    return f"{BOLD}{printable(name)[:room]:<{room}}{RESET} {time}"


def _map(view: View, rows: int, columns: int, *, deep: bool) -> MatMap | None:
    """The map; None if there is no room or nothing to show."""
    if view.hello is None or view.frame is None or rows < LEAST_MAP_ROWS or columns < LEAST_MAP_WIDTH:
        return None
    return MatMap(view.hello["layout"], rows, columns - 2, deep=deep)


def _text(view: View, width: int, rows: int) -> Iterator[str]:
    """The state and the problems, in so many rows."""
    if view.frame is None or width <= 0:
        return
    first, *rest = map(_spaced, now_sentences(view.frame))
    sentences = [*rest, *(_spaced(printable(note)) for note in problem_notes(view.frame["problems"]))]
    lines = [f"{BOLD}{line[:width]}{RESET}" for line in wrapped(first, width)]
    lines += [line[:width] for sentence in sentences for line in wrapped(sentence, width)]
    yield from lines[:rows]


def _news(view: View, columns: int, rows: int) -> list[str]:
    """The last events, the newest at the bottom."""
    if not view.news or rows < 2:
        return []
    lines = [line[:columns] for each in view.news for line in wrapped(each, columns)][1 - rows :]
    return [f"{DIM}{' Last events '.center(columns, '─')[:columns]}{RESET}", *lines]
