"""Pause, guest and sensitivity on a real pipeline: applied, shown, kept, and over by themselves."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from acumat.cli.doctor_bundle import about_the_mat
from acumat.commands.parser import parse_request
from acumat.contract.commands import Command, CommandName
from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.contract.state import JsonScalar
from acumat.detect.parameters import Parameters
from acumat.history.rows import Restored
from acumat.service.request import Request
from acumat.service.settings import DOCUMENT, Settings
from tests.detect.harness import PipelineHarness
from tests.hw.bench import JumpingClock


def stored(text: str | None = None) -> Restored:
    documents = {} if text is None else {DOCUMENT: text}
    return Restored("x", 1, Learned.nothing(8), layout_changed=False, totals=Totals(), last_session=None, documents=documents)


class Bench:
    def __init__(self, text: str | None = None, *, configured: str = "normal", clock: JumpingClock | None = None) -> None:
        self.clock = clock or JumpingClock()
        self.drive = PipelineHarness(parameters=Parameters().with_sensitivity(configured))
        self.shown: list[Mapping[str, Any]] = []
        self.saved: list[str] = []
        self.settings = Settings(
            self.drive.pipeline, self.clock, configured=configured, show=self.shown.append, save=self.saved.append
        )
        self.settings.start(stored(text))

    def set(self, name: CommandName, **asked: JsonScalar) -> str:
        command = parse_request({"command": name, **asked})
        assert isinstance(command, Command)
        response = self.settings.handlers[name](Request(command, lambda _: None, dict), **command.arguments)
        assert response is not None
        return response.text

    def restarted(self, after_s: float = 0.0, *, configured: str = "normal", back_s: float = 0.0) -> Bench:
        clock = JumpingClock()
        clock.now_s = self.clock.now_s + after_s - back_s
        return Bench(self.saved[-1], configured=configured, clock=clock)


def test_at_first_nothing_is_set_and_that_is_shown() -> None:
    assert Bench(configured="low").shown == [
        {"paused": False, "paused_until": None, "guest": False, "sensitivity": "low"},
    ]


def test_a_pause_blinds_the_mat_says_until_when_and_ends_by_itself() -> None:
    bench = Bench()
    bench.drive.empty(8)
    bench.set(CommandName.PAUSE, on=True, minutes=90)
    assert bench.shown[-1]["paused"] is True
    assert bench.shown[-1]["paused_until"] == "2023-11-14T23:45:00.000Z"  # the bench's clock, and an hour and a half
    bench.drive.empty(1)
    assert (bench.drive.presence, bench.drive.pipeline.state.reason) == ("blind", "paused")
    bench.clock.sleep(90 * 60 - 1)
    bench.settings.follow()
    assert len(bench.shown) == 2
    bench.clock.sleep(1)
    bench.settings.follow()
    assert not bench.drive.pipeline.paused
    assert bench.shown[2:] == bench.shown[:1]
    assert json.loads(bench.saved[-1])["paused_until_wall_s"] is None


def test_a_restart_keeps_what_was_set_and_the_rest_of_the_pause() -> None:
    bench = Bench()
    bench.set(CommandName.PAUSE, on=True, minutes=60)
    bench.set(CommandName.GUEST, on=True)
    bench.set(CommandName.SENSITIVITY, sensitivity="high")
    again = bench.restarted(after_s=600)
    assert again.shown == [bench.shown[-1]]
    again.clock.sleep(50 * 60)
    again.settings.follow()
    assert again.shown[-1] == {"paused": False, "paused_until": None, "guest": True, "sensitivity": "high"}
    assert bench.restarted(after_s=3601).shown[-1]["paused"] is False


def test_a_clock_that_is_years_behind_does_not_make_a_pause_last_for_years() -> None:
    bench = Bench()
    bench.set(CommandName.PAUSE, on=True, minutes=60)
    again = bench.restarted(back_s=5 * 365 * 86_400.0)
    assert again.drive.pipeline.paused
    again.clock.sleep(86_400)
    again.settings.follow()
    assert not again.drive.pipeline.paused


def test_another_sensitivity_in_the_configuration_is_newer_than_what_was_set_by_command() -> None:
    bench = Bench()
    bench.set(CommandName.SENSITIVITY, sensitivity="high")
    assert bench.restarted(configured="low").shown[-1]["sensitivity"] == "low"


@pytest.mark.parametrize(("sensitivity", "presence"), [("low", "contact"), ("normal", "lying"), ("high", "lying")])
def test_a_sensitivity_holds_from_the_next_frame_on(sensitivity: str, presence: str) -> None:
    bench = Bench()
    bench.drive.empty(8)
    bench.set(CommandName.SENSITIVITY, sensitivity=sensitivity)
    bench.drive.person(6, us=65.0)  # 43 % of the default reference: between 35 % and half as much again
    assert bench.drive.presence == presence


def test_every_part_of_detection_continues_with_another_sensitivity() -> None:
    bench = Bench()
    bench.set(CommandName.SENSITIVITY, sensitivity="low")
    wanted = Parameters().with_sensitivity("low")
    seen = bench.drive.pipeline.inspect()
    assert (seen.contact_on_pct, seen.lying_on_pct) == (wanted.contact_on_pct, wanted.lying_on_pct)


def test_settings_found_late_are_taken_up_unless_somebody_has_set_something_since() -> None:
    bench = Bench()
    text = json.dumps({"paused_until_wall_s": None, "guest": True, "sensitivity": "low", "configured": "normal"})
    bench.settings.restore_late(stored(text))
    assert bench.shown[-1] == {"paused": False, "paused_until": None, "guest": True, "sensitivity": "low"}
    bench.set(CommandName.GUEST, on=False)
    bench.settings.restore_late(stored(text))
    assert bench.shown[-1]["guest"] is False


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "{}", '{"paused_until_wall_s": "x", "guest": 1, "sensitivity": 2, "configured": 3}']
)
def test_damaged_settings_are_left_aside(text: str) -> None:
    assert Bench(text).shown == Bench().shown


def ended() -> Event:
    return Event(EventType.SESSION_ENDED, 9.0, "got_up", "The session ended.")


def test_a_guest_who_was_named_has_one_session_and_one_who_was_switched_on_stays() -> None:
    bench = Bench()
    bench.settings.name_guest(on=True)
    assert bench.shown[-1]["guest"]
    again = bench.restarted()
    assert again.shown[-1]["guest"]
    again.settings.on_event(ended())
    assert not again.shown[-1]["guest"]
    assert not again.restarted().drive.pipeline.guest
    bench.set(CommandName.GUEST, on=True)
    bench.settings.on_event(ended())
    assert bench.drive.pipeline.guest
    bench.settings.name_guest(on=False)
    assert not bench.drive.pipeline.guest


def test_what_the_log_says_of_a_guest_is_marked_as_about_people(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.set(CommandName.GUEST, on=True)
    bench.settings.name_guest(on=False)
    bench.set(CommandName.SENSITIVITY, sensitivity="high")
    said = "".join(f"{line}\n" for line in caplog.messages)
    assert about_the_mat(said) == "settings: The sensitivity is high.\n"
