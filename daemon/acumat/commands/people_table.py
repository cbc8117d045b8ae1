"""The commands about the people of the mat. All but one come over the control socket alone: names stay on the machine."""

from __future__ import annotations

from functools import partial

from acumat.commands.arguments import Text
from acumat.commands.spec import CommandSpec, about_stored
from acumat.contract.commands import CommandName

LOCAL = "Who uses the mat stays on the machine: ask there with acumat people."
NAMELESS = ("guest", "unknown")
"""Who lies there, without a name."""
NAME = Text(key="name", help="The person's name.", required=True)


_people = partial(about_stored, local_only=LOCAL)

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
