"""The command-line definitions of the commands that ask a running daemon.

Choices and ranges come from the daemon's own table of commands.
"""

from __future__ import annotations

import argparse

from acumat.cli.table import CONFIG, Command, OneOf, argument, flag
from acumat.commands.arguments import Choice, Number
from acumat.commands.table import COMMANDS, WATCH_HZ
from acumat.contract.commands import CommandName


def _choices(name: CommandName, key: str) -> list[str]:
    """The choices of this argument as they are typed here: with hyphens."""
    taken = COMMANDS[name].argument(key)
    if not isinstance(taken, Choice):
        raise TypeError(f"{key} of {name} is no choice")
    return [word.replace("_", "-") for word in taken.choices]


def _range(name: CommandName, key: str) -> str:
    taken = COMMANDS[name].argument(key)
    if not isinstance(taken, Number):
        raise TypeError(f"{key} of {name} is no number")
    return f"{taken.least}-{taken.most}"


MODES, REDNESS = _choices(CommandName.MODE, "mode"), _choices(CommandName.REDNESS, "answer")

DAEMON = (
    Command(
        "status",
        "talk:status",
        "what the daemon knows about the mat now",
        "Print what the running daemon knows now: who lies there, the session, the routine, and what does not work.",
        (flag("--json", "the whole of it as JSON", "as_json"), CONFIG),
    ),
    Command(
        "watch",
        "watch:watch",
        "the mat while it is at work, in this terminal",
        "Show the mat as it changes: a map of the load with your own left and right, the session, the last events. q or Ctrl-C "
        "ends it. If the daemon starts over, it continues by itself. Without a terminal, or with NO_COLOR in the environment, "
        "it prints plain lines.",
        (
            argument(
                "--rate",
                type=float,
                default=WATCH_HZ,
                metavar="HZ",
                dest="rate_hz",
                help=f"frames a second at most, {_range(CommandName.WATCH, 'rate_hz')} (default {WATCH_HZ}); 0: events alone",
            ),
            OneOf(
                (
                    flag("--plain", "a line for each event, and one a minute for the state"),
                    flag("--json", "the feed's own lines (docs/feed.md)", "as_json"),
                )
            ),
            CONFIG,
        ),
    ),
    Command(
        "calibrate",
        "talk:calibrate",
        "measure the empty mat and your own lying",
        "Guides you in less than 90 s through three steps: keep off, lie down, get up. Afterwards left and right are exact. "
        "Ctrl-C cancels it.",
        (
            flag("--turned", "lie down once more, end for end, to tell mat from body"),
            OneOf(
                (
                    flag("--undo", "go back to the calibration before the last one"),
                    flag("--cancel", "stop the calibration that is running"),
                )
            ),
            CONFIG,
        ),
    ),
    Command(
        "tare",
        "talk:order",
        "take what the mat reads now for empty",
        "Take what the sensors read now for the empty mat. Nobody and nothing may be on it.",
        (CONFIG,),
        {"command": CommandName.TARE.value},
    ),
    Command(
        "mode",
        "talk:order",
        "set how the mat is being used",
        "Set how the mat is being used in this session, or let it find out by itself (auto).",
        (argument("mode", choices=MODES, metavar="|".join(MODES), help="how the mat is used"), CONFIG),
        {"command": CommandName.MODE.value},
    ),
)
"""The mat as the daemon reads it."""

ROUTINE = (
    Command(
        "screen",
        "routine:screen",
        "answer the questions about your health",
        "Asks some questions about your health on the terminal, one by one; guidance begins afterwards. The answers stay on "
        "this machine. Other users of the machine can see the options of a command, so no answer is an option.",
        (
            OneOf(
                (
                    argument(
                        "--answers",
                        choices=["-"],
                        help="-: read them from standard input, a line NAME=no|yes|unknown each",
                    ),
                    argument("--answer", action="append", help=argparse.SUPPRESS),  # refused: see routine.py
                    flag("--none", "nothing of it applies"),
                    flag("--advice-taken", "you have asked a doctor or another professional"),
                )
            ),
            CONFIG,
        ),
    ),
    Command(
        "programme",
        "routine:programme",
        "the staged routine: show, set, reset",
        "show: the level of the programme and why. set: fewer minutes, other clothing, or an earlier alarm. reset: as on the "
        "first day. month: a made-up beginner's first month; needs no daemon.",
        (
            argument("action", nargs="?", choices=["show", "set", "reset", "month"], default="show", help="default: show"),
            argument("--minutes", type=float, metavar="N", help="with set: at most the level of the programme"),
            argument("--clothing", choices=_choices(CommandName.PROGRAMME_SET, "clothing"), help="with set"),
            argument("--cap", type=float, metavar="N", help="with set: minutes to the alarm, at most those configured"),
            flag("--json", "with show: the whole of it as JSON", "as_json"),
            CONFIG,
        ),
    ),
    Command(
        "who",
        "talk:order",
        "say who lies there, or who comes next",
        "Say who lies on the mat now, or who comes next within an hour: a name, guest, or unknown. docs/people.md says more.",
        (argument("who", metavar="NAME|guest|unknown", help="who it is"), CONFIG),
        {"command": CommandName.WHO.value},
    ),
    Command(
        "stop",
        "talk:order",
        "end the guidance or the alarm; measuring continues",
        "End the guidance of this session, or the alarm. The mat continues to measure.",
        (CONFIG,),
        {"command": CommandName.STOP.value},
    ),
    Command(
        "symptom",
        "talk:order",
        "something does not feel right: stop, and rest for a day",
        "Something does not feel right: guidance stops and rests for 24 hours. It acts at once and cannot be taken back.",
        (CONFIG,),
        {"command": CommandName.SYMPTOM.value},
    ),
    Command(
        "check-in",
        "talk:order",
        "say how you feel, before or after a session",
        "Record how calm you feel and how uncomfortable it was, before or after a session. The programme takes account of it.",
        (
            argument("--calm", type=int, metavar=_range(CommandName.CHECK_IN, "calm"), help="1: not at all, 5: very"),
            argument(
                "--discomfort", type=int, metavar=_range(CommandName.CHECK_IN, "discomfort"), help="0: none, 10: the worst"
            ),
            argument(
                "--when", choices=_choices(CommandName.CHECK_IN, "when"), help="if not given: after, where there was a session"
            ),
            CONFIG,
        ),
        {"command": CommandName.CHECK_IN.value},
    ),
    Command(
        "redness",
        "routine:redness",
        "answer the question after the cool-down",
        "Say whether the redness of the skin has faded, which the routine asks an hour after a session.",
        (argument("answer", choices=REDNESS, metavar="|".join(REDNESS), help="how the skin looks"), CONFIG),
    ),
)
"""The guided routine."""
