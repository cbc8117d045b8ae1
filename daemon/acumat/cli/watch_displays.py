"""The displays of `acumat watch`: the lines of the feed, plain lines, or a whole terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from acumat.cli.status import mat_name
from acumat.cli.terminal import Terminal
from acumat.cli.watch_screen import View, clock_of, news_lines, now_sentences, screen
from acumat.contract.documents import encode

SUMMARY_S = 60.0
"""Seconds between two lines about the state, without a screen and beside the events."""


class Display(Protocol):
    """Shows the lines of the feed."""

    def take(self, document: Mapping[str, Any]) -> None:
        """One line."""

    def away(self, why: str) -> None:
        """The daemon is away, and why."""

    def refresh(self) -> None:
        """All waiting lines have been handed over, or the terminal has changed."""


class JsonLines:
    """The feed's own lines."""

    def take(self, document: Mapping[str, Any]) -> None:
        print(encode(document))

    def away(self, why: str) -> None:
        _say_aside(why)

    def refresh(self) -> None:
        sys.stdout.flush()


class PlainLines:
    """A line for each event and answer, and one a minute for the state."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def take(self, document: Mapping[str, Any]) -> None:
        if document["kind"] == "hello":
            print(f"{mat_name(document['mat'], document['layout']['name'], document['version'])}.")
            self._next_s = 0.0
        elif document["kind"] == "frame":
            if document["t_mono_s"] >= self._next_s:
                self._next_s = document["t_mono_s"] + SUMMARY_S
                print(f"{clock_of(document['at'])}  {' '.join(now_sentences(document))}")
        else:
            for news in news_lines(document):
                print(news)

    def away(self, why: str) -> None:
        _say_aside(why)

    def refresh(self) -> None:
        sys.stdout.flush()


class Screen:
    """The whole of a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._view = View()
        self._deep = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")

    def take(self, document: Mapping[str, Any]) -> None:
        self._view.take(document)

    def away(self, why: str) -> None:
        self._view.away = why

    def refresh(self) -> None:
        columns, rows = self._terminal.size
        self._terminal.draw(screen(self._view, max(1, columns - 1), rows, deep=self._deep))


def _say_aside(text: str) -> None:
    print(f"acumat: {text}", file=sys.stderr, flush=True)
