"""What a daemon imports that runs on a simulated mat with a broker: nothing that it does not use there."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.broker import Broker, Listener, until
from tests.system.conftest import Make

pytestmark = pytest.mark.broker

NEEDLESS = {
    # libraries
    "pydantic": "10 MB; the configuration and stored documents are read by acumat.typed_data",
    "numpy": "the simulator's and the tests' alone",
    "jsonschema": "checks the contract in tests",
    "iotcore": "the broker of the demo",
    "gpiozero": "a mat with a panel",
    # of the standard library
    "urllib.request": "1 MB with http, email and tempfile: paho looks for a proxy, with PySocks alone",
    "email": "see urllib.request",
    "http": "see urllib.request",
    "tempfile": "a panel without a folder for lgpio",
    "ssl": "5 MB with OpenSSL: a broker with TLS",
    "hashlib": "see ssl: websockets, which paho speaks and the daemon does not",
    "shutil": "0.4 MB with bz2 and lzma: a damaged history",
    "asyncio": "threads do all the waiting",
    "unittest": "tests",
    "subprocess": "the doctor",
    "decimal": "floats do",
    "zoneinfo": "the machine's own zone is asked for",
    "difflib": "a configuration with a misspelt key",
    "importlib.metadata": "the version is a constant",
    "importlib.resources": "files beside the code are opened by path",
    # our own: what other commands need
    "acumat.doctor": "doctor",
    "acumat.explain": "explain",
    "acumat.replay": "replay",
    "acumat.simulate": "simulate",
    "acumat.demo_broker": "demo",
    "acumat.web": "web: the page is a process of its own",
    "starlette": "web",
    "uvicorn": "web",
    "acumat.fleet": "collect and fleet: many mats",
    "psycopg": "collect and fleet",
    "nats": "collect and fleet",
    "cryptography": "fleet",
    "acumat.feed_client": "watch",
    "acumat.history.past": "explain",
    "acumat.plots": "report",
    "acumat.report": "report",
    "acumat.mqtt.unpublish": "unpublish",
    "acumat.mqtt.tls": "a broker with TLS",
    "acumat.mqtt.brief_connection": "doctor and unpublish",
    "acumat.history.export": "history export",
    "acumat.history.importing": "history import",
    "acumat.insight.helped": "history",
    "acumat.insight.evidence": "about",
    "acumat.insight.associations": "history",
    "acumat_hw.recording": "record and replay",
}
"""By module, with its submodules: who else needs it, or what it costs."""
MODULES_MOST, DATACLASSES_MOST = 530, 175
"""A start is the import of some 500 modules, and half of that is the making of dataclasses. Each takes four times as long
as a NamedTuple, which does where no field is replaced, and nothing is read by type hints.
"""
COUNTS_DATACLASSES = """
import sys
from acumat.mqtt.lean import import_paho
import_paho()
import acumat.cli.run
ours = {name: module for name, module in sys.modules.items() if name.startswith("acumat")}
found = [each for name, module in ours.items() for each in vars(module).values() if getattr(each, "__module__", "") == name]
print(sum("__dataclass_params__" in getattr(each, "__dict__", ()) for each in found))
"""
NEEDED = {"acumat.detect.pipeline", "acumat.typed_data", "paho.mqtt.client", "sqlite3", "acumat_sim.mat"}


def test_the_daemon_imports_nothing_that_it_does_not_use(make: Make, broker: Broker, listener: Listener) -> None:
    daemon = make(stays=[(1, 10_000)], speed=20.0)
    daemon.start(PYTHONPROFILEIMPORTTIME="1")
    until(lambda: daemon.status()["state"]["confirmed"], "somebody lies there")
    until(lambda: listener.on("acumat/test/availability"), "the broker hears of it")
    daemon.stop()
    lines = [line for line in daemon.logged().splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip() for line in lines}
    assert imported >= NEEDED
    assert len(imported) <= MODULES_MOST
    assert {name for name in imported if any(name == each or name.startswith(f"{each}.") for each in NEEDLESS)} == set()


def test_a_start_makes_few_dataclasses() -> None:
    counted = subprocess.run([sys.executable, "-c", COUNTS_DATACLASSES], check=True, capture_output=True, text=True)
    assert 100 < int(counted.stdout) <= DATACLASSES_MOST


def test_our_own_modules_that_it_does_without_are_there_by_these_names() -> None:
    assert [name for name in NEEDLESS if name.startswith("acumat") and find_spec(name) is None] == []
