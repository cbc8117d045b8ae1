"""What a switch asks of systemd and of the daemon, with stand-ins for both commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from acumat_update import machine as module
from acumat_update.health import ailing
from acumat_update.journal import Journal
from acumat_update.machine import Machine
from acumat_update.main import main
from acumat_update.switch import LeavingError, Unit

from tests.update.test_install import CODE, archive


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a systemctl that notes its arguments in `called` and answers `show` with the file `shown`."""
    folder = tmp_path / "commands"
    folder.mkdir()
    script = folder / "systemctl"
    script.write_text(
        f'#!/bin/sh\necho "$*" >>{folder}/called\n[ "$1" != show ] || {shutil.which("cat")} {folder}/shown 2>/dev/null\n'
    )
    script.chmod(0o755)
    monkeypatch.setitem(module.ENVIRONMENT, "PATH", str(folder))
    return folder


def calls(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines()


@pytest.mark.parametrize(
    ("shown", "unit", "running"),
    [
        ("ActiveState=active\nNRestarts=0\n", Unit(ready=True), True),
        ("ActiveState=activating\nNRestarts=0\n", Unit(ready=False), True),
        ("ActiveState=activating\nNRestarts=3\n", Unit(ready=False, restarts=3), True),
        ("ActiveState=failed\nNRestarts=1\n", Unit(ready=False, restarts=1, ended=True), False),
        ("ActiveState=inactive\nNRestarts=0\n", Unit(ready=False, ended=True), False),
        ("ActiveState=inactive\nNRestarts=0\nJob=87\n", Unit(ready=False, waiting=True), False),
        ("ActiveState=activating\nNRestarts=0\nJob=87\n", Unit(ready=False), True),
        ("", Unit(ready=False, ended=True), False),
    ],
)
def test_the_unit_as_systemd_shows_it(systemctl: Path, tmp_path: Path, shown: str, unit: Unit, *, running: bool) -> None:
    (systemctl / "shown").write_text(shown)
    machine = Machine(tmp_path, live=True)
    assert machine.unit() == unit
    assert machine.is_running() is running
    assert not Machine(tmp_path, live=False).is_running(), "nothing runs in an image"


def test_a_daemon_that_ends_with_the_machine_is_no_fault_of_its_release(systemctl: Path, tmp_path: Path) -> None:
    script = systemctl / "systemctl"
    script.write_text(f'{script.read_text()}[ "$1" != is-system-running ] || echo stopping\n')
    (systemctl / "shown").write_text("ActiveState=inactive\nNRestarts=0\n")
    with pytest.raises(LeavingError):
        Machine(tmp_path, live=True).unit()
    (systemctl / "shown").write_text("ActiveState=active\nNRestarts=0\n")
    assert Machine(tmp_path, live=True).unit().ready


def test_a_release_that_is_put_in_place_brings_its_unit_along_and_ends_the_page_of_the_one_before(
    systemctl: Path, tmp_path: Path
) -> None:
    (tmp_path / "0.3.0" / "share").mkdir(parents=True)
    (tmp_path / "0.3.0" / "share" / "acumat-web.socket").write_text("[Socket]\n")
    Machine(tmp_path, live=True, units=tmp_path / "units").point_to("0.3.0")
    assert [each.name for each in (tmp_path / "units").iterdir()] == ["acumat-web.socket"]
    assert calls(systemctl) == ["daemon-reload", "stop acumat-web.service"]
    Machine(tmp_path, live=True).start()
    assert calls(systemctl)[2:] == ["reset-failed acumat.service", "start --no-block acumat.service"]


def answering(root: Path, answer: str) -> None:
    command = root / "current" / "bin" / "acumat"
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(f"#!/bin/sh\ncat <<'E'\n{answer}\nE\n")
    command.chmod(0o755)


def status(**parts: str) -> dict[str, Any]:
    found = {name: {"code": code, "text": ""} for name, code in parts.items()}
    return {"health": {"health": found.pop("health", {"code": "ok"})["code"], "sensors": {"r1c1": found.pop("r1c1")}, **found}}


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ({"r1c1": "ok", "bus": "ok", "store": "ok"}, set()),
        ({"r1c1": "open", "bus": "ok", "store": "damaged"}, {"sensor r1c1", "store"}),
        ({"r1c1": "ok", "health": "blind", "daemon": "safe_mode"}, {"mat", "daemon"}),
        ({"r1c1": "ok", "health": "degraded", "update": "update_returned"}, set()),
    ],
)
def test_what_is_not_well_is_read_from_the_daemons_own_answer(tmp_path: Path, parts: dict[str, str], names: set[str]) -> None:
    assert ailing(status(**parts)) == names
    answering(tmp_path, json.dumps(status(**parts)))
    assert Machine(tmp_path, live=True).ailing() == frozenset(names)


@pytest.mark.parametrize(
    "answer", ["", "[]", '{"ok": false, "text": "no"}', '{"health": {"health": "ok", "sensors": []}}', "{"]
)
def test_an_answer_that_is_none_counts_as_no_answer(tmp_path: Path, answer: str) -> None:
    answering(tmp_path, answer)
    assert Machine(tmp_path, live=True).ailing() is None
    assert Machine(tmp_path / "nowhere", live=True).ailing() is None


def test_on_a_machine_that_runs_a_release_is_left_to_the_service_that_tries_it(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("acumat_update.main.booted", lambda: True)
    (systemctl / "shown").write_text("ActiveState=active\nNRestarts=0\n")
    root = tmp_path / "opt"
    assert main(["install", str(archive(tmp_path)), "0.2.0"], root) == 0
    assert Machine(root, live=True).release() == "0.2.0", "the first one has nothing to go back to"
    changed = archive(tmp_path, {**CODE, "lib/acumat/__init__.py": "X = 2\n"})
    assert main(["install", str(changed), "0.3.0"], root) == 0
    assert Machine(root, live=True).release() == "0.2.0"
    assert Machine(root, live=True).read_journal() == Journal("0.2.0", "0.3.0", ailing=None)
    assert "acumat 0.3.0 is tried out for a minute. If it does not run well, 0.2.0 comes back" in capsys.readouterr().out
    assert calls(systemctl)[-1] == "restart --no-block acumat-switch.service"
    assert main(["install", str(changed), "0.3.0"], root) == 0
    assert calls(systemctl)[-1] == "start --no-block acumat-switch.service", "it goes on, and nothing is unpacked again"
    assert sorted(each.name for each in root.iterdir()) == ["0.2.0", "0.3.0", "current", "switch.json"]
    monkeypatch.setattr("acumat_update.main.UNDER_WAY_S", 0.0)
    monkeypatch.setattr("acumat_update.main.time.sleep", lambda _seconds: None)
    (systemctl / "called").unlink()
    assert main(["back"], root) == 1
    assert "another switch of releases does not end" in capsys.readouterr().err
    assert calls(systemctl) == ["start --no-block acumat-switch.service"], "what could not go on gets another try"
