"""Several people on one mat, for the coach's tests: they say who they are before, meanwhile, later, or never."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from acumat.coach.coach import follow, name_person
from acumat.coach.journal import UNKNOWN
from acumat.coach.journal_text import journals_from, journals_text
from acumat.coach.people import assign
from acumat.coach.persons import about, with_people
from acumat.coach.programme import Programme, Step
from acumat.coach.state import Update
from acumat.contract.commands import Refusal
from acumat.contract.events import Event, EventType
from tests.coach.world import Reported, World


@dataclass
class Household(World):
    """A world whose mat has people: 1 to `count`. `us` is what the sensors show of who lies there."""

    count: int = 2
    us: tuple[float, ...] | None = None
    steps: list[Step] = field(default_factory=list)

    def moved_in(self, *, screened: bool = True) -> Household:
        """Everybody is set up, and has answered that nothing speaks against guidance."""
        self.state = with_people(self.state, range(1, self.count + 1), self.rules)
        for person in range(1, self.count + 1):
            self.name(person)
            if screened:
                self.screened()
        self.name(UNKNOWN)
        return self

    def name(self, person: int) -> str | Refusal:
        update, answer = name_person(self.state, person, self.mat, self.now(), self.rules)
        self._take(update)
        return answer

    def assign(self, session_id: str, person: int) -> bool:
        update = Update(self.state, self.now(), self.rules)
        done = assign(update, session_id, person)
        self._take(update)
        return done

    def frame(self, *events: Event) -> list[EventType]:
        self.seen_s = self.t_s
        us = self.us if self.mat.session_id is not None else None
        update = follow(self.state, events, self.mat, self.now(), self.rules, guest=self.guest, settled_us=us)
        self._take(update)
        return [event.event_type for event in update.events]

    def restart(self, *, reboot: bool = False) -> None:
        journals = journals_text(self.state.journals)
        super().restart(reboot=reboot)
        self.state = with_people(replace(self.state, journals=journals_from(journals)), range(1, self.count + 1), self.rules)

    def programme(self, person: int) -> Programme:
        """Where a person stands."""
        return about(self.state, person, self.rules).programme

    def _take(self, update: Update) -> None:
        self.state = update.state
        self.steps += update.steps
        self.reported += [Reported(self.t_s, event) for event in update.events]
