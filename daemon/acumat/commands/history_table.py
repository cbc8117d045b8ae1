"""The commands about the history. They come over the control socket alone: what is stored of people stays on the machine."""

from __future__ import annotations

from functools import partial

from acumat.commands.arguments import Argument, Choice, Flag, Number, Text
from acumat.commands.spec import about_stored
from acumat.contract.commands import CommandName

LOCAL = "What is stored of people stays on the machine: ask there with acumat history."
LAST_MOST = 1000
"""Rows of one answer: a year of two sessions a day, and it stays below the size of an answer."""
MINUTES_MOST = 1440
BY = ("session", "day", "week", "month")
FORMATS = ("json", "sessions", "check-ins", "lines")
LAST = Number(key="last", help="How many, the last ones.", least=1, most=LAST_MOST, whole=True, default=30)
ID = Text(key="id", help="A session's id or number, or a check-in such as c12.", required=True)
AT = Text(key="at", help="When it began, as RFC 3339 with its zone.")
WHAT: tuple[Argument, ...] = (
    Number(key="minutes", help="Minutes of contact of a session.", least=1, most=MINUTES_MOST),
    Flag(key="guest", help="Whether it was somebody else's session."),
    Choice(key="moment", help="Whether a check-in was before or after a session.", choices=("before", "after")),
    Number(key="calm", help="How calm you felt.", least=1, most=5, whole=True),
    Number(key="discomfort", help="How uncomfortable it was.", least=0, most=10, whole=True),
)


_history = partial(about_stored, local_only=LOCAL)

HISTORY = (
    _history(
        CommandName.HISTORY_LIST,
        "Lists sessions with their check-ins, or sums of them.",
        LAST,
        Choice(key="by", help="One row for each.", choices=BY, default="session"),
        Text(key="person", help="Those of this person."),
        Text(key="day", help="Sessions of this day alone, such as 2026-11-24."),
        reads=True,
    ),
    _history(CommandName.HISTORY_SHOW, "Gives all that is stored of a session.", ID, reads=True),
    _history(
        CommandName.HISTORY_ADD,
        "Adds a session that the mat has not measured, or a check-in.",
        Text(key="at", help=AT.help, required=True),
        Text(key="id", help="The session of a check-in; without it the one around that time."),
        *WHAT,
    ),
    _history(CommandName.HISTORY_EDIT, "Corrects a session or a check-in; its record says so.", ID, AT, *WHAT),
    _history(CommandName.HISTORY_DELETE, "Takes out a session with all that belongs to it, or a check-in.", ID),
    _history(
        CommandName.HISTORY_EXPORT,
        "Writes the history into the file that comes with the request.",
        Choice(key="format", help="Everything as JSON, a table as CSV, or line protocol.", choices=FORMATS, default="json"),
        reads=True,
    ),
    _history(CommandName.HISTORY_IMPORT, "Takes back the JSON export in the file that comes with the request."),
    _history(
        CommandName.HISTORY_FORGET,
        "Forgets what is stored of people, without a trace.",
        Flag(key="everything", help="Everything.", default=False),
        Text(key="before", help="What was before this time, as RFC 3339 with its zone."),
        Text(key="person", help="What is of this person."),
    ),
    _history(
        CommandName.HISTORY_ASSIGN,
        "Says whose a session was; the programmes are worked out anew.",
        Text(key="id", help="A session's id or number.", required=True),
        Text(key="person", help="A person's name, or unknown.", required=True),
    ),
    _history(
        CommandName.HISTORY_HELPED,
        "Says what the answers show over time, and what is not known.",
        Text(key="person", help="Whose answers; without it the owner's, or the only person's."),
        reads=True,
    ),
    _history(
        CommandName.HISTORY_EXPLAIN,
        "Says why the mat thought what it did at a moment.",
        Text(key="at", help="The moment, as RFC 3339 with its zone.", required=True),
        reads=True,
    ),
)
