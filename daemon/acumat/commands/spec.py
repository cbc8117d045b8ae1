"""What the table says of one command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from acumat.commands.arguments import Argument
from acumat.contract.commands import CommandName, Origin, Refusal
from acumat.contract.state import JsonScalar

PRESS = "PRESS"
"""What a button in Home Assistant sends."""
PLAIN: Mapping[str, Mapping[str, JsonScalar]] = {"": {}, PRESS: {}}


class Answered(Enum):
    """When the answer to a command comes."""

    AT_ONCE = auto()
    """Nothing changes that outlives the daemon."""
    WHEN_READ = auto()
    """The history has to be read first."""
    WHEN_STORED = auto()
    """What has changed is on disk, or is known not to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """One command. `words` are the plain payloads, each with the arguments that it stands for.

    `origins` may give it. `local_only` refuses it elsewhere, unless the configuration has `allowed_by`.
    `at_least_one` of these arguments is needed; `incomplete` refuses a request that lacks something. `wrong_value` is the
    reason code for a value that an argument does not take.
    """

    name: CommandName
    help: str
    arguments: tuple[Argument, ...] = ()
    words: Mapping[str, Mapping[str, JsonScalar]] = field(default_factory=lambda: PLAIN)
    origins: tuple[Origin, ...] = ("mqtt", "control")
    local_only: str = ""
    allowed_by: str = ""
    at_least_one: tuple[str, ...] = ()
    incomplete: Refusal | None = None
    wrong_value: str = "bad_payload"
    urgent: bool = False
    """A person lying on the mat asks for it: it overtakes all others and is never refused as too many."""
    safety: bool = False
    """The safety of the routine depends on it: it is stored in the safety file, whatever the history does."""
    reads: bool = False
    """It changes nothing."""
    takes_mat_as_empty: bool = False
    """It takes what the mat reads now for the empty mat."""
    answered: Answered = Answered.WHEN_STORED

    def taken_from(self, origin: Origin, *, configured: bool) -> bool:
        """Whether this origin may give the command; `configured` is whether the configuration has what it asks for."""
        return origin in self.origins or (bool(self.allowed_by) and configured)

    def argument(self, key: str) -> Argument:
        """The argument of this key. Raises KeyError if there is none."""
        return {each.key: each for each in self.arguments}[key]


def about_stored(name: CommandName, text: str, *arguments: Argument, local_only: str, reads: bool = False) -> CommandSpec:
    """A command about what is stored of people: it comes over the control socket alone, which `local_only` says elsewhere."""
    return CommandSpec(
        name=name,
        help=text,
        arguments=arguments,
        words={"": {}},
        origins=("control",),
        local_only=local_only,
        wrong_value="bad_value",
        reads=reads,
        answered=Answered.WHEN_READ if reads else Answered.WHEN_STORED,
    )
