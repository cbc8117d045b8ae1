"""The command-line definitions of the commands about how somebody feels over time."""

from __future__ import annotations

from acumat.cli.table import CONFIG, Argument, Command, argument
from acumat.contract.commands import CommandName
from acumat.contract.wellbeing import BODY_NOTES, WEEKLY_ANSWERS


def _scale(key: str, text: str) -> Argument:
    return argument(f"--{key}", type=int, metavar="1-5", help=text)


FEELINGS = (
    Command(
        "weekly-look",
        "feelings:weekly_look",
        "four short answers about your week",
        "Say how your week was. Without an option it asks on the terminal, one by one; Enter leaves an answer out. Those "
        "of one day are one weekly look.",
        (*(_scale(key, text) for key, text in WEEKLY_ANSWERS.items()), CONFIG),
    ),
    Command(
        "note",
        "feelings:note",
        "how the body feels after a session, and how the night was",
        "Note how the body feels after the last session, how alert you are, or on the day after it how you slept.",
        (
            *(
                argument(f"--{key}", nargs="?", choices=["yes", "no"], const="yes", help=f"{text} no takes it back.")
                for key, text in BODY_NOTES.items()
            ),
            _scale("alertness", "1: not at all, 5: very"),
            _scale("sleep", "1: badly, 5: well"),
            CONFIG,
        ),
    ),
    Command(
        "skip",
        "talk:order",
        "close the question that is open, without an answer",
        "Close the question that is open. acumat status shows whether there is one.",
        (CONFIG,),
        {"command": CommandName.SKIP.value},
    ),
    Command(
        "away",
        "feelings:away",
        "you are away: no question, and the rhythm waits",
        "until: the day on which you are back, such as 2026-12-24. back: you are here again, earlier than planned.",
        (
            argument("action", choices=["until", "back"], help="until a day, or back now"),
            argument("day", nargs="?", metavar="DAY", help="with until: such as 2026-12-24"),
            CONFIG,
        ),
    ),
    Command(
        "rhythm",
        "feelings:rhythm",
        "show or hide how regularly you lie on the mat",
        "on, off. With off, the rhythm is neither computed nor shown.",
        (argument("switch", choices=["on", "off"], help="whether it is shown"), CONFIG),
    ),
    Command(
        "washed",
        "talk:order",
        "the cover has just been washed",
        "Count the hours on the cover from now on. acumat status shows them.",
        (CONFIG,),
        {"command": CommandName.WASHED.value},
    ),
)
"""All of them ask the running daemon."""
