"""The command-line definitions of `acumat history` and `acumat report`, and the arguments of each action."""

from __future__ import annotations

from pathlib import Path

from acumat.cli.table import CONFIG, Command, a_file_or_stream, argument, flag
from acumat.commands.history_table import BY, FORMATS, LAST_MOST, MINUTES_MOST

OPTIONS_OF: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": ("", ("last", "by", "person", "day")),
    "show": ("a session's id or number", ()),
    "add": ("", ("at", "minutes", "guest", "moment", "calm", "discomfort")),
    "edit": ("the id of a session or a check-in", ("at", "minutes", "guest", "moment", "calm", "discomfort")),
    "delete": ("the id of a session or a check-in", ()),
    "export": ("the file to write, or - for standard output", ("format",)),
    "import": ("the JSON file of an export, or - for standard input", ()),
    "forget": ("", ("all", "before", "person", "yes")),
    "assign": ("a session's id or number", ("person",)),
    "helped": ("", ("person",)),
}
"""The subject and the options of each action."""

HISTORY = Command(
    "history",
    "history:history",
    "past sessions: list, correct, export, forget; did it help?",
    "list: the last sessions, or sums by day, week or month. show: one session with its minutes. add: a session that the mat "
    "has not measured (--at, --minutes), or a check-in (--at, --calm, --discomfort, --moment). edit, delete: a session, or a "
    "check-in such as c12. export: everything as JSON, a table as CSV, or line protocol. import: such a JSON. In both the file "
    "may be - for standard output or input. forget: without a trace. assign: say whose a session was (assign ID NAME). helped: "
    "what your answers show over time, and what is not known. A running daemon does it, else the command itself.",
    (
        argument("action", choices=list(OPTIONS_OF), help="what to do"),
        argument("what", nargs="?", metavar="ID|FILE", help="the session, check-in or file that it is about"),
        argument("who", nargs="?", metavar="NAME", help="with assign: whose session it was, or unknown"),
        argument("--last", type=int, metavar="N", help=f"with list: how many, at most {LAST_MOST}"),
        argument("--by", choices=list(BY), help="with list: a row for each"),
        argument("--day", metavar="DAY", help="with list: sessions of this day, such as 2026-11-24"),
        argument("--at", metavar="TIME", help="with add, edit: '2026-11-24 22:31', local unless it names a zone"),
        argument("--minutes", type=float, metavar="N", help=f"with add, edit: minutes on the mat, at most {MINUTES_MOST}"),
        argument("--guest", choices=["yes", "no"], help="with add, edit: whether it was somebody else"),
        argument("--moment", choices=["before", "after"], help="with add, edit: when the check-in was given"),
        argument("--calm", type=int, metavar="1-5", help="with add, edit: 1: not at all, 5: very"),
        argument("--discomfort", type=int, metavar="0-10", help="with add, edit: 0: none, 10: the worst"),
        argument("--format", choices=list(FORMATS), help="with export: default json"),
        flag("--all", "with forget: everything", "all"),
        argument("--before", metavar="TIME", help="with forget: everything before that time"),
        argument("--person", metavar="NAME", help="with list, forget: of this person alone"),
        flag("--yes", "with forget: do it; it cannot be taken back"),
        flag("--json", "the whole answer as JSON", "as_json"),
        CONFIG,
    ),
)

REPORT = Command(
    "report",
    "report:report",
    "the history as one HTML file, to read and to print",
    "Write one HTML file that needs nothing else: minutes by day, calm before and after, balance, evenness, settling, breath, "
    "the programme with its reasons, and what is known and what is not. Behind each plot is its table. A running daemon gives "
    "the history, else the command reads it itself. The file stays on this machine until you pass it on.",
    (
        argument(
            "-o",
            "--output",
            type=a_file_or_stream,
            default=Path("acumat-report.html"),
            metavar="FILE",
            dest="target",
            help="the file to write, or - for standard output (default acumat-report.html)",
        ),
        argument(
            "--from", metavar="DAY", dest="first", help="begin with this day, such as 2026-11-01 (default: the first session)"
        ),
        argument("--to", metavar="DAY", dest="last", help="end with this day (default: today)"),
        argument("--person", metavar="NAME", help="the report of this person (default: the owner)"),
        argument(
            "--of",
            type=a_file_or_stream,
            metavar="FILE",
            help="of this JSON export, or - for standard input (default: the history)",
        ),
        flag("--rhythm", "with how regularly you lie on the mat"),
        flag("--force", "overwrite a file that is no report"),
        CONFIG,
    ),
)
