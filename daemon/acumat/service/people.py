"""The people of the mat as they are named to the outside: by their names on this machine, by numbers where names stay here."""

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
        """What is published in place of a person."""
        if person == GUEST:
            return GUEST_NAME
        if person not in self.names:
            return UNKNOWN_NAME
        return self.names[person] if self._shown else f"person {person}"

    @property
    def labels(self) -> tuple[str, ...]:
        """All that may be chosen, people first."""
        return (*map(self.label, sorted(self.names)), GUEST_NAME, UNKNOWN_NAME)

    def number(self, who: str) -> int | Refusal:
        """Who is meant by a name, by person and a number, by guest or by unknown."""
        plain = who.strip().casefold()
        if plain in (GUEST_NAME, UNKNOWN_NAME):
            return GUEST if plain == GUEST_NAME else UNKNOWN
        for number, name in self.names.items():
            if plain in (name.casefold(), f"person {number}"):
                return number
        return Refusal("not_found", "Nobody here is called so. acumat people list shows the names.")
