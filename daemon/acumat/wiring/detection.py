"""What decides about mat and person, starting from what an earlier run has left: detection, its settings, the routine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from acumat.coach.rules import Rules
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.history.rows import Restored
from acumat.service.admission import Admission
from acumat.service.answers import Answers
from acumat.service.checkpoint import Checkpoints
from acumat.service.commands import Commands
from acumat.service.detection import Detection
from acumat.service.guarded_pipeline import GuardedPipeline
from acumat.service.panel import NullPanel, Panel
from acumat.service.recorder import Recorder
from acumat.service.records import Records
from acumat.service.recovery import Recovery
from acumat.service.restoring import Restoring
from acumat.service.routine import NullRoutine, Routine
from acumat.service.safety_file import NAME, SafetyFile
from acumat.service.settings import DOCUMENT as SETTINGS
from acumat.service.settings import Settings
from acumat.service.timekeeping import TimeOfDay
from acumat.wiring.context import Context
from acumat.wiring.persistence import Persistence


@dataclass(frozen=True, slots=True)
class Core:
    """Detection and routine with what is recorded of them."""

    detection: Detection
    records: Records
    safety_file: SafetyFile


def core(
    context: Context,
    persistence: Persistence,
    restored: Restored,
    time_of_day: TimeOfDay,
    *,
    panel: Panel | NullPanel,
    guard: Guard,
) -> Core:
    """Nothing has been restored yet beyond what constructors take."""
    config, clock, names, boot_id = context.config, context.clock, context.names, context.machine.boot_id
    writer, publisher = persistence.writer, persistence.publisher
    pipeline = Pipeline(
        config.layout,
        learned=restored.learned,
        parameters=Parameters().with_sensitivity(config.sensitivity),
        prefix=restored.install,
        first_session=restored.next_session_no,
    )
    recorder = Recorder(
        writer,
        clock,
        time_of_day,
        pipeline,
        restored=restored,
        sensor_names=names,
        profile=config.profile,
        day_starts_at=config.daemon.day_starts_at,
        put=context.inbox.put,
    )
    checkpoints = Checkpoints(pipeline, clock, time_of_day, boot_id=boot_id, sensors=names)
    recovery = Recovery(pipeline, recorder, checkpoints, clock, time_of_day, boot_id=boot_id, sensors=names)
    save = partial(writer.save_document, SETTINGS)
    settings = Settings(pipeline, clock, configured=config.sensitivity, show=publisher.show_settings, save=save)
    safety_file = SafetyFile(config.daemon.state_dir / NAME)
    routine = _routine(context, recorder, time_of_day, safety_file)
    restoring = Restoring(
        restored,
        boot_id=boot_id,
        time_of_day=time_of_day,
        pipeline=pipeline,
        recorder=recorder,
        recovery=recovery,
        settings=settings,
        routine=routine or NullRoutine(),
    )
    commands = _commands(context, persistence, pipeline, recorder, settings, routine, panel)
    guarded = GuardedPipeline(pipeline, guard, clock.monotonic)
    return Core(
        Detection(pipeline, guarded, routine or NullRoutine(), commands),
        Records(recorder, checkpoints, recovery, restoring, time_of_day),
        safety_file,
    )


def _routine(context: Context, recorder: Recorder, time_of_day: TimeOfDay, safety_file: SafetyFile) -> Routine | None:
    """The coach by the person's own rules; None where it is switched off."""
    routine = context.config.routine
    if not routine.enabled:
        return None
    rules = Rules(
        cap_min=routine.cap_min,
        person_cap_min=routine.person_cap_min,
        goal=routine.goal,
        day_starts_at=context.config.daemon.day_starts_at,
    )
    return Routine(
        context.clock,
        rules,
        boot=context.machine.boot_id,
        time_of_day=time_of_day,
        record=recorder.record_routine,
        file=safety_file,
    )


def _commands(
    context: Context,
    persistence: Persistence,
    pipeline: Pipeline,
    recorder: Recorder,
    settings: Settings,
    routine: Routine | None,
    panel: Panel | NullPanel,
) -> Commands:
    writer, enqueue = persistence.writer, context.inbox.put
    answers = Answers(
        written=writer.when_written,
        stored=writer.when_written if routine is None else routine.when_stored,
        enqueue=enqueue,
        monotonic=context.machine_clock.monotonic,
    )
    admission = Admission(context.clock.monotonic, answers, store_works=lambda: writer.condition.code != "store_unavailable")
    return Commands(
        pipeline,
        writer,
        context.clock,
        sensor_names=context.names,
        enqueue=enqueue,
        replaced=recorder.learned_is_stored,
        settings=settings,
        answers=answers,
        admission=admission,
        routine=routine,
        advice_over_mqtt=context.config.routine.advice_over_mqtt,
        silence=panel.silence,
    )
