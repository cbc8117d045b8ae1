"""The commands about the people of the mat. All but one come over the control socket alone: names stay on the machine."""

from __future__ import annotations

from acumat.commands.arguments import Argument, Text
from acumat.commands.spec import Answered, CommandSpec
from acumat.contract.commands import CommandName

LOCAL = "Who uses the mat stays on the machine: ask there with acumat people."
NAMELESS = ("guest", "unknown")
"""Who lies there, without a name."""
NAME = Text(key="name", help="The person's name.", required=True)


def _people(name: CommandName, text: str, *arguments: Argument, reads: bool = False) -> CommandSpec:
    return CommandSpec(
        name=name,
        help=text,
        arguments=arguments,
        words={"": {}},
        origins=("control",),
        local_only=LOCAL,
        wrong_value="bad_value",
        reads=reads,
        answered=Answered.WHEN_READ if reads else Answered.WHEN_STORED,
    )


PEOPLE = (
    CommandSpec(
        name=CommandName.WHO,
        help="Says who lies on the mat, or who comes next within an hour.",
        arguments=(Text(key="who", help="A name, person and a number, guest or unknown.", required=True),),
        words={word: {"who": word} for word in NAMELESS},
        wrong_value="bad_value",
    ),
    _people(CommandName.PEOPLE_LIST, "Lists the people of the mat.", reads=True),
    _people(CommandName.PEOPLE_ADD, "Adds a person; the first one takes over what is stored of the owner.", NAME),
    _people(
        CommandName.PEOPLE_RENAME,
        "Gives a person another name.",
        NAME,
        Text(key="to", help="The new name.", required=True),
    ),
    _people(CommandName.PEOPLE_REMOVE, "Removes a person with programme and answers; the sessions stay.", NAME),
)
