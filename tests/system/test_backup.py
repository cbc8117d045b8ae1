"""Backup, restore and id as a person types them, beside a running daemon and without one."""

from __future__ import annotations

import json
import os
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.contract.commands import CommandName
from acumat.control import ask
from acumat.history.check import NUMBERED_ON
from acumat.service.origin import NAME as ORIGIN
from tests.broker import PATIENCE_S, Broker, until
from tests.system.process import DaemonProcess
from tests.system.test_commands import acumat

pytestmark = pytest.mark.broker


def command(daemon: DaemonProcess, name: CommandName, **arguments: object) -> None:
    answer = ask(daemon.folder / "run" / "control.sock", {"command": name, **arguments}, PATIENCE_S)
    assert answer["ok"], answer


def test_what_is_said_after_a_backup_still_protects_after_its_restore(tmp_path: Path, broker: Broker) -> None:
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[(60, 8000)], lasting=True, unhurried=True)
    where = ("--config", str(daemon.config))
    file = tmp_path / "test.acumat"
    daemon.start()
    try:
        answers = dict.fromkeys(("wounds", "bleeding", "circulation", "sensation", "skin", "pregnancy"), "no")
        answers |= dict.fromkeys(("condition", "anticoagulants", "corticoids", "spine", "heart"), "no")
        command(daemon, CommandName.SCREEN, **answers)
        done = acumat("backup", str(file), *where)
        assert done.returncode == exit_codes.OK, done.stderr
        assert "mat test" in done.stdout
        again = acumat("backup", str(file), *where)
        assert again.returncode == exit_codes.DATA
        assert "--force" in again.stderr
        refused = acumat("restore", str(file), *where)
        assert refused.returncode == exit_codes.REFUSED
        assert "nothing was changed" in refused.stderr

        until(lambda: daemon.status()["state"]["session_id"], "somebody lies there")
        command(daemon, CommandName.SYMPTOM)
        command(daemon, CommandName.PROGRAMME_SET, cap=25)
        before = daemon.status()["routine"]
        assert (before["guidance_reason"], before["cap_min"]) == ("symptom", 25)
        daemon.stop()
        restored = acumat("restore", str(file), *where)
        assert restored.returncode == exit_codes.OK, restored.stderr
        assert "What was there before is saved as" in restored.stdout
        daemon.start()
        after = daemon.status()["routine"]
        assert (after["guidance_reason"], after["cap_min"]) == ("symptom", 25)
    finally:
        daemon.kill()


def test_a_copied_card_is_noticed_and_takes_an_id_of_its_own(tmp_path: Path, broker: Broker) -> None:
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[])
    where = ("--config", str(daemon.config))
    daemon.start()
    try:
        assert "identity" not in daemon.status()["health"]
        daemon.stop()
        origin = tmp_path / "state" / ORIGIN
        stored = json.loads(origin.read_text())
        assert stored["mat_id"] == "test"
        origin.write_text(json.dumps({**stored, "machine": "another"}))
        with closing(sqlite3.connect(tmp_path / "state" / "acumat.db")) as db, db:
            assert db.execute("SELECT value FROM document WHERE name = ?", (NUMBERED_ON,)).fetchone() == (stored["machine"],)
            db.execute("UPDATE document SET value = 'another' WHERE name = ?", (NUMBERED_ON,))
            before = db.execute("SELECT id FROM install").fetchone()
        daemon.start()
        until(lambda: daemon.status()["health"]["store"]["code"] == "ok", "the history is open")
        with closing(sqlite3.connect(tmp_path / "state" / "acumat.db")) as db:
            assert db.execute("SELECT id FROM install").fetchone() != before, "the other machine gives ids of the same name"
        found = daemon.status()["health"]["identity"]
        assert found["code"] == "other_machine"
        assert "acumat id --new" in found["text"]
        shown = acumat("id", *where)
        assert "mat test" in shown.stdout
        assert "another machine" in shown.stdout
        kept = acumat("id", "--keep", *where)
        assert kept.returncode == exit_codes.OK, kept.stderr
        daemon.stop()
        daemon.start()
        assert "identity" not in daemon.status()["health"]

        daemon.stop()
        origin.write_text(json.dumps({**stored, "machine": "another"}))
        new = acumat("id", "--new", *where)
        assert new.returncode == exit_codes.OK, new.stderr
        assert "acumat unpublish --mat test" in new.stdout
        mat_id = tomllib.loads(daemon.config.read_text())["mat"]["id"]
        assert mat_id != "test"
        daemon.start()
        assert daemon.status()["mat"] == mat_id
        assert "identity" not in daemon.status()["health"]
    finally:
        daemon.kill()


def test_a_start_finishes_a_restore_that_was_cut_short(tmp_path: Path, broker: Broker) -> None:
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[])
    folder = tmp_path / "state" / "restoring"
    folder.mkdir(parents=True)
    (folder / "acumat.db").write_bytes(b"half of it")
    daemon.start()
    try:
        assert daemon.status()["health"]["store"]["code"] == "ok"
        assert not folder.exists(), "it did not count yet"
    finally:
        daemon.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: files of two users")
def test_as_root_nothing_in_the_daemons_folder_becomes_roots(tmp_path: Path, broker: Broker) -> None:
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[])
    where = ("--config", str(daemon.config))
    state = tmp_path / "state"
    daemon.start()
    try:
        until((state / ORIGIN).exists, "all of it is there")
        daemon.stop()
        nobody = 65534
        for path in (state, *state.iterdir()):
            os.chown(path, nobody, nobody)
        for path in (tmp_path, *tmp_path.parents):  # down to it nobody may walk
            if path.stat().st_mode & 0o001 == 0:
                path.chmod(path.stat().st_mode | 0o001)
        file = tmp_path / "b.acumat"
        done = acumat("backup", str(file), *where, SUDO_UID="1234", SUDO_GID="1234")
        assert done.returncode == exit_codes.OK, done.stderr
        assert file.stat().st_uid == 1234
        restored = acumat("restore", str(file), *where)
        assert restored.returncode == exit_codes.OK, restored.stderr
        assert {path.stat().st_uid for path in state.iterdir()} == {nobody}
        assert len(list(state.glob("acumat.db.before-restore-*"))) >= 3
    finally:
        daemon.kill()
