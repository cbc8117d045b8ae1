"""The history asked without a daemon: the same requests and answers, with the stored file itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from acumat.cli.explain import DATABASE
from acumat.coach.safety import without_answers
from acumat.commands.parser import parse_request
from acumat.config import Config
from acumat.contract.commands import CommandName, Response
from acumat.contract.documents import response_document
from acumat.history.questions import Asked, Question
from acumat.history.requests import answer
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import Store
from acumat.service.checkpoint import DOCUMENT, read_checkpoint
from acumat.service.machine_zone import zone_name
from acumat.service.safety_file import NAME, SLOTS, SafetyFile
from acumat.state_folder import StateLock

SAFETY_S = 5.0
RETAINED = " What the broker still shows of the last session goes when the daemon starts, or with acumat unpublish."


def answer_alone(config: Config, name: CommandName, arguments: Mapping[str, Any], file: BinaryIO | None) -> dict[str, Any]:
    """Do what is asked. Raises StateInUseError if a daemon uses the file, StoreUnavailableError if it cannot be used."""
    command = parse_request({"command": name, **arguments})
    if isinstance(command, Response):
        return response_document(command)
    folder = config.daemon.state_dir
    path = folder / DATABASE
    if not path.exists():
        raise StoreUnavailableError(f"{path}: there is no history yet; start the daemon once, or name its configuration")
    with closing(StateLock(folder)), closing(Store(path)) as store:
        store.open()
        asked = Asked(time.time(), zone_name(), config.daemon.day_starts_at, _under_way(store, name))
        found = answer(store, Question(name, command.arguments, file, asked))
        text = found.text
        if found.forgot:
            _forget_answers(folder)
            text += RETAINED if config.mqtt.enabled else ""
    return {**response_document(Response(name, found.ok, found.reason, text)), **found.documents}


def _under_way(store: Store, name: CommandName) -> str | None:
    """The session that the last run has left open. It keeps nobody from forgetting or importing: nobody waits for a report."""
    if name in (CommandName.HISTORY_FORGET, CommandName.HISTORY_IMPORT):
        return None
    checkpoint = read_checkpoint(store.document(DOCUMENT))
    return None if checkpoint is None else checkpoint.session.session_id


def _forget_answers(folder: Path) -> None:
    """The answers about health, in every copy of the file of what protects the person."""
    for _ in range(SLOTS):
        file = SafetyFile(folder / NAME)
        text = file.read()
        if text is not None:
            file.save(without_answers(text))
            file.stop(SAFETY_S)
