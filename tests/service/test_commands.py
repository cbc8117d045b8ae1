"""Commands on their way to their handlers: none without one, none let in that must not be, each answered when it should be."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.requests import HANDLERS
from acumat.commands.arguments import Argument, Choice, Flag, Number, Text, may_be_null
from acumat.commands.parser import parse_request
from acumat.commands.spec import Answered
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName, Origin
from acumat.contract.learned import Learned
from acumat.contract.state import Condition, MatState, Presence
from acumat.history.questions import Along
from acumat.history.requests import HANDLERS as HISTORY_HANDLERS
from acumat.service.admission import UNCONFIRMED_MOST, Admission
from acumat.service.answers import HOLD_S, Answers
from acumat.service.calibration_requests import CalibrationRequests
from acumat.service.commands import Commands
from acumat.service.feeling_requests import FeelingRequests
from acumat.service.history_requests import HistoryRequests
from acumat.service.inbox import CalibrationUndone, HistoryAnswered, StepsRead
from acumat.service.routine_requests import RoutineRequests
from acumat.service.settings import Settings
from tests.detect.harness import PipelineHarness
from tests.detect.test_calibration import CROOKED, body, lie, times
from tests.service.hand import HandSafetyFile
from tests.service.test_routine import NONE_OF_IT
from tests.service.test_routine import Bench as RoutineBench


class Bench:
    """Commands on a real pipeline, a real routine and a store that works when the test says so."""

    def __init__(self, path: Path, *, routine: bool = True, advice_over_mqtt: bool = False) -> None:
        self.drive = PipelineHarness()
        self.home = RoutineBench(path)
        self.clock, self.writer = self.home.clock, self.home.writer
        self.messages: list[Any] = []
        self.answered: list[dict[str, Any]] = []
        self.replaced: list[Learned] = []
        self.sounding, self.store_works = False, True
        answers = Answers(
            written=self.writer.when_written,
            stored=self.home.routine.when_stored,
            enqueue=self.messages.append,
            monotonic=self.clock.monotonic,
        )
        calibration = CalibrationRequests(
            self.drive.pipeline,
            self.writer,
            self.clock,
            answers,
            sensor_names=tuple(sensor.name for sensor in self.drive.mat.sensors),
            enqueue=self.messages.append,
            on_replaced=self.replaced.append,
        )
        self.shown: list[Any] = []
        self.changes: list[bool] = []
        """For each change of the history whether everything was forgotten."""
        settings = Settings(
            self.drive.pipeline, self.clock, configured="normal", show=self.shown.append, save=lambda _text: None
        )
        self.commands = Commands(
            Admission(self.clock.monotonic, answers, store_works=lambda: self.store_works),
            answers,
            calibration=calibration,
            settings=settings,
            routine=RoutineRequests(
                self.home.routine if routine else None,
                self.writer,
                answers,
                enqueue=self.messages.append,
                name_guest=lambda on: settings.name_guest(on=on),
            ),
            history=HistoryRequests(
                self.writer,
                answers,
                self.clock,
                day_starts_at=time(4),
                under_way=lambda: None,
                enqueue=self.messages.append,
                along=lambda _command: Along(),
                on_changed=lambda found: self.changes.append(found.forgot) if found.changed else None,
            ),
            feelings=FeelingRequests(self.home.feelings, self.clock, day_starts_at=time(4)),
            advice_over_mqtt=advice_over_mqtt,
            silence=self._silence,
            hello=lambda answer, rate_hz: {"kind": "hello", **answer, "rate_hz": rate_hz},
        )

    def _silence(self) -> bool:
        sounded, self.sounding = self.sounding, False
        return sounded

    def ask(self, name: str, origin: Origin = "control", **arguments: Any) -> dict[str, Any] | None:
        """The answer, if it comes at once."""
        command = parse_request({"command": name, **arguments})
        assert isinstance(command, Command)
        before = len(self.answered)
        asked = Command(command.name, command.correlation, origin, command.arguments)
        self.commands.run(asked, self.answered.append, lambda: {"state": "known"})
        return self.answered[-1] if len(self.answered) > before else None

    def deliver(self) -> None:
        """A frame has passed and the history has written and read."""
        self.commands.follow(self.answered.append)
        self.writer.work()
        self.receive()

    def receive(self) -> None:
        """What other threads have to say reaches the commands."""
        messages, self.messages[:] = list(self.messages), []
        for message in messages:
            match message:
                case StepsRead():
                    self.commands.on_steps_read(message)
                case HistoryAnswered():
                    self.commands.on_history_answered(message)
                case CalibrationUndone():
                    self.commands.on_calibration_undone(message)
                case _:
                    message.act()

    def somebody(self) -> None:
        """A guided session begins; detection is not concerned."""
        self.ask("screen", **NONE_OF_IT)
        self.deliver()
        self.home.lie(0, 100)
        self.answered.clear()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "h.db")


# handlers


@pytest.mark.parametrize("routine", [True, False])
def test_every_command_has_a_handler_and_no_handler_is_without_a_command(tmp_path: Path, routine: bool) -> None:
    bench = Bench(tmp_path / "h.db", routine=routine)
    assert {*bench.commands.handlers, CommandName.HOLD} == set(CommandName)


ANNOTATIONS = {Flag: "bool", Choice: "str", Number: "float", Text: "str"}


def annotation(argument: Argument) -> str:
    kind = "int" if isinstance(argument, Number) and argument.whole else ANNOTATIONS[type(argument)]
    return f"{kind} | None" if may_be_null(argument) else kind


@pytest.mark.parametrize("name", list(CommandName))
def test_a_handler_takes_exactly_the_arguments_of_the_table_with_their_types(bench: Bench, name: CommandName) -> None:
    if name is CommandName.HOLD:
        return
    handler: Callable[..., object] = HANDLERS.get(name) or HISTORY_HANDLERS.get(name) or bench.commands.handlers[name]
    taken = {
        each.name: each.annotation
        for each in inspect.signature(handler).parameters.values()
        if each.kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    }
    wanted = {argument.key: annotation(argument) for argument in COMMANDS[name].arguments}
    if name is CommandName.SCREEN:  # one for each question
        assert taken == {"words": "str"}
        assert set(wanted.values()) == {"str"}
    elif name is CommandName.EVENTS:  # one of them has a name that Python keeps for itself
        assert taken == {"ids": "str | None"}
        assert set(wanted.values()) == {"str | None"}
    else:
        assert taken == wanted


# who may ask, and what is let in


def test_advice_is_taken_over_mqtt_where_the_configuration_says_so(tmp_path: Path) -> None:
    reasons = {}
    for allowed in (False, True):
        bench = Bench(tmp_path / f"{allowed}.db", advice_over_mqtt=allowed)
        answer = bench.ask("advice", "mqtt")
        assert answer is not None
        reasons[allowed] = answer["reason"]
    assert reasons == {False: "local_only", True: "unanswered"}


def test_the_mat_is_not_taken_for_empty_while_the_cap_counts_for_somebody_unseen(bench: Bench) -> None:
    bench.somebody()
    bench.home.frame(MatState(presence=Presence.BLIND))
    for name in ("tare", "calibrate"):
        answer = bench.ask(name)
        assert answer is not None
        assert answer["reason"] == "occupied"
    assert bench.drive.pipeline.calibration is None


@pytest.mark.parametrize("name", [name for name in HANDLERS if name is not CommandName.PRESS] + [CommandName.PROGRAMME])
def test_a_routine_that_is_switched_off_says_so(tmp_path: Path, name: CommandName) -> None:
    bench = Bench(tmp_path / "h.db", routine=False)
    arguments = {"screen": NONE_OF_IT, "check_in": {"calm": 3}, "redness": {"answer": "faded"}, "programme_set": {"cap": 25}}
    answer = bench.ask(name, **arguments.get(name, {}))
    assert answer is not None
    assert (answer["ok"], answer["reason"]) == (False, "routine_off")


def test_while_the_disk_fails_questions_are_answered_and_too_many_changes_are_not(bench: Bench) -> None:
    bench.store_works = False
    for _ in range(UNCONFIRMED_MOST):
        bench.ask("guest", on=True)
        bench.commands.follow(bench.answered.append)
        bench.clock.sleep(HOLD_S)  # given up, and still not confirmed
    bench.commands.follow(bench.answered.append)
    refused, read = bench.ask("guest", on=True), bench.ask("status")
    assert refused is not None
    assert read is not None
    assert (refused["reason"], read["reason"]) == ("busy", "done")
    bench.store_works = True
    assert bench.ask("guest", on=True) is None


# what a button means


def test_a_hold_is_a_tare_of_the_empty_mat_and_a_symptom_of_a_person(bench: Bench) -> None:
    bench.drive.empty(30)
    bench.home.frame(MatState(presence=Presence.EMPTY))
    assert bench.ask("hold", "panel") is None, "it waits for the history"
    bench.deliver()
    assert (bench.answered[-1]["name"], bench.answered[-1]["text"]) == ("hold", "What the mat reads now is taken for empty.")
    bench.somebody()
    bench.ask("hold", "panel")
    bench.deliver()
    assert bench.answered[-1]["name"] == "hold"
    assert bench.answered[-1]["text"].startswith("Please get up slowly")


def test_a_press_ends_what_is_most_urgent(bench: Bench) -> None:
    bench.drive.empty(30)
    bench.home.frame(MatState(presence=Presence.EMPTY))
    bench.ask("calibrate")
    bench.sounding = True
    texts = []
    for _ in range(3):
        answer = bench.ask("press", "panel")
        assert answer is not None, "nothing of it is stored"
        texts.append((answer["reason"], answer["text"].split(";")[0].split(".")[0]))
    assert texts == [
        ("done", "The buzzer is silent"),
        ("done", "The calibration is cancelled"),
        ("nothing_to_stop", "There is nothing to stop now"),
    ]
    bench.somebody()
    bench.sounding = True
    bench.ask("press", "panel")
    bench.deliver()
    assert bench.answered[-1]["text"] == "The guidance has ended. Get up slowly when you like."
    assert bench.sounding, "the guidance comes first; the panel falls silent with its answer"


def test_a_press_during_a_calibration_cancels_it_and_leaves_the_guidance(bench: Bench) -> None:
    bench.drive.empty(30)
    bench.ask("calibrate")
    bench.somebody()
    answer = bench.ask("press", "panel")
    assert answer is not None
    assert answer["text"].startswith("The calibration is cancelled")
    bench.home.lie(100, 102)
    assert "guidance_stopped" not in bench.home.types()


# when the answer comes


CHANGES = [("pause", {"on": True}), ("guest", {"on": True}), ("sensitivity", {"sensitivity": "low"}), ("tare", {})]


@pytest.mark.parametrize(("name", "arguments"), [*CHANGES, ("mode", {"mode": "neck"}), ("calibrate", {}), ("status", {})])
def test_a_change_is_answered_when_it_is_stored_and_all_else_at_once(
    bench: Bench, name: str, arguments: dict[str, Any]
) -> None:
    bench.drive.empty(30)
    at_once = bench.ask(name, **arguments)
    assert (at_once is None) is (COMMANDS[CommandName(name)].answered is Answered.WHEN_STORED)
    assert (at_once is None) is ((name, arguments) in CHANGES)
    bench.deliver()
    assert (bench.answered[0]["name"], bench.answered[0]["reason"]) == (name, "done")


def test_a_refusal_waits_for_nothing(bench: Bench) -> None:
    bench.home.frame(MatState(presence=Presence.EMPTY))
    answer = bench.ask("stop")
    assert answer is not None
    assert (answer["ok"], answer["reason"]) == (False, "nobody_there")


PROTECTS: list[tuple[str, dict[str, Any]]] = [
    ("symptom", {}),
    ("programme_set", {"cap": 25}),  # no command of safety by its name, but by what it changes
]


@pytest.mark.parametrize(("name", "arguments"), PROTECTS)
def test_what_protects_the_person_waits_for_the_safety_file_and_not_for_the_history(
    bench: Bench, name: str, arguments: dict[str, Any]
) -> None:
    bench.somebody()
    file = bench.home.routine._file
    assert isinstance(file, HandSafetyFile)
    file.slow = True
    assert bench.ask(name, **arguments) is None
    file.turn()
    bench.receive()
    assert [each["reason"] for each in bench.answered] == ["done"]


def test_a_symptom_that_is_noted_already_waits_for_no_history_either(bench: Bench) -> None:
    bench.somebody()
    bench.ask("symptom")
    bench.ask("symptom")
    bench.receive()
    assert [(each["reason"], "already" in each["text"]) for each in bench.answered] == [("done", False), ("done", True)]


def test_status_carries_everything_known(bench: Bench) -> None:
    answer = bench.ask("status", correlation="q")
    assert answer is not None
    assert (answer["ok"], answer["correlation"], answer["state"]) == (True, "q", "known")


@pytest.mark.parametrize(("name", "reason"), [("calibrate_undo", "nothing_to_undo"), ("programme", "done")])
def test_what_the_history_has_to_find_is_answered_once_it_has(bench: Bench, name: str, reason: str) -> None:
    assert bench.ask(name, correlation="q") is None
    bench.deliver()
    assert [(each["reason"], each["correlation"]) for each in bench.answered] == [(reason, "q")]
    assert json.dumps(bench.answered)


@pytest.mark.parametrize(("name", "reason"), [("calibrate_undo", "history"), ("programme", "done")])
def test_without_the_history_it_is_answered_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.setattr(type(bench.writer), "condition", property(lambda _: Condition("store_unavailable")), raising=False)
    answer = bench.ask(name)
    assert answer is not None
    assert answer["reason"] == reason
    assert answer.get("steps", []) == []


def test_no_calibration_is_undone_while_one_is_running(bench: Bench) -> None:
    bench.drive.empty(30)
    bench.ask("calibrate")
    answer = bench.ask("calibrate_undo")
    assert answer is not None
    assert answer["reason"] == "calibrating"
    cancelled = bench.ask("calibrate_cancel")
    again = bench.ask("calibrate_cancel")
    assert cancelled is not None
    assert again is not None
    assert (cancelled["reason"], again["reason"]) == ("done", "not_calibrating")


def test_each_stage_of_a_calibration_is_reported_to_who_began_it(bench: Bench) -> None:
    bench.drive.empty(30)
    bench.ask("calibrate", correlation="mine")
    bench.deliver()
    bench.answered.clear()
    bench.drive.empty(60)
    bench.deliver()
    bench.deliver()
    assert [(each["name"], each["correlation"]) for each in bench.answered] == [("calibrate", "mine")]
    assert bench.answered[0]["reason"] == bench.drive.pipeline.calibration.stage  # type: ignore[union-attr]


def test_a_calibration_is_stored_and_undone_and_the_empty_mat_stays_todays(bench: Bench) -> None:
    pipeline = bench.drive.pipeline
    bench.drive.empty(30)
    bench.ask("calibrate")
    before = pipeline.learned
    bench.drive.empty(8)
    lie(bench.drive, 30, times(body(bench.drive.mat), CROOKED))
    bench.drive.empty(10)
    for event in bench.drive.events:
        bench.commands.on_event(event)
    bench.deliver()
    after = pipeline.learned
    assert after.gains != before.gains
    assert [each.gains for each in bench.replaced] == [after.gains]
    assert bench.commands.outcome is not None
    assert bench.commands.outcome["ok"]
    bench.answered.clear()
    bench.ask("calibrate_undo", correlation="u")
    bench.deliver()
    assert [(each["reason"], each["correlation"]) for each in bench.answered] == [("done", "u")]
    assert pipeline.learned.gains == before.gains
    assert pipeline.learned.baseline_us == after.baseline_us != before.baseline_us
    assert [each.gains for each in bench.replaced[1:]] == [before.gains]
    bench.drive.empty(30)
    bench.ask("calibrate")
    assert bench.commands.outcome is None, "that of the one before is over"


def test_a_pause_ends_by_itself_after_its_minutes(bench: Bench) -> None:
    bench.ask("pause", on=True, minutes=5)
    bench.clock.sleep(299.0)
    bench.deliver()
    assert bench.drive.pipeline.paused
    bench.clock.sleep(1.0)
    bench.deliver()
    assert not bench.drive.pipeline.paused


def test_how_somebody_feels_is_in_the_status_on_the_machine_and_not_in_the_one_for_the_broker(bench: Bench) -> None:
    on_machine, for_broker = bench.ask("status"), bench.ask("status", origin="mqtt")
    assert on_machine is not None
    assert for_broker is not None
    assert "question" in on_machine["wellbeing"]
    assert "wellbeing" not in for_broker
