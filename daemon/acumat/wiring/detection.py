"""What is known of mat and person: detection, its settings, the session gone on with, what is kept of all that, the routine."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.coach.rules import Rules
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.recorder import Recorder
from acumat.service.recovery import Recovery
from acumat.service.routine import Routine
from acumat.service.safety_file import NAME, SafetyFile
from acumat.service.settings import DOCUMENT as SETTINGS_DOCUMENT
from acumat.service.settings import Settings
from acumat.service.timekeeping import DOCUMENT as CLOCK_DOCUMENT
from acumat.wiring.context import Context
from acumat.wiring.persistence import Persistence


@dataclass(frozen=True, slots=True)
class Detection:
    """All that thinks, in the state in which an earlier run has left it."""

    pipeline: Pipeline
    keeper: Recorder
    checkpoints: Checkpoints
    recovery: Recovery
    settings: Settings
    safety_file: SafetyFile
    routine: Routine | None


def detection(ground: Context, memory: Persistence) -> Detection:
    """Detection with what was learnt; a session that was under way is looked for again."""
    config, clock, time_of_day, kept = ground.config, ground.clock, ground.time_of_day, memory.kept
    boot_id = ground.machine.boot_id
    time_of_day.recall(
        kept.documents.get(CLOCK_DOCUMENT),
        boot_id=boot_id,
        save=lambda text: memory.writer.save_document(CLOCK_DOCUMENT, text),
    )
    pipeline = Pipeline(
        config.layout,
        learned=kept.learned,
        parameters=Parameters().with_sensitivity(config.sensitivity),
        prefix=kept.install,
        first_session=kept.next_session_no,
    )
    keeper = Recorder(
        memory.writer,
        clock,
        kept=kept,
        sensor_names=ground.names,
        profile=config.profile,
        day_starts_at=config.daemon.day_starts_at,
        time_known=lambda: time_of_day.known,
    )
    checkpoints = Checkpoints(
        lambda: pipeline.snapshot,
        clock,
        time_of_day,
        boot_id=boot_id,
        sensors=ground.names,
        earlier=lambda: recovery.earlier,
        meanwhile=lambda: pipeline.meanwhile,
    )
    recovery = Recovery(pipeline, keeper, clock, time_of_day, boot_id=boot_id, sensors=ground.names, documents=checkpoints.now)
    checkpoint = read_checkpoint(kept.documents.get(DOCUMENT))
    if checkpoint is not None:
        recovery.start(checkpoint)
    safety_file = SafetyFile(config.daemon.state_dir / NAME)
    settings, routine = _settings(ground, memory, pipeline), _routine(ground, memory, pipeline, keeper, safety_file)
    return Detection(pipeline, keeper, checkpoints, recovery, settings, safety_file, routine)


def _settings(ground: Context, memory: Persistence, pipeline: Pipeline) -> Settings:
    publisher, writer = memory.mqtt.publisher, memory.writer
    settings = Settings(
        pipeline,
        ground.clock,
        configured=ground.config.sensitivity,
        show=publisher.show_settings if publisher is not None else lambda _document: None,
        save=lambda text: writer.save_document(SETTINGS_DOCUMENT, text),
    )
    settings.start(memory.kept)
    return settings


def _routine(
    ground: Context, memory: Persistence, pipeline: Pipeline, keeper: Recorder, safety_file: SafetyFile
) -> Routine | None:
    """The coach by the person's own rules; None where it is switched off."""
    config, time_of_day, kept = ground.config, ground.time_of_day, memory.kept
    if not config.routine.enabled:
        return None
    return Routine(
        ground.clock,
        Rules(
            cap_min=config.routine.cap_min,
            person_cap_min=config.routine.person_cap_min,
            goal=config.routine.goal,
            day_starts_at=config.daemon.day_starts_at,
        ),
        boot=ground.machine.boot_id,
        time_known=lambda: time_of_day.known,
        documents=kept.documents if kept.found else None,
        keep=keeper.keep_routine,
        file=safety_file,
        guest=lambda: pipeline.guest_lies_there,
        doubts_empty=lambda: pipeline.doubts_empty,
    )
