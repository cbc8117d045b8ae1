"""Takes the place of a routine that is switched off."""

from __future__ import annotations

from collections.abc import Mapping

from acumat.coach.journal import UNKNOWN
from acumat.coach.pace import Pace
from acumat.contract.events import Event
from acumat.service.people import People
from acumat.service.turn import Turn


class NullRoutine:
    """A mat whose routine is switched off."""

    alarming = False
    pace: Pace | None = None
    plan_min: int | None = None
    same_body = True
    labels: tuple[str, ...] = ()

    def __init__(self, people: People) -> None:
        self._people = people

    @property
    def person(self) -> int | None:
        """Nobody can say who lies there."""
        return UNKNOWN if self._people.several else None

    def whose(self, _session_id: str) -> tuple[int | None, bool]:
        """Whose a session is, and whether that is a guess."""
        return self.person, False

    def know(self, documents: Mapping[str, str]) -> None: ...

    def on_people(self, names: Mapping[int, str]) -> None:
        """The people of the mat have changed."""
        self._people.names = names

    def on_assigned(self, session_id: str, person: int) -> None: ...

    def forget(self) -> None: ...

    def forget_before(self, wall_s: float) -> None: ...

    def start(self, documents: Mapping[str, str] | None) -> None: ...

    def restore_late(self, documents: Mapping[str, str]) -> None: ...

    def follow(self, _turn: Turn) -> tuple[Event, ...]:
        """Nothing ever happens."""
        return ()

    def document(self) -> None:
        """There is nothing to show."""
