"""One simulated mat: story, numbered events, outbox, and the documents that it publishes. No connection, no clock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from acumat.commands.events_table import PAGE_MOST
from acumat.contract.documents import (
    encode,
    event_document,
    health_document,
    no_session_document,
    session_document,
    state_document,
)
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.contract.state import Condition, MatState
from acumat.history.payload import event_payload, is_late, marked_late
from acumat.mqtt.topics import Topics
from acumat_fleet_sim.story import EMPTY, Habits, Moment, story

SENSORS = tuple(f"s{number}" for number in range(1, 9))
OPEN = Condition("open", "This sensor reads as if it were not connected; look at its wires.")
OK = Condition()
PARTS = ("bus", "store", "broker", "calibration")
PROFILE = Profile(size="70 x 42 cm", spikes="6,200", surface="floor")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that no broker has acknowledged yet."""

    payload: str
    since_s: float | None
    """When it happened, seconds of the machine; None: it is sent again, and late in any case."""

    def late(self, now_s: float) -> bool:
        """Whether nobody should act on it any more."""
        return self.since_s is None or is_late(self.since_s, now_s)


class SimulatedMat:
    """`zero_s` is the Unix time of the story's beginning, `kept` how many events its history holds.

    `seed` decides everything that happens on it. Times called `now_s` are monotonic seconds of the machine.
    """

    def __init__(self, topics: Topics, *, seed: str, habits: Habits, zero_s: float, kept: int = 5000) -> None:
        random = Random(seed)
        self.topics = topics
        self.numbering = f"{random.getrandbits(32):08x}"
        self._zero_s = zero_s
        self._kept = kept
        self._story: Iterator[Moment] = story(random, self.numbering, habits)
        self._coming = next(self._story)
        self._number = 0
        self.history: OrderedDict[int, str] = OrderedDict()
        """Events by number as they were made: what the mat still has."""
        self.outbox: OrderedDict[int, Waiting] = OrderedDict()
        self._again: OrderedDict[int, Waiting] = OrderedDict()
        """Events that were asked for again."""
        self._state: MatState = EMPTY
        self._failed: tuple[str, ...] = ()
        self._totals = Totals()
        self._session: tuple[SessionRecord, Totals] | None = None

    @property
    def next_story_s(self) -> float:
        """When something happens next, in seconds of the story."""
        return self._coming.at_s

    def live(self, until_story_s: float, now_s: float) -> list[str]:
        """All that happens until then; the topics whose documents have changed."""
        changed: dict[str, None] = {}
        while self._coming.at_s <= until_story_s:
            moment, self._coming = self._coming, next(self._story)
            changed.update(dict.fromkeys(self._take(moment, now_s)))
        return list(changed)

    def due(self, sent: set[int], window: int, now_s: float) -> list[tuple[int, str]]:
        """What may be sent now beside what is `sent` and not acknowledged: new events, then those that were asked for again.

        Each comes with its number. What is sent again has at most half of the `window`.
        """
        room = window - len(sent)
        found = [each for each in islice(self.outbox.items(), window) if each[0] not in sent][:room]
        again = min(room - len(found), window // 2 - sum(number not in self.outbox for number in sent))
        if again > 0 and self._again:
            found += [each for each in islice(self._again.items(), window) if each[0] not in sent][:again]
        return [(number, marked_late(each.payload) if each.late(now_s) else each.payload) for number, each in found]

    def on_acknowledged(self, number: int) -> None:
        """A broker has the event."""
        self.outbox.pop(number, None)
        self._again.pop(number, None)

    @property
    def last_number(self) -> int:
        """That of the newest event; 0 before there is one."""
        return self._number

    @property
    def room_again(self) -> int:
        """How many events more may wait to be sent again."""
        return PAGE_MOST - len(self._again)

    def send_again(self, numbers: list[int]) -> None:
        """Send these again, as late ones; those that wait to be sent in any case are sent once."""
        for number in numbers:
            if number not in self.outbox:
                self._again[number] = Waiting(self.history[number], None)

    def document(self, topic: str) -> str:
        """What is retained on this topic now."""
        topics = self.topics
        if topic == topics.state:
            return encode(state_document(self._state))
        if topic == topics.health:
            sensors = {name: OPEN if name in self._failed else OK for name in SENSORS}
            return encode(health_document(self._state.health, sensors, dict.fromkeys(PARTS, OK)))
        if topic == topics.session:
            return encode(self._session_document())
        if topic == topics.settings:
            return encode({"paused": False, "paused_until": None, "guest": False, "sensitivity": "normal"})
        return "online"

    @property
    def retained(self) -> tuple[str, ...]:
        """The topics of the documents that a broker retains of this mat; the availability comes first."""
        topics = self.topics
        return topics.availability, topics.state, topics.session, topics.health, topics.settings

    def event_id(self, number: int) -> str:
        """The id of the event with this number."""
        return f"{self.numbering}-{number}"

    def _take(self, moment: Moment, now_s: float) -> Iterator[str]:
        self._state = moment.state
        yield self.topics.state
        if moment.failed != self._failed:
            self._failed = moment.failed
            yield self.topics.health
        if moment.session is not None:
            minutes = self._totals.minutes_total + moment.session.contact_s / 60
            self._totals = Totals(self._totals.sessions_total + 1, minutes, 1, moment.session.contact_s / 60)
            self._session = moment.session, self._totals
            yield self.topics.session
        if moment.event is not None:
            self._number += 1
            event_id = self.event_id(self._number)
            payload = event_payload(event_id, event_document(moment.event, self._wall_of))
            self.history[self._number] = payload
            self.outbox[self._number] = Waiting(payload, now_s)
            if len(self.history) > self._kept:
                self.history.popitem(last=False)

    def _session_document(self) -> dict[str, Any]:
        if self._session is None:
            return no_session_document(PROFILE, self._totals)
        record, totals = self._session
        return session_document(record, PROFILE, self._wall_of, totals)

    def _wall_of(self, story_s: float) -> float:
        return self._zero_s + story_s


def number_of(event_id: str) -> int:
    """The number in an event's id."""
    return int(event_id.rpartition("-")[2])
