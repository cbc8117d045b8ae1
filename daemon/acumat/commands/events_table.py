"""The command about events that somebody has missed."""

from __future__ import annotations

from acumat.commands.arguments import Text
from acumat.commands.spec import Answered, CommandSpec
from acumat.contract.commands import CommandName

PAGE_MOST = 500
"""Events that one request sends again, and that may wait to be sent again at once: ten seconds at the pace of a backlog."""

EVENTS = CommandSpec(
    name=CommandName.EVENTS,
    help=f"Sends up to {PAGE_MOST} kept events again, with their ids; without a range it lists the numberings.",
    arguments=(
        Text(key="after", help="The id of an event: those that follow it."),
        Text(key="from", help="The id of the first event."),
        Text(key="to", help="The id of the last event, in the same numbering."),
    ),
    wrong_value="bad_value",
    reads=True,
    answered=Answered.WHEN_READ,
)
