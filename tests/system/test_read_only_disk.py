"""A disk that the kernel has made read-only, as it does with a card that fails: what lies there can still be taken away."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from tests.backup.mats import Mat, mat
from tests.checkout import ROOT, environment
from tests.history.stores import opened, session

MOUNTED = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
"""A process with mounts of its own, which go with it."""
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture(scope="module", autouse=True)
def _can_mount(tmp_path_factory: pytest.TempPathFactory) -> None:
    tried = [*MOUNTED, READ_ONLY, str(tmp_path_factory.mktemp("disk")), "true"]
    if shutil.which("unshare") is None or subprocess.run(tried, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount in a namespace of its own")


EVERYWHERE = 'for each in /tmp /var/tmp; do mount --bind $each $each && mount -o remount,ro,bind $each; done; cd "$0"; '
"""No disk takes anything, and the present folder lies on one."""


def there(of: Mat, *command: str) -> subprocess.CompletedProcess[str]:
    """The command, where the disk of the mat's state is read-only."""
    temporary = of.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    asked = [sys.executable, "-m", "acumat.cli.main", *command, "--config", str(of.config_path)]
    given = [*MOUNTED, READ_ONLY, str(of.state), *asked]
    variables = environment(TMPDIR=str(temporary))
    done = subprocess.run(given, capture_output=True, text=True, check=False, env=variables, cwd=ROOT)
    assert not list(temporary.iterdir())
    return done


@pytest.fixture(params=["stopped", "killed"])
def of(tmp_path: Path, request: pytest.FixtureRequest) -> Mat:
    """A mat with a session in its history; after a kill it is in the write-ahead log alone, without an index."""
    made = mat(tmp_path / "mat")
    made.add_session(1)
    if request.param == "killed":
        store = opened(made.state / "acumat.db")
        store.record((), session(2))
        log = (made.state / "acumat.db-wal").read_bytes()
        file = (made.state / "acumat.db").read_bytes()
        store.close()
        (made.state / "acumat.db").write_bytes(file)
        (made.state / "acumat.db-wal").write_bytes(log)
    return made


def test_the_history_can_be_taken_off_it(of: Mat, tmp_path: Path) -> None:
    for command in (["history", "export", str(tmp_path / "e.json")], ["report", "-o", str(tmp_path / "r.html")]):
        done = there(of, *command)
        assert done.returncode == exit_codes.OK, done.stderr
    done = there(of, "sessions")
    assert [line.split()[-1] for line in done.stdout.splitlines()[1:]] == of.sessions(), done.stderr
    done = there(of, "backup", str(tmp_path / "b"))
    assert done.returncode == exit_codes.OK, done.stderr
    sessions = of.sessions()
    shutil.rmtree(of.state)
    of.restore(tmp_path / "b")
    assert of.sessions() == sessions
    for number in range(1, len(sessions) + 1):
        assert f"-s{number}" in (tmp_path / "e.json").read_text()


def test_the_history_can_be_taken_off_a_machine_whose_only_disk_it_is(of: Mat) -> None:
    entry = [sys.executable, "-m", "acumat.cli.main"]
    for command in (["sessions"], ["history", "export", "-"], ["backup", "-"]):
        given = [*MOUNTED, READ_ONLY.replace("exec", EVERYWHERE + "exec"), str(of.state), *entry, *command]
        done = subprocess.run([*given, "--config", str(of.config_path)], capture_output=True, check=False, env=environment())
        assert done.returncode == exit_codes.OK, done.stderr
        assert done.stdout
        (copy,) = {*re.findall(r"in a copy, (/dev/shm/acumat-[^/,]+)", done.stderr.decode())}
        assert not Path(copy).exists()


def test_what_is_said_of_a_damaged_history_names_it_and_not_its_copy(of: Mat, tmp_path: Path) -> None:
    path = of.state / "acumat.db"
    path.write_bytes(path.read_bytes()[:4096] + bytes(40_960))
    done = there(of, "backup", str(tmp_path / "b"))
    assert done.returncode == exit_codes.UNAVAILABLE
    assert done.stderr.splitlines()[-1] == f"acumat: {path}: is damaged; start the daemon, which saves what can be read of it"
    assert not (tmp_path / "b").exists()


def test_a_change_is_refused_with_what_to_do(of: Mat) -> None:
    done = there(of, "history", "delete", "1")
    assert done.returncode == exit_codes.UNAVAILABLE
    assert "its disk is read-only, and nothing can be changed there; " in done.stderr
