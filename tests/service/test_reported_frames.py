"""Which frames the loop records and reports: all that say something new, and of the others a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from acumat.coach import coach
from acumat.coach.state import Update
from acumat.contract.commands import CommandName
from acumat.contract.events import Event, EventType
from acumat.contract.state import HealthState
from acumat.detect import mat_state
from acumat.detect.pipeline import Pipeline
from acumat.feed.feed import Feed
from acumat.service import routine
from acumat.service.loop import REPORT_S
from acumat.service.panel import Panel
from acumat.service.reporting import Reporting
from acumat.service.turn import Turn
from acumat.service.watchdog import Watchdog
from acumat_hw.errors import InputError
from acumat_hw.frame import Frame
from tests.chaos.house import House
from tests.service.test_panel import Parts

RATE_HZ = 10.0


class Seen:
    """The turns that were reported, and every frame with its events."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.turns: list[Turn] = []
        self.frames: list[tuple[Frame, tuple[Event, ...]]] = []
        after_frame, step = Reporting.after_frame, Pipeline.step

        def noted_turn(reporting: Reporting, turn: Turn) -> None:
            self.turns.append(turn)
            after_frame(reporting, turn)

        def noted_frame(pipeline: Pipeline, frame: Frame) -> tuple[Event, ...]:
            events = step(pipeline, frame)
            self.frames.append((frame, events))
            return events

        patch.setattr(Reporting, "after_frame", noted_turn)
        patch.setattr(Pipeline, "step", noted_frame)

    @property
    def reported(self) -> set[float]:
        """When those frames were read that were reported."""
        return {turn.frame.t_mono_s for turn in self.turns if turn.frame is not None}


def ask(house: House, name: CommandName, answer: Callable[[dict[str, Any]], object] = lambda _: None, **arguments: Any) -> None:
    """A command that waits for the loop."""
    house.intake._inbox.ask({"command": name, **arguments}, answer)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch, rate_hz=RATE_HZ)
    yield made
    made.close()


def test_every_event_is_reported_soon_and_of_the_other_frames_two_a_second(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(monkeypatch)
    house.start()
    house.wait(30.0)
    house.lie_down()
    house.wait(60.0)
    house.get_up()
    house.wait(60.0)
    decided = [(event, frame.t_mono_s) for frame, events in seen.frames for event in events]
    assert {event.event_type for event, _ in decided} >= {"session_started", "session_ended"}
    of_detection = [event for event, _ in decided]
    turns = [(turn.frame.t_mono_s, turn.events) for turn in seen.turns if turn.frame is not None]
    reported = [(event, t_s) for t_s, events in turns for event in events if event in of_detection]
    assert [event for event, _ in reported] == of_detection
    late_s = {event.event_type: at_s - t_s for (event, at_s), (_, t_s) in zip(reported, decided, strict=True)}
    assert max(late_s.values()) <= REPORT_S + 1 / RATE_HZ
    of_movements = (EventType.CONTACT_STARTED, EventType.LYING_STARTED, EventType.GOT_UP, EventType.CONTACT_ENDED)
    assert {late_s[each] for each in of_movements} == {0.0}
    gaps_s = [after - before for before, after in zip(sorted(seen.reported), sorted(seen.reported)[1:], strict=False)]
    assert max(gaps_s) == pytest.approx(0.5, abs=0.11), "at half the rate while nobody is there as well"
    lying = [t_s for t_s in seen.reported if 60.0 < t_s - min(seen.reported) <= 90.0]
    assert 2 * 30 <= len(lying) <= 2 * 30 + 10, "nothing but breathing happens for half a minute"


def test_a_command_is_answered_and_its_frame_reported_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    house.start()
    house.wait(10.0)
    while len(seen.frames) < 4 or seen.frames[-2][0].t_mono_s not in seen.reported:  # the next two are not due
        house.turn()
    answers: list[object] = []
    ask(house, CommandName.GUEST, answers.append, on=True)
    house.turn()
    assert seen.frames[-1][0].t_mono_s in seen.reported
    assert seen.turns[-1].guest
    house.turn()
    assert answers


def test_a_message_between_the_first_two_frames_counts_as_news(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    house.start()
    house.turn()
    ask(house, CommandName.GUEST, on=True)
    house.service._inputs.slots.look(house.service._take)
    assert not house.intake.waiting
    house.turn()
    assert seen.turns[-1].guest


def test_who_watches_gets_every_frame(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    house.start()
    house.wait(10.0)
    monkeypatch.setattr(Feed, "watched", True)
    before = len(seen.frames)
    house.wait(5.0)
    assert {frame.t_mono_s for frame, _ in seen.frames[before:]} <= seen.reported


def test_a_calibration_shows_every_frame(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    house.start()
    house.wait(40.0)
    ask(house, CommandName.CALIBRATE)
    house.turn()
    before = len(seen.frames)
    house.wait(3.0)
    assert {frame.t_mono_s for frame, _ in seen.frames[before:]} <= seen.reported
    assert seen.turns[-1].calibrating


def test_what_comes_without_an_event_is_known_within_half_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.start()
    house.wait(20.0)

    monkeypatch.setattr(mat_state, "_health", lambda *_, **__: HealthState.DEGRADED)
    house.wait(REPORT_S + 1 / RATE_HZ)
    assert house.state.health is HealthState.DEGRADED


def test_a_new_configuration_is_looked_at_within_half_a_second(house: House) -> None:
    house.start()
    house.wait(10.0)
    asked: list[float] = []

    def read() -> bool:
        asked.append(house.clock.now_s)
        raise InputError("mat.id: a sentence")

    reload = house.service._inputs.reload
    reload._read = read
    house.service.reload()
    since_s = house.clock.now_s
    house.wait(2.0)
    assert [t_s - since_s <= REPORT_S + 2 / RATE_HZ for t_s in asked] == [True]


def test_led_and_buzzer_play_on_in_every_frame(house: House) -> None:
    house.start()
    house.wait(10.0)
    parts, reporting = Parts(), house.service._reporting
    reporting._outputs = reporting._outputs._replace(panel=Panel(parts, house.clock.monotonic))
    house.wait(1.0)
    before, frames = len(parts.lit), house.frames
    house.wait(5.0)
    assert len(parts.lit) - before == house.frames - frames


def test_the_calendar_is_looked_at_twice_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks_s: list[float] = []
    real = coach.follow

    def noted(*arguments: Any, calendar: bool, **others: Any) -> Update:
        if calendar:
            looks_s.append(house.clock.now_s)
        return real(*arguments, calendar=calendar, **others)

    monkeypatch.setattr(routine, "follow", noted)
    house.start()
    house.wait(25.0)
    gaps_s = [after - before for before, after in pairwise(looks_s)]
    assert max(gaps_s) < 0.65


def test_systemd_hears_of_a_mat_that_runs_slowly(house: House) -> None:
    """Frames that say nothing new come half a minute apart, by the machine's clock."""
    house.start()
    fed_s: list[float] = []

    def now_s() -> float:
        return 60.0 * house.clock.monotonic()

    reporting = house.service._reporting
    watchdog = Watchdog(
        dict, feed=lambda: fed_s.append(now_s()), interval_s=10.0, monotonic=now_s, on_starved=str, resident=int
    )
    reporting._outputs = reporting._outputs._replace(watchdog=watchdog)
    house.wait(10.0)
    assert max(after - before for before, after in pairwise(fed_s)) < 20.0
