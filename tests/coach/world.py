"""A person, a mat and a clock on the wall for the coach's tests: knows what really happened, and counts for itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import Phase

from acumat.coach.coach import ask, follow
from acumat.coach.moment import Moment, Stamp
from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS
from acumat.coach.serialisation import from_text, to_text
from acumat.coach.state import CoachState
from acumat.commands.parser import parse_request
from acumat.contract.commands import CommandName, Refusal, Response
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence

QUICK = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
"""Explaining a failure of these takes minutes, and its story says it all."""
BERLIN = ZoneInfo("Europe/Berlin")
START_S = datetime(2026, 2, 2, 20, 0, tzinfo=BERLIN).timestamp()
EMPTY = MatState(presence=Presence.EMPTY)
NEAR_S = 4.0
FRAME_S = 0.5
"""Around every moment that matters the coach sees the mat this often; in between every 20 s, or when idle every 20 min."""


@dataclass
class Reported:
    """An event with the true time at which the coach reported it."""

    t_s: float
    event: Event


@dataclass
class World:
    """`t_s` is true time since the story's start; the machine's clocks are made from it."""

    rules: Rules = field(default_factory=Rules)
    zone: tzinfo = BERLIN
    state: CoachState = field(default_factory=CoachState)
    t_s: float = 0.0
    off_s: float = 0.0
    """How wrong the wall clock is."""
    known: bool = True
    """Whether the machine knows of its clock that it was set."""
    boot: int = 1
    booted_s: float = -100.0
    reported: list[Reported] = field(default_factory=list)
    sessions: int = 0
    mat: MatState = EMPTY
    lying: dict[str, Any] = field(default_factory=dict)
    guest: bool = False
    seen_s: float = 0.0
    """When the daemon kept its state last."""

    def now(self) -> Moment:
        return Moment(self.t_s - self.booted_s, START_S + self.t_s + self.off_s, f"boot{self.boot}", self.zone, self.known)

    def frame(self, *events: Event) -> list[EventType]:
        self.seen_s = self.t_s
        turn = follow(self.state, events, self.mat, self.now(), self.rules, guest=self.guest)
        self.state = turn.state
        self.reported += [Reported(self.t_s, event) for event in turn.events]
        return [event.event_type for event in turn.events]

    def wait(self, seconds: float, near_s: tuple[float, ...] = ()) -> None:
        """Nobody is there; near these moments (true time) frames come at their usual pace."""
        end_s = self.t_s + seconds
        while self.t_s < end_s:
            step_s = FRAME_S if any(abs(self.t_s - at_s) < NEAR_S for at_s in near_s) else 1200.0
            nexts = [at_s - NEAR_S + 0.1 for at_s in near_s if at_s - NEAR_S > self.t_s]
            self.t_s = min([end_s, self.t_s + step_s, *nexts])
            self.frame()

    def lie_down(self) -> str:
        self.sessions += 1
        session_id = f"w-s{self.sessions}"
        self.lying = {"id": session_id, "start_s": self.t_s, "contact_s": 0.0, "on": True}
        self._feel()
        return session_id

    def stay(self, seconds: float, *, frames: bool = True) -> None:
        """Lie on (or lift off, after `lift`) for so long, watched near what is due; without `frames` the daemon is away."""
        end_s = self.t_s + seconds
        while self.t_s < end_s:
            step_s = seconds if not frames else min(FRAME_S if self._near() else 20.0, self._to_next())
            step_s = min(step_s, end_s - self.t_s)
            self.t_s += step_s
            if self.lying["on"]:
                self.lying["contact_s"] += step_s
            self._feel()
            if frames:
                self.frame()

    def lift(self, seconds: float) -> None:
        """Off the mat for a moment that belongs to the session."""
        self.lying["on"] = False
        self._feel()
        self.stay(seconds)
        self.lying["on"] = True
        self._feel()

    def get_up(self, reason: str = "got_up") -> float:
        """Up for good: reported 20 s later and back-dated, as detection does. Gives the true end."""
        end_s = self.t_s
        self.lying["on"] = False
        self._feel()
        if reason == "got_up":
            self.frame()
        else:
            self.mat = replace(self.mat, presence=Presence.BLIND)
        lying, self.lying = self.lying, {}
        self.t_s += 20.0
        self.mat = EMPTY if reason == "got_up" else MatState(presence=Presence.BLIND)
        edge_mono_s = end_s - self.booted_s
        numbers = {"session_id": lying["id"], "contact_s": lying["contact_s"]}
        self.frame(Event(EventType.SESSION_ENDED, self.now().mono_s, reason, "The session ended.", edge_mono_s, numbers))
        return end_s

    def session(self, minutes: float) -> float:
        self.lie_down()
        self.stay(60.0 * minutes)
        return self.get_up()

    def ask(self, name: CommandName, **arguments: Any) -> str | Refusal:
        command = parse_request({"command": name, **arguments})
        if isinstance(command, Response):
            return Refusal(command.reason, command.text)
        turn, answer = ask(self.state, name, command.arguments, self.mat, self.now(), self.rules)
        self.state = turn.state
        self.reported += [Reported(self.t_s, event) for event in turn.events]
        return answer

    def screened(self, **answers: str) -> World:
        assert not isinstance(self.ask(CommandName.SCREEN, **{**dict.fromkeys(QUESTIONS, "no"), **answers}), Refusal)
        return self

    def restart(self, *, reboot: bool = False) -> None:
        """The daemon, or the whole machine, starts again with what was kept."""
        text = to_text(self.state, Stamp.at(self.now(), self.seen_s - self.booted_s))
        if reboot:
            self.boot += 1
            self.booted_s = max(self.seen_s, self.t_s - 30.0)
        self.state = from_text(text, self.now().boot)

    def events(self, *types: EventType) -> list[Reported]:
        return [each for each in self.reported if each.event.event_type in types]

    @property
    def planned_min(self) -> int:
        return self.state.programme.planned_min(self.state.within(self.rules))

    def _feel(self) -> None:
        lying = self.lying
        self.mat = MatState(
            presence=Presence.LYING if lying["on"] else Presence.EMPTY,
            confirmed=True if lying["on"] else None,
            session_id=lying["id"],
            session_s=self.t_s - lying["start_s"] if lying["on"] else lying.get("session_s", 0.0),
            contact_s=lying["contact_s"],
        )
        lying["session_s"] = self.mat.session_s

    def _marks_s(self) -> list[float]:
        """Contact seconds, and wall seconds for the cap, at which something may be due, by the test's own reckoning."""
        plan_s = 60.0 * self.planned_min
        contact = [0.0, plan_s / 2, plan_s - 60, plan_s, plan_s + 30, plan_s + 120, plan_s + 300]
        return [each - self.lying["contact_s"] for each in contact] + [
            60.0 * self.state.within(self.rules).cap_min - (self.t_s - self.lying["start_s"])
        ]

    def _near(self) -> bool:
        return any(abs(left_s) <= NEAR_S + 1e-6 for left_s in self._marks_s())

    def _to_next(self) -> float:
        ahead = [left_s - NEAR_S + 0.1 for left_s in self._marks_s() if left_s > NEAR_S]
        return max(FRAME_S, min(ahead, default=20.0))


def bare(event: Event) -> Event:
    """An event without its time, to compare by."""
    return replace(event, t_mono_s=0.0, edge_mono_s=None)
