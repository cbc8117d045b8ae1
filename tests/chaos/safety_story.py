"""A daemon's routine over weeks of a person's life, in simulated time, with the truth beside it that judges every frame.

The routine, its safety file and the coach are real. The history is a document that may be slow, away, damaged or old; what the
mat sees is made of the truth. `docs/routine.md` lists the rules by the numbers that are used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS
from acumat.commands.parser import parse_request
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.events import Event, EventType
from acumat.contract.state import Presence
from acumat.history.rows import StepRow
from acumat.service.people import People
from acumat.service.routine import Routine
from acumat.service.safety_file import NAME, SLOT_BYTES
from acumat.service.turn import Turn
from tests.chaos.lying import Detection, Person, Session
from tests.service.hand import HandSafetyFile

CAP_S = 1200.0
HOUR_S, DAY_S = 3600.0, 86_400.0
NOON_S = 1.8e9
LATE_S = 2.0
CUES = [
    EventType.CUE_START,
    EventType.CUE_HALF,
    EventType.CUE_LAST_MINUTE,
    EventType.CUE_END,
    EventType.CUE_LOUDER,
    EventType.CUE_CAP,
]
counted = {
    "steps": 0, "interleavings": 0, "frames": 0, "kills": 0, "power cuts": 0, "alarms": 0, "guided": 0,
    "symptoms kept": 0, "symptoms lost unanswered": 0, "days": 0.0,
}  # fmt: skip


class StoryClock:
    def __init__(self) -> None:
        self.t_s = 0.0
        self.booted_s = -20.0
        self.wrong_s = 0.0

    def monotonic(self) -> float:
        return self.t_s - self.booted_s

    def wall(self) -> float:
        return NOON_S + self.t_s + self.wrong_s

    def sleep(self, seconds: float) -> None:
        self.t_s += seconds


@dataclass
class History:
    """The history's document as it stands on the disk, and what waits for it."""

    stored: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)
    works: bool = True

    def keep(self, documents: Mapping[str, str | None]) -> None:
        self.waiting |= {name: text for name, text in documents.items() if text is not None}
        self.turn()

    def turn(self) -> None:
        if self.works:
            self.stored |= self.waiting
            self.waiting.clear()

    def die(self) -> None:
        self.waiting.clear()


@dataclass
class Exposure:
    """What was told to who lies there, from lying down until the mat was seen empty for 20 s."""

    cues: list[EventType] = field(default_factory=list)
    quiet: bool = False
    dated: bool = True
    """Whether every gap in it can be dated."""
    lost: bool = False
    """It was never on the card: a kill came while that stalled, and nobody can know of it."""


class Story:
    """One person, one mat and one daemon at a time; every frame and every word is judged by the truth."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.clock = StoryClock()
        self.boot = 1
        self.known = True
        self.history = History()
        self.person = Person()
        self.names: list[str] = []
        self.reported = Exposure()
        self.received: list[tuple[float, EventType]] = []
        self.stops_s: list[float] = []
        """True times of the symptoms that were answered as kept."""
        self.professional = False
        self.screened, self.screenings = False, 0
        self.rest_until_s = 0.0
        self.routine: Routine | None = None
        self.file = HandSafetyFile(self.path)
        self.detection = Detection(self.person, 0.0, self.names)
        self.up_s = 0.0
        self.left_session: Session | None = None
        self.slow_card = False
        self.start(resumes=False, history="there")
        self.ask(CommandName.SCREEN, **dict.fromkeys(QUESTIONS, "no"))
        self.screened = True

    # the daemon

    def start(self, *, resumes: bool, history: str) -> None:
        clock = self.clock
        self.file = HandSafetyFile(self.path)
        self.file.slow = self.slow_card
        self.history.turn()
        self.detection = Detection(self.person, clock.t_s, self.names)
        if resumes and self.left_session is not None:
            self.detection.session = self.left_session
        self.left_session = None
        documents = None if history == "unreadable" or not self.history.works else dict(self.history.stored)
        self.routine = Routine(
            clock,
            Rules(cap_min=round(CAP_S / 60)),
            boot=f"boot{self.boot}",
            time_of_day=self,
            record=self._record,
            file=self.file,
            people=People({}, shown=False),
        )
        self.routine.start(documents)
        self.up_s = clock.t_s

    def _record(self, _events: Sequence[Event], documents: Mapping[str, str | None], _steps: Sequence[StepRow]) -> None:
        self.history.keep(documents)

    def die(self) -> None:
        """Nothing is left but what is on the disk."""
        self.left_session = self.detection.session
        self.history.die()
        if self.file._waiting is not None:
            self.reported = Exposure(lost=True, quiet=self.reported.quiet)
        self.routine = None
        self.person.bare_s = None

    # time

    def live(self, seconds: float) -> None:
        end_s = self.clock.t_s + seconds
        while self.clock.t_s < end_s - 1e-6:
            self.clock.t_s = min(end_s, self.clock.t_s + self._step_s())
            if self.routine is not None:
                self.look()

    def _step_s(self) -> float:
        exposed_s = self.person.exposed_s
        if self.routine is None:
            return 1e9
        if exposed_s is None and self.clock.t_s - self.up_s > 30.0:
            return 0.5 if self.person.lies else 900.0
        left_s = CAP_S if exposed_s is None else CAP_S - (self.clock.t_s - exposed_s)
        near = abs(left_s) < 8.0 or left_s > CAP_S - 16.0 or self.clock.t_s - self.up_s < 16.0 or not self.person.lies
        return 0.5 if near else min(10.0, max(0.5, left_s - 6.0)) if left_s > 0 else 10.0

    def look(self) -> None:
        counted["frames"] += 1
        routine = self.routine
        assert routine is not None
        mat, events = self.detection.frame(self.clock.t_s, self.clock.monotonic())
        reported = routine.follow(Turn(mat, tuple(events)))
        self.receive(reported)
        if self.person.watched(mat.presence, self.clock.t_s, self.detection.seen_s):
            self.reported = Exposure()
        self.check_alarm(mat.presence)

    def receive(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.event_type not in CUES:
                continue
            cues = self.reported.cues
            assert event.event_type not in cues, f"rule 6: {event.event_type} twice for {cues}"
            assert not cues or CUES.index(event.event_type) > CUES.index(cues[-1]), "rule 6: out of order"
            cues.append(event.event_type)
            self.received.append((self.clock.t_s, event.event_type))
            if event.event_type is EventType.CUE_START:
                self.check_start()
            if event.event_type is EventType.CUE_CAP:
                counted["alarms"] += 1
                assert self.person.exposed_s is not None or self.reported.lost, "rule 5: an alarm for nobody"
                lain_s = self.clock.t_s - (self.person.exposed_s or 0.0)
                assert lain_s >= CAP_S - LATE_S or self.reported.lost, f"rule 1: the alarm comes {CAP_S - lain_s} s early"

    def check_start(self) -> None:
        counted["guided"] += 1
        now_s = self.clock.t_s
        assert self.person.exposed_s is not None
        assert now_s - self.person.exposed_s < 300.0 or self.reported.lost or not self.reported.dated, "rule 7: guided anew"
        for stop_s in self.stops_s:
            assert now_s - stop_s >= DAY_S - 1.0, "rule 2: guided within a day of a symptom"
        assert self.screened, "rule 4: guided without answers"
        assert not self.professional, "rule 2: guided before advice was taken"
        assert now_s >= self.rest_until_s, "rule 3: guided on a day of rest"

    def check_alarm(self, presence: Presence) -> None:
        """Rule 1 at this frame: reported by now, and on."""
        exposed_s, now_s, routine = self.person.exposed_s, self.clock.t_s, self.routine
        if exposed_s is None or self.reported.quiet or routine is None or not self.reported.dated or self.reported.lost:
            return
        overdue = now_s - exposed_s > CAP_S + LATE_S and now_s - self.up_s > LATE_S
        if overdue and (presence is Presence.LYING or (presence is Presence.BLIND and self.person.lies)):
            assert EventType.CUE_CAP in self.reported.cues, f"rule 1: no alarm after {now_s - exposed_s:.1f} s"
            assert routine.alarming, "rule 5: the alarm is silent"

    def ask(self, name: CommandName, **arguments: Any) -> Response | None:
        assert self.routine is not None
        command = parse_request({"command": name, **arguments})
        assert isinstance(command, Command)
        answer = self.routine.ask(command)
        self.receive([])
        return answer

    def when_kept(self, then: Callable[[], None]) -> None:
        """What the answer promises holds from when it is kept."""
        assert self.routine is not None
        self.routine.when_stored(lambda kept: then() if kept else None)

    def cut_off(self, how: str, dark_s: float, *, torn: bool = False) -> None:
        """A kill or a power cut, and some darkness."""
        counted["kills" if how == "kill" else "power cuts"] += 1
        self.die()
        if torn and self.path.exists():  # a write was under way, of what nobody has been told is kept
            slot = (self.file._slot + 1) % 2
            data = bytearray(self.path.read_bytes())
            data[slot * SLOT_BYTES : slot * SLOT_BYTES + 100] = b"\xff" * 100
            self.path.write_bytes(data)
        self.clock.t_s += dark_s
        if how == "power":
            self.boot += 1
            self.clock.booted_s = self.clock.t_s - min(20.0, dark_s)
            self.known = False

    def begin_again(self, *, resumes: bool, history: str) -> None:
        self.start(resumes=resumes, history=history)
        if not self.known:
            self.reported.dated = False  # until the clock is known
        self.live(4.0)

    def set_clock(self) -> None:
        self.clock.wrong_s, self.known = 0.0, True
        if self.routine is not None:
            self.live(1.0)
            self.reported.dated = self.reported.dated or self.clock.booted_s < (self.person.exposed_s or 0.0)
            self.live(1.5)

    def without_sight(self, seconds: float, how: str) -> None:
        if how == "paused":
            self.detection.paused = True
        else:
            self.detection.readable = False
        self.live(seconds)
        self.detection.paused, self.detection.readable = False, True
        self.live(3.0)
