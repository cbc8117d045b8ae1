"""The commands about how somebody feels over time, and about days on which nothing is expected."""

from __future__ import annotations

from acumat.commands.arguments import Flag, Number, Text
from acumat.commands.spec import CommandSpec
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.wellbeing import BODY_NOTES, WEEKLY_ANSWERS

SCALE = (1, 5)


def _scale(key: str, text: str) -> Number:
    return Number(key=key, help=text, least=SCALE[0], most=SCALE[1], whole=True)


FEELINGS = (
    CommandSpec(
        name=CommandName.WEEKLY_LOOK,
        help="Answers the weekly look; what is left out is skipped.",
        arguments=tuple(_scale(key, text) for key, text in WEEKLY_ANSWERS.items()),
        at_least_one=tuple(WEEKLY_ANSWERS),
        incomplete=Refusal(
            "bad_value", f"Please give one of {', '.join(WEEKLY_ANSWERS)} (each 1 to 5), or skip the question with acumat skip."
        ),
        wrong_value="bad_value",
    ),
    CommandSpec(
        name=CommandName.NOTE,
        help="Notes what the body says after the last session, or how the night after it was.",
        arguments=(
            *(Flag(key=key, help=text) for key, text in BODY_NOTES.items()),
            _scale("alertness", "How alert you are after it, 1: not at all, 5: very."),
            _scale("sleep", "How you slept in the night after it, 1: badly, 5: well."),
        ),
        at_least_one=(*BODY_NOTES, "alertness", "sleep"),
        incomplete=Refusal("bad_value", f"Please give one of {', '.join(BODY_NOTES)}, alertness (1 to 5) and sleep (1 to 5)."),
        wrong_value="bad_value",
    ),
    CommandSpec(name=CommandName.SKIP, help="Closes the question that is open, without an answer."),
    CommandSpec(
        name=CommandName.AWAY,
        help="Says that you are away until a day: nothing is asked, and the rhythm waits.",
        arguments=(
            Text(key="until", help="The day on which you are back, such as 2026-12-24."),
            Flag(key="back", help="You are back now."),
        ),
        words={"back": {"back": True}},
        at_least_one=("until", "back"),
        incomplete=Refusal("bad_value", "Please give until, a day such as 2026-12-24, or back."),
        wrong_value="bad_value",
    ),
    CommandSpec(name=CommandName.WASHED, help="Says that the cover has just been washed."),
)
