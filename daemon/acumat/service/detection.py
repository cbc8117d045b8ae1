"""The parts of the loop that decide about mat and person."""

from __future__ import annotations

from typing import NamedTuple

from acumat.detect.pipeline import Pipeline
from acumat.service.commands import Commands
from acumat.service.feelings import Feelings
from acumat.service.guarded_pipeline import GuardedPipeline
from acumat.service.null_routine import NullRoutine
from acumat.service.routine import Routine


class Detection(NamedTuple):
    """`guarded` steps `pipeline`; `commands` changes both it and the routine."""

    pipeline: Pipeline
    guarded: GuardedPipeline
    routine: Routine | NullRoutine
    commands: Commands
    feelings: Feelings
