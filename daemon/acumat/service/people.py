"""How people of the mat are named outside: by name on this machine, and by number where names stay on it."""

from __future__ import annotations

from collections.abc import Mapping

from acumat.coach.journal import UNKNOWN
from acumat.contract.commands import Refusal
from acumat.history.people import GUEST_NAME, UNKNOWN_NAME

GUEST = -1
"""In place of a number: nobody of the people."""


class People:
    """Names by number. `shown`: whether names may leave the machine."""

    def __init__(self, names: Mapping[int, str], *, shown: bool) -> None:
        self.names = names
        self._shown = shown

    @property
    def several(self) -> bool:
        """Whether people are set up."""
        return bool(self.names)

    def label(self, person: int) -> str:
        """What is published for a person."""
        if person == GUEST:
            return GUEST_NAME
        if person not in self.names:
            return UNKNOWN_NAME
        return self.names[person] if self._shown else f"person {person}"

    @property
    def labels(self) -> tuple[str, ...]:
        """All choices, people first."""
        return (*map(self.label, sorted(self.names)), GUEST_NAME, UNKNOWN_NAME)

    def number(self, who: str) -> int | Refusal:
        """The person for a name, for `person` with a number, for `guest` or for `unknown`."""
        plain = who.strip().casefold()
        if plain in (GUEST_NAME, UNKNOWN_NAME):
            return GUEST if plain == GUEST_NAME else UNKNOWN
        for number, name in self.names.items():
            if plain in (name.casefold(), f"person {number}"):
                return number
        return Refusal("not_found", "Nobody here is called so. acumat people list shows the names.")
