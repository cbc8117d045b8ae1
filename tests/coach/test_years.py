"""Years at random: sessions, symptoms, wrong clocks, other zones, restarts. The truth judges what must never happen."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from acumat.coach.rules import Rules
from acumat.contract.commands import CommandName
from acumat.contract.events import EventType
from tests.coach.test_sessions import CUES
from tests.coach.world import QUICK, START_S, World

HOUR_S, DAY_S = 3600.0, 86_400.0
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Kolkata", "America/Sao_Paulo")
GAPS_S = tuple(
    hours * HOUR_S for hours in (0.1, 0.9, 1.1, 5.0, 7.9, 8.2, 16.0, 23.9, 24.0, 26.0, 47.0, 80.0, 150.0, 200.0, 800.0)
)
CLOCKS_S = (0.0, 3600.0, -3600.0, 5 * 365 * DAY_S, -40 * DAY_S, -START_S)
"""How wrong the clock on the wall may become."""

NO_BOOTS = ("daemon",)
ALL_RESTARTS = ("daemon", "machine")


@dataclass(frozen=True)
class Visit:
    """One session and what surrounds it. `share` is how much of the plan is lain; `event_at` where in it something happens."""

    gap_s: float
    share: float
    lifts: int
    event_at: float
    happens: str
    discomfort: int | None
    redness: str | None
    clock_s: float
    zone: str
    restart: str


def visits(clocks: tuple[float, ...], restarts: tuple[str, ...]) -> st.SearchStrategy[list[Visit]]:
    nothing = st.just("nothing")
    fine = st.builds(
        Visit,
        gap_s=st.just(23.8 * HOUR_S),
        share=st.just(1.05),
        lifts=st.integers(0, 1),
        event_at=st.just(0.5),
        happens=nothing,
        discomfort=st.none() | st.integers(0, 3),
        redness=st.none() | st.just("faded"),
        clock_s=st.just(0.0),
        zone=st.sampled_from(ZONES),
        restart=st.sampled_from(("none", "none", *restarts)),
    )
    return st.lists(
        fine
        | fine
        | fine
        | st.builds(
            Visit,
            gap_s=st.sampled_from(GAPS_S) | st.just(24 * HOUR_S),
            share=st.sampled_from((0.02, 0.3, 0.85, 1.05, 1.05, 1.05, 1.05, 1.3, 5.0)),
            lifts=st.integers(0, 2),
            event_at=st.floats(0.05, 0.95),
            happens=nothing
            | nothing
            | nothing
            | st.sampled_from(("symptom", "stop", "restart", "clock", "choose", "late symptom")),
            discomfort=st.none() | st.integers(0, 5),
            redness=st.none() | st.sampled_from(("faded", "still_red")),
            clock_s=st.sampled_from(clocks),
            zone=st.sampled_from(ZONES),
            restart=st.sampled_from(("none", "none", *restarts)),
        ),
        min_size=12,
        max_size=60,
    )


class Year:
    """Lives the visits and checks after each, by true time and true seconds."""

    def __init__(self, rules: Rules) -> None:
        self.world = World(rules).screened()
        self.symptoms_s: list[float] = []
        self.planned_before: int | None = None
        self.bad = False
        """The last guided session was more than comfortable, was ended early or with a symptom."""
        self.end_s = 0.0
        self.gap_s = 0.0

    def live(self, visit: Visit) -> None:
        world = self.world
        world.zone = ZoneInfo(visit.zone)
        before = len(world.reported)
        hour_s = self.end_s + HOUR_S
        world.wait(visit.gap_s, near_s=(hour_s,) if self.end_s else ())
        if world.state.question is not None and visit.redness is not None:
            world.ask(CommandName.REDNESS, answer=visit.redness)
        if visit.restart != "none":
            world.restart(reboot=visit.restart == "machine")
            world.frame()
        if visit.happens == "clock":
            world.off_s = visit.clock_s
            world.frame()
        if visit.happens == "choose":
            world.ask(CommandName.PROGRAMME_SET, minutes=8)
            self.planned_before = None  # what the person chooses is no step of the programme
        self.check_cool_down(before)
        self.lie(visit)

    def check_cool_down(self, before: int) -> None:
        ended = [each for each in self.world.reported[before:] if each.event.event_type is EventType.COOL_DOWN_ENDED]
        for each in ended:
            assert abs(each.t_s - self.end_s - HOUR_S) <= 1.0

    def lie(self, visit: Visit) -> None:
        world = self.world
        reported = len(world.reported)
        started_s, planned_min = world.t_s, world.planned_min
        world.lie_down()
        world.frame()
        guide = world.state.guide
        assert guide is not None
        guided = guide.planned_min is not None
        planned_min = guide.planned_min or planned_min
        if guided:
            self.check_start(guide.planned_min or 0)
        lain_s = 60.0 * planned_min * visit.share
        happened = self.happen_at(visit, lain_s)
        for _ in range(visit.lifts):
            world.lift(15.0)
            world.stay((lain_s - happened) / visit.lifts)
        if not visit.lifts:
            world.stay(lain_s - happened)
        contact_s, wall_s = world.lying["contact_s"], world.t_s - started_s
        symptom = visit.happens == "symptom" and lain_s >= 60
        stopped = visit.happens == "stop"
        quiet_s = lain_s * visit.event_at if symptom else None
        away = visit.happens == "restart"
        self.check_cues(reported, guided, planned_min, contact_s, wall_s, quiet_s=quiet_s, stopped=stopped, away=away)
        end_s = world.get_up()
        if contact_s >= 60:
            self.end_s = end_s
            if guided:
                early_s = 60 * planned_min - 60
                early = contact_s < early_s or (stopped and lain_s * visit.event_at < early_s)
                self.bad = symptom or early
                self.planned_before = planned_min
        if visit.happens == "late symptom" and contact_s >= 60:
            world.wait(600)
            world.ask(CommandName.SYMPTOM)
            self.symptoms_s.append(world.t_s)
            self.bad = True
        if visit.discomfort is not None:
            world.ask(CommandName.CHECK_IN, discomfort=visit.discomfort, when="after")
            self.bad = self.bad or (guided and contact_s >= 60 and visit.discomfort >= 4)

    def happen_at(self, visit: Visit, lain_s: float) -> float:
        world = self.world
        at_s = lain_s * visit.event_at
        world.stay(at_s)
        if visit.happens == "symptom" and lain_s >= 60:
            world.ask(CommandName.SYMPTOM)
            self.symptoms_s.append(world.t_s)
            world.frame()
        elif visit.happens == "stop":
            world.ask(CommandName.STOP)
        elif visit.happens == "restart":
            away_s = min(15.0, lain_s - at_s)
            world.stay(away_s, frames=False)
            world.restart()
            world.frame()
            return at_s + away_s
        return at_s

    def check_start(self, planned_min: int) -> None:
        """What a session may begin with, whatever came before."""
        world = self.world
        rules = world.rules
        assert planned_min <= min(rules.person_cap_min, rules.cap_min - 5, 30)
        for stopped_s in self.symptoms_s:
            assert world.t_s - stopped_s >= DAY_S - 1.0, "no guidance for a day after a symptom"
        if self.planned_before is None:
            return
        assert planned_min <= self.planned_before + 2
        if self.bad:
            assert planned_min <= self.planned_before
        if planned_min > self.planned_before:
            event("went up")
            assert world.state.programme.credited >= 3

    def check_cues(
        self,
        reported: int,
        guided: bool,
        planned_min: int,
        contact_s: float,
        wall_s: float,
        *,
        quiet_s: float | None,
        stopped: bool,
        away: bool,
    ) -> None:
        world = self.world
        cues = [each for each in world.reported[reported:] if each.event.event_type in CUES]
        names = [each.event.event_type for each in cues]
        assert len(names) == len(set(names)), "none is doubled"
        assert [CUES.index(each) for each in names] == sorted(CUES.index(each) for each in names)
        by_name = {each.event.event_type: each.event.numbers for each in cues}
        grace_s = 16.0 if away else 1.0
        if EventType.CUE_END in by_name:
            assert guided
            late_s = float(by_name[EventType.CUE_END]["contact_s"] or 0) - 60 * planned_min
            assert 0 <= late_s <= grace_s
        elif guided and quiet_s is None and not stopped:
            assert contact_s < 60 * planned_min + 1.0 or EventType.CUE_CAP in by_name or EventType.CUE_LOUDER in by_name
        received_s = wall_s if quiet_s is None else quiet_s  # after a symptom there is no alarm any more
        if received_s >= 60 * world.rules.cap_min + 1.0:
            event("reached the cap")
            assert EventType.CUE_CAP in by_name, "the alarm comes in every case"
            assert 0 <= float(by_name[EventType.CUE_CAP]["session_s"] or 0) - 60 * world.rules.cap_min <= grace_s
        elif received_s < 60 * world.rules.cap_min:
            assert EventType.CUE_CAP not in by_name


RULES = st.builds(Rules, cap_min=st.sampled_from((20, 40, 60)), person_cap_min=st.sampled_from((5, 12, 30)))


@settings(
    max_examples=30, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(RULES, visits(CLOCKS_S, NO_BOOTS))
def test_years_of_clocks_that_jump_and_daemons_that_restart(rules: Rules, life: list[Visit]) -> None:
    year = Year(rules)
    for visit in life:
        year.live(visit)


@settings(
    max_examples=30, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(RULES, visits((0.0, 3600.0, -3600.0, 600.0), ALL_RESTARTS))
def test_years_of_machines_that_reboot(rules: Rules, life: list[Visit]) -> None:
    year = Year(rules)
    for visit in life:
        year.live(visit)
