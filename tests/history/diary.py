"""Histories of a person over days and years, for the tests of what is listed, exported and forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from random import Random
from tempfile import TemporaryFile
from typing import Any

from acumat.commands.parser import parse_request
from acumat.contract.commands import Command
from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.minutes import MinuteRow
from acumat.history.questions import Answer, Asked, Question
from acumat.history.requests import answer, wiped
from acumat.history.rows import SessionRow, StepRow
from acumat.history.store import Store

START_S = 1.76e9
DAY_S = 86400.0
ASKED = Asked(2.0e9, "Europe/Berlin", time(4))


def fill(store: Store, days: int, *, seed: int = 1, size: str = "72 x 43 cm", events: bool = True) -> None:
    """So many days with two sessions each, check-ins before and after them, minutes, and now and then a step."""
    random = Random(seed)
    for number in range(1, 2 * days + 1):
        start_s = START_S + (number - 1) * DAY_S / 2 + random.uniform(0, 3600)
        contact_s = random.uniform(600, 1800)
        session_id = f"{store.install}-s{number}"
        mono_s = start_s - START_S + 5000.0
        record = SessionRecord(
            session_id,
            mono_s,
            mono_s + contact_s,
            contact_s,
            number % 2,
            "got_up",
            98.4321,
            -3.21,
            4.5,
            0.9123,
            guest=number % 9 == 8,
        )
        row = SessionRow(number, record, start_s, start_s + contact_s, Profile(size=size), zone="Europe/Berlin")
        minutes = [MinuteRow(session_id, each, 98.4, -3.0, 2.0, 0.912, 0.9, 13.2) for each in range(int(contact_s // 60) + 1)]
        before = CheckInRow(
            "before", start_s - 300, mono_s - 300, random.randint(1, 5), random.randint(0, 10), zone="Europe/Berlin"
        )
        after = CheckInRow(
            "after", start_s + contact_s + 60, mono_s + contact_s + 60, random.randint(1, 5), session_id=session_id
        )
        store.record((), check_ins=[before])
        ended = [(start_s, mono_s, {"event_type": "session_ended", "session_id": session_id})] if events else []
        steps = [StepRow(start_s, mono_s, "done", "Ten minutes done.", 10, 12, "shirt", "shirt")] if number % 10 == 0 else []
        store.record(ended, row, minutes=minutes, steps=steps)
        store.record((), check_ins=[after])


def people(store: Store, *names: str) -> None:
    """People beside the owner; each has the sessions whose number leaves so much when divided by five, and a week's answers."""
    with store.transaction() as db:
        for number, name in enumerate(names, start=1):
            db.execute("INSERT INTO person VALUES (?, ?, ?)", (number, name, START_S + number))
            db.execute("UPDATE session SET person = ? WHERE number % 5 = ?", (number, number))
            ids = "SELECT session_id FROM session WHERE person = ?"
            db.execute(f"UPDATE checkin SET person = ? WHERE session_id IN ({ids})", (number, number))
            db.execute("INSERT INTO weekly (person, wall_s, stiffness, sleep) VALUES (?, ?, 3, 4)", (number, START_S + DAY_S))


@dataclass
class Desk:
    """Asks a store as the daemon does."""

    store: Store
    asked: Asked = field(default=ASKED)

    def ask(self, action: str, file: Any = None, **arguments: Any) -> Answer:
        command = parse_request({"command": f"history_{action}", **arguments})
        assert isinstance(command, Command), command
        return self.answered(Question(command.name, command.arguments, file, self.asked))

    def answered(self, question: Question) -> Answer:
        """The whole answer, as one: what is to be forgotten is gone with it."""
        found = answer(self.store, question)
        said = wiped(self.store, found) if found.traces else found
        return replace(found, ok=said.ok, reason=said.reason, text=said.text)

    def done(self, action: str, file: Any = None, **arguments: Any) -> dict[str, Any]:
        found = self.ask(action, file, **arguments)
        assert found.ok, found.text
        return dict(found.documents)

    def refused(self, action: str, file: Any = None, **arguments: Any) -> str:
        found = self.ask(action, file, **arguments)
        assert not found.ok
        assert not found.changed
        assert found.text.endswith(".")
        return found.reason

    def exported(self, form: str = "json") -> bytes:
        with TemporaryFile() as file:
            self.done("export", file, format=form)
            file.seek(0)
            return file.read()

    def importing(self, content: bytes) -> Answer:
        with TemporaryFile() as file:
            file.write(content)
            return self.ask("import", file)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
