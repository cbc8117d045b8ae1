"""Requests about the history without a daemon: the same requests and answers, on the stored file itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from acumat.backup.staged import as_owner
from acumat.cli.explain import DATABASE
from acumat.coach.journal_text import DOCUMENT as PEOPLE
from acumat.coach.moment import Moment
from acumat.coach.persons import with_people
from acumat.coach.rules import Rules
from acumat.coach.safety import without_answers
from acumat.coach.serialisation import DOCUMENT as ROUTINE
from acumat.coach.state import CoachState
from acumat.commands.parser import parse_request
from acumat.config import Config
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import response_document
from acumat.history.copies import READ_ONLY_DISK, is_there, on_read_only_disk, readable
from acumat.history.forms import no_moment, wall_s
from acumat.history.people import people_of
from acumat.history.questions import Along, Asked, Question
from acumat.history.requests import answer, wiped
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import Store
from acumat.identity import this_machine
from acumat.service.along import forgotten_before, read_state, with_assigned, without_person
from acumat.service.checkpoint import DOCUMENT, read_checkpoint
from acumat.service.machine_zone import MachineZone, zone_name
from acumat.service.people import GUEST, People
from acumat.service.safety_file import NAME, SLOTS, SafetyFile
from acumat.state_folder import StateLock
from acumat.wiring.detection import rules_of

SAFETY_S = 5.0
READING = {
    CommandName.HISTORY_LIST,
    CommandName.HISTORY_SHOW,
    CommandName.HISTORY_EXPORT,
    CommandName.HISTORY_HELPED,
    CommandName.HISTORY_EXPLAIN,
    CommandName.PEOPLE_LIST,
}
"""These change nothing, and answer from a read-only disk as well."""
RETAINED = " The broker shows the last session until the daemon starts, or until acumat unpublish."


def answer_alone(config: Config, name: CommandName, arguments: Mapping[str, Any], file: BinaryIO | None) -> dict[str, Any]:
    """Carry out the request. Raises StateInUseError if a daemon uses the file, StoreUnavailableError if it cannot be used."""
    command = parse_request({"command": name, **arguments})
    if isinstance(command, Response):
        return response_document(command)
    folder = config.daemon.state_dir
    path = folder / DATABASE
    if not is_there(path):
        raise StoreUnavailableError(f"{path}: there is no history yet; start the daemon once, or name its configuration")
    reading = name in READING
    if not reading and on_read_only_disk(path):
        raise StoreUnavailableError(f"{path}: {READ_ONLY_DISK}; restart the machine, and copy it all: acumat backup")
    with (
        as_owner(folder),  # what root made there, such as the fresh file after damage, would be lost to the daemon
        readable(path) if reading else nullcontext(path) as used,
        closing(StateLock(folder)) if used == path else nullcontext(),
        closing(Store(used)) as store,
    ):
        store.open()
        asked = Asked(time.time(), zone_name(), config.daemon.day_starts_at, _under_way(store, name))
        along = _along(store, command, config)
        found = answer(store, Question(name, command.arguments, file, asked, along))
        if found.forgot:
            _forget_answers(folder)
        elif found.ok and along.person is not None and name in (CommandName.PEOPLE_REMOVE, CommandName.HISTORY_FORGET):
            _forget_answers(folder, along.person)
        said = wiped(store, found) if found.traces else found
    text = said.text + (RETAINED if found.forgot and config.mqtt.enabled else "")
    return {**response_document(Response(name, said.ok, said.reason, text)), **said.documents}


def _under_way(store: Store, name: CommandName) -> str | None:
    """The session that the last run has left open. It prevents no deletion and no import, since nobody waits for its report."""
    if name in (CommandName.HISTORY_FORGET, CommandName.HISTORY_IMPORT, CommandName.PEOPLE_REMOVE):
        return None
    checkpoint = read_checkpoint(store.document(DOCUMENT))
    return None if checkpoint is None else checkpoint.session.session_id


def _along(store: Store, command: Command, config: Config) -> Along:
    """The routine after a request about a person, or after a deletion."""
    arguments = command.arguments
    before = arguments.get("before")
    who = arguments.get("name" if command.name is CommandName.PEOPLE_REMOVE else "person")
    with store.reading() as db:
        people = People(people_of(db), shown=False)
    boot, rules = this_machine().boot_id, rules_of(config)
    now = Moment(time.monotonic(), time.time(), boot, MachineZone())
    if isinstance(before, str) and not no_moment(before):
        return forgotten_before(_routine(store, boot, people, rules), wall_s(before), now, rules)
    person = None if who is None else people.number(str(who))
    if not isinstance(person, int) or person == GUEST:
        return Along()
    if command.name is CommandName.HISTORY_ASSIGN:
        return with_assigned(_routine(store, boot, people, rules), str(arguments["id"]), person, now, rules)
    if command.name in (CommandName.PEOPLE_REMOVE, CommandName.HISTORY_FORGET):
        return without_person(_routine(store, boot, people, rules), people.names, person, now, rules)
    return Along(person=person)


def _routine(store: Store, boot: str, people: People, rules: Rules) -> CoachState:
    documents = {name: text for name in (ROUTINE, PEOPLE) if (text := store.document(name)) is not None}
    return with_people(read_state(documents, boot), people.names, rules)


def _forget_answers(folder: Path, person: int | None = None) -> None:
    """The answers about health, of all or of one person, in every copy of the file of what protects people."""
    for _ in range(SLOTS):
        file = SafetyFile(folder / NAME)
        text = file.read()
        if text is not None:
            file.save(without_answers(text, person))
            file.stop(SAFETY_S)
