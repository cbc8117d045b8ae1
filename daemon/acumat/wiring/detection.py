"""Builds the parts that decide about mat and person from the data of an earlier run: detection, its settings, the routine."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from acumat import __version__
from acumat.coach.rules import Rules
from acumat.commands.table import ADVICE_OVER_MQTT, SCREEN_OVER_MQTT
from acumat.config import Config
from acumat.contract.feed import hello_document
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.history.rows import Restored
from acumat.history.writer import Writer
from acumat.service.admission import Admission
from acumat.service.answers import Answers
from acumat.service.calibration_requests import CalibrationRequests
from acumat.service.checkpoint import Checkpoints
from acumat.service.commands import Commands
from acumat.service.detection import Detection
from acumat.service.feeling_requests import FeelingRequests
from acumat.service.feelings import Feelings
from acumat.service.guarded_pipeline import GuardedPipeline
from acumat.service.history_effects import along_with, on_changed
from acumat.service.history_requests import HistoryRequests
from acumat.service.learned_record import LearnedRecord
from acumat.service.minutes import Minutes
from acumat.service.null_routine import NullRoutine
from acumat.service.panel import NullPanel, Panel
from acumat.service.people import People
from acumat.service.recorder import Recorder
from acumat.service.records import Records
from acumat.service.recovery import Recovery
from acumat.service.request import history_away
from acumat.service.routine import Routine
from acumat.service.routine_requests import RoutineRequests
from acumat.service.safety_file import NAME, SafetyFile
from acumat.service.session_totals import SessionTotals
from acumat.service.settings import DOCUMENT as SETTINGS
from acumat.service.settings import Settings
from acumat.service.timekeeping import TimeOfDay
from acumat.wiring.context import Context
from acumat.wiring.persistence import Persistence


class Core(NamedTuple):
    """Detection and routine with what is recorded of them."""

    detection: Detection
    records: Records
    safety_file: SafetyFile


def core(
    context: Context,
    outlet: Persistence,
    restored: Restored,
    time_of_day: TimeOfDay,
    *,
    panel: Panel | NullPanel,
    guard: Guard,
) -> Core:
    """The parts with those values of `restored` that constructors take; the rest is restored when the daemon opens."""
    config, clock = context.config, context.clock
    pipeline = Pipeline(
        config.layout,
        learned=restored.learned,
        parameters=Parameters().with_sensitivity(config.sensitivity),
        prefix=restored.install,
        first_session=restored.next_session_no,
    )
    records = _records(context, outlet.writer, restored, time_of_day, pipeline)
    safety_file = SafetyFile(config.daemon.state_dir / NAME)
    people = People(restored.people, shown=config.mqtt.names)
    routine = _routine(context, records, safety_file, people)
    records.recorder.whose = routine.whose
    feelings = _feelings(context, outlet, time_of_day)
    commands = _commands(context, outlet, records, pipeline, routine, feelings, panel)
    guarded = GuardedPipeline(pipeline, guard, clock.monotonic)
    return Core(Detection(pipeline, guarded, routine, commands, feelings), records, safety_file)


def _records(context: Context, writer: Writer, restored: Restored, time_of_day: TimeOfDay, pipeline: Pipeline) -> Records:
    clock, names, boot_id, profile = context.clock, context.names, context.machine.boot_id, context.config.profile
    totals = SessionTotals(
        writer,
        clock,
        restored=restored,
        profile=profile,
        day_starts_at=context.config.daemon.day_starts_at,
        put=context.inbox.put,
    )
    learned = LearnedRecord(writer, clock, pipeline, restored=restored, sensor_names=names)
    recorder = Recorder(
        writer,
        clock,
        time_of_day,
        totals=totals,
        learned=learned,
        profile=profile,
        shares_check_ins=context.config.share.check_ins,
    )
    checkpoints = Checkpoints(pipeline, clock, time_of_day, boot_id=boot_id, sensors=names)
    recovery = Recovery(pipeline, recorder, checkpoints, clock, time_of_day, boot_id=boot_id, sensors=names)
    return Records(recorder, totals, learned, checkpoints, recovery, time_of_day, Minutes())


def rules_of(config: Config) -> Rules:
    """The routine's rules as they are configured."""
    routine = config.routine
    return Rules(
        cap_min=routine.cap_min,
        person_cap_min=routine.person_cap_min,
        goal=routine.goal,
        day_starts_at=config.daemon.day_starts_at,
        pacer=routine.pacer != "off",
    )


def _routine(context: Context, records: Records, safety_file: SafetyFile, people: People) -> Routine | NullRoutine:
    """The coach by the person's own rules, unless it is switched off."""
    if not context.config.routine.enabled:
        return NullRoutine(people)
    return Routine(
        context.clock,
        rules_of(context.config),
        boot=context.machine.boot_id,
        time_of_day=records.time_of_day,
        record=records.recorder.record_routine,
        file=safety_file,
        people=people,
        asks_health=context.config.routine.screen_over_mqtt,
    )


def _feelings(context: Context, outlet: Persistence, time_of_day: TimeOfDay) -> Feelings:
    return Feelings(
        outlet.writer,
        context.clock,
        time_of_day,
        day_starts_at=context.config.daemon.day_starts_at,
        shared=context.config.share,
        enqueue=context.inbox.put,
        show=outlet.publisher.publish_wellbeing,
    )


def _commands(
    context: Context,
    outlet: Persistence,
    records: Records,
    pipeline: Pipeline,
    guide: Routine | NullRoutine,
    feelings: Feelings,
    panel: Panel | NullPanel,
) -> Commands:
    routine = guide if isinstance(guide, Routine) else None
    config, clock, writer, enqueue = context.config, context.clock, outlet.writer, context.inbox.put
    settings = _settings(context, outlet, pipeline)
    answers = Answers(
        written=writer.when_written,
        stored=writer.when_written if routine is None else routine.when_stored,
        enqueue=enqueue,
        monotonic=context.machine_clock.monotonic,
    )
    calibration = CalibrationRequests(
        pipeline,
        writer,
        clock,
        answers,
        sensor_names=context.names,
        enqueue=enqueue,
        on_replaced=records.learned.is_stored,
    )
    return Commands(
        Admission(clock.monotonic, answers, store_works=lambda: not history_away(writer)),
        answers,
        calibration=calibration,
        settings=settings,
        routine=RoutineRequests(routine, writer, answers, enqueue=enqueue, name_guest=lambda on: settings.name_guest(on=on)),
        history=HistoryRequests(
            writer,
            answers,
            clock,
            day_starts_at=config.daemon.day_starts_at,
            under_way=partial(_under_way, pipeline, records),
            enqueue=enqueue,
            along=partial(along_with, routine),
            on_changed=partial(on_changed, records.totals, guide, feelings),
        ),
        feelings=FeelingRequests(feelings, clock, day_starts_at=config.daemon.day_starts_at),
        allowed=_allowed(config),
        silence=panel.silence,
        hello=partial(hello_document, version=__version__, mat_id=context.mat_id, layout=config.layout),
    )


def _allowed(config: Config) -> frozenset[str]:
    """The permissions for MQTT in the configuration."""
    routine = config.routine
    switches = {ADVICE_OVER_MQTT: routine.advice_over_mqtt, SCREEN_OVER_MQTT: routine.screen_over_mqtt}
    return frozenset(name for name, on in switches.items() if on)


def _settings(context: Context, outlet: Persistence, pipeline: Pipeline) -> Settings:
    return Settings(
        pipeline,
        context.clock,
        configured=context.config.sensitivity,
        show=outlet.publisher.publish_settings,
        save=partial(outlet.writer.save_document, SETTINGS),
    )


def _under_way(pipeline: Pipeline, records: Records) -> str | None:
    """The id of the session under way, or of one that is still undecided."""
    session, interrupted = pipeline.snapshot, records.recovery.interrupted
    if session is not None:
        return session.session_id
    return None if interrupted is None else interrupted.session.session_id
