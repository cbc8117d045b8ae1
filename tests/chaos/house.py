"""A mat, its house and its daemon in one process and one thread: the real wiring, with every fault at hand and no waiting.

The person, the chips, the broker and the clocks are the house's and live on; daemons come and go. `House` knows the truth.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acumat.commands.parser import parse_request
from acumat.config import Config, load_config
from acumat.contract.commands import CommandName
from acumat.history import store
from acumat.history.database import Database
from acumat.history.store import Store
from acumat.history.writer import Writer
from acumat.identity import Machine
from acumat.service.daemon import Daemon
from acumat.wiring import broker, context, persistence
from acumat.wiring import daemon as wiring
from acumat.wiring import detection as wired_detection
from acumat.wiring.sources import Mat
from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import MatInputs
from acumat_sim.timeline import Stage
from tests.chaos.broker_end import LocalBroker, LocalClient, client_for
from tests.service.hand import HandSafetyFile

NOON_S = 1.8e9
BOOTED_S = 15.0
"""Monotonic time at the daemon's start after a boot."""
RATE_HZ = 2.0
SEED = 11
BASE = "acumat/test"


class HouseClock:
    """The machine's clocks. Monotonic time begins anew at a boot; `offset_s` is how wrong the wall clock is."""

    def __init__(self) -> None:
        self.now_s = 0.0
        """Of the house itself, which never jumps."""
        self.booted_s = -BOOTED_S
        self.offset_s = 0.0

    def monotonic(self) -> float:
        return self.now_s - self.booted_s

    def wall(self) -> float:
        return NOON_S + self.now_s + self.offset_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds of the house."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of the history, in seconds of the house."""

    session_id: str
    span: Span
    contact_s: float
    end_reason: str
    recovered: bool


class HandWriter(Writer):
    """Works when the house says so, in its thread."""

    def start(self) -> None:
        self.turn()

    def stop(self, timeout_s: float) -> None:
        self._worker.work()
        self._store.close()

    def turn(self) -> None:
        self._worker.turn()


class NoLock:
    """A daemon of the house that is killed leaves its file open in this process, which the kernel would have closed."""

    def __init__(self, folder: Path) -> None:
        pass

    def close(self) -> None:
        pass


class NoControl:
    """There is nobody to ask at a socket."""

    def __init__(self, path: Path, submit: Callable[..., None], adopt: Callable[..., bool]) -> None:
        pass

    def start(self) -> None:
        pass

    def close(self) -> None:
        pass


class House:
    """Begins with an empty mat whose daemon has never run; `close()` in the end."""

    def __init__(
        self,
        folder: Path,
        patch: pytest.MonkeyPatch,
        *,
        name: str = "boot",
        rate_hz: float = RATE_HZ,
        preset: str = "2x2",
        hours: float = 3.0,
        extra: str = "",
    ) -> None:
        self.clock = HouseClock()
        self.broker = LocalBroker()
        self.state_dir = folder / "state"
        self.timesync = folder / "timesync"
        self.timesync.mkdir()
        self._name = name
        self.disk_works = True
        self.disk_failed = False
        """Ever."""
        self.card_stalls = False
        """Nothing that is written reaches the card for now."""
        self.lyings: list[Span] = []
        self.unwatched: list[Span] = []
        """While no daemon ran or the sensors could not be read."""
        self.forgotten: list[Span] = []
        """Times whose record was in a memory that was lost, while the disk could not be written."""
        self.boots: dict[str, float] = {}
        self.frames = 0
        self._random = Random(SEED)
        self._lay_down_s: float | None = None
        self._unwatched_since_s: float | None = 0.0
        self._disk_bad_since_s: float | None = None
        self._daemon: Daemon | None = None
        self._writer: HandWriter | None = None
        self._store: Store | None = None
        self.config = self._configured(folder, rate_hz, preset, extra)
        duration_s = 3600.0 * hours
        traits = {"mass_kg": 78.0, "breaths_per_min": 14.0, "moves_per_min": 0.0}
        self._stage = Stage(SEED, duration_s, traits)
        empty = parse_scenario("house", {"seed": SEED, "duration_s": duration_s, "ends": False}, self.config.layout)
        someone = self._stage._someone()
        if someone.breathing is not None:
            someone.breathing.fill(duration_s)
        self._mat = SimulatedMat(replace(empty, occupants=(someone,)), self.config.layout)
        inputs = MatInputs(self._mat, 0.0)
        addresses = sorted({sensor.chip for sensor in self.config.layout.sensors})
        self.chips = [SimulatedChip(chip, _Shifted(inputs, self.clock)) for chip in addresses]
        self.bus = SimulatedBus(self.clock, self.chips)
        self._boot()
        self._patched(patch)

    # the person

    @property
    def lies(self) -> bool:
        return self._lay_down_s is not None

    def lie_down(self) -> None:
        self._stage.play("lie_down", {"at_s": self.clock.now_s, "over_s": 2.0})
        self._lay_down_s = self.clock.now_s

    def get_up(self) -> None:
        self._stage.play("get_up", {"at_s": self.clock.now_s, "over_s": 2.0})
        assert self._lay_down_s is not None
        # by the simulator's own truth; a movement waits for the one before it, so that a short stay ends after this call
        field, step_s = self._mat.field, 0.05
        times = [self._lay_down_s + step_s * i for i in range(round((self.clock.now_s - self._lay_down_s + 6.0) / step_s))]
        start_s = next((t for t in times if field.lying(t)), None)
        if start_s is not None:
            end_s = next(t for t in times if t >= max(self.clock.now_s, start_s) and not field.lying(t))
            self.lyings.append(Span(start_s, end_s))
        self._lay_down_s = None

    # time

    def wait(self, seconds: float) -> None:
        """Life continues; the daemon works if there is one."""
        until_s = self.clock.now_s + seconds
        if self._daemon is None:
            self.clock.sleep(seconds)
            return
        while self.clock.now_s < until_s:
            self.turn()

    def turn(self, *, up_to: str = "") -> None:
        """One slot of the daemon and what comes of it; or it is killed halfway."""
        daemon, writer = self._daemon, self._writer
        if daemon is None or writer is None:
            return
        daemon.service.turn()
        self.frames += 1
        if not self.only_remembered:
            self._disk_bad_since_s = None
        self._note_watching()
        if up_to == "reported":
            return
        writer.turn()
        if up_to == "written":
            return
        self.broker.settle()
        if up_to == "sent":
            return
        writer.turn()
        self.broker.settle()

    def step_clock(self, by_s: float) -> None:
        self.clock.offset_s += by_s

    def set_clock(self) -> None:
        """The time service has the right time."""
        self.clock.offset_s = 0.0
        (self.timesync / "synchronized").touch()

    # the daemon

    @property
    def runs(self) -> bool:
        return self._daemon is not None

    @property
    def _client(self) -> LocalClient:
        client: Any = None if self._daemon is None else self._daemon.parts.client
        assert isinstance(client, LocalClient)
        return client

    @property
    def reported_all(self) -> bool:
        """Whether the broker must know by now all that the daemon knows."""
        if self._daemon is None:
            return False
        client, intake = self._client, self.intake
        return client.connected and self.broker.receives and intake._publisher.connected and not intake.waiting

    @property
    def service(self) -> Any:
        assert self._daemon is not None
        return self._daemon.service

    @property
    def intake(self) -> Any:
        return self.service._inputs.intake

    @property
    def routine(self) -> Any:
        return self.service._detection.routine

    @property
    def state(self) -> Any:
        """The mat after the last turn."""
        return self.service._reporting.status.turn.state

    @property
    def writer_jobs(self) -> int:
        assert self._writer is not None
        return len(self._writer._queue._backlog)

    def start(self, *, safe: bool = False) -> None:
        config = replace(self.config, daemon=replace(self.config.daemon, safe_mode_after=int(safe)))
        self._reader = Ads1x15Reader(open_bus=lambda: self.bus, clock=self.clock, layout=self.config.layout)
        machine = Machine(self._boot_id, self.timesync)
        self._daemon = wiring.daemon(config, mat=Mat(self._reader, self.clock), machine=machine)
        self._daemon.open()
        writer: Any = self._daemon.parts.writer
        assert isinstance(writer, HandWriter)
        self._writer = writer
        self._store = self._writer._store
        self._writer.start()
        client = self._client
        client.start()
        self._daemon.service.begin()

    def stop(self) -> None:
        """As on SIGTERM."""
        if self._daemon is None or self._writer is None:
            return
        self._daemon.service.finish()
        self._writer.turn()
        self.broker.settle()
        if self.only_remembered:
            self._forget()
        self._writer.stop(1.0)
        self._client.stop()
        self._gone()

    def kill(self) -> None:
        """Nothing of it is left but what stands on the disk."""
        if self._daemon is None or self._store is None:
            return
        left = self._files()
        self._store.close()
        for name in ("acumat.db", "acumat.db-wal", "acumat.db-shm"):
            (self.state_dir / name).unlink(missing_ok=True)
        for name, data in left.items():
            (self.state_dir / name).write_bytes(data)
        client = self._client
        client.die()
        if self.only_remembered:
            self._forget()
        self._gone()

    def cut_power(self, *, dark_s: float, wrong_by_s: float) -> None:
        """Everything stops, in the middle of a write perhaps, and boots later with the clock off by so much."""
        self.kill()
        wal = self.state_dir / "acumat.db-wal"
        if wal.exists():
            with wal.open("ab") as file:
                file.write(self._random.randbytes(self._random.randrange(9000)))
        for chip in self.chips:
            chip.brown_out()
        self.clock.sleep(dark_s)
        self._boot()
        (self.timesync / "synchronized").unlink(missing_ok=True)
        self.clock.offset_s = wrong_by_s

    def _boot(self) -> None:
        self._boot_id = f"{self._name}-{len(self.boots)}"
        self.clock.booted_s = self.clock.now_s - BOOTED_S
        self.boots[self._boot_id] = self.clock.booted_s

    def _gone(self) -> None:
        self._daemon = self._writer = self._store = None
        self._note_watching()

    def _files(self) -> dict[str, bytes]:
        parts = [self.state_dir / name for name in ("acumat.db", "acumat.db-wal")]
        return {part.name: part.read_bytes() for part in parts if part.exists()}

    def run(self, name: CommandName, reply: Callable[[dict[str, Any]], None], /, **arguments: Any) -> None:
        """A command at the control socket."""
        self.intake.run(parse_request({"command": name, **arguments}), reply)

    def ask(self, name: CommandName, **arguments: Any) -> dict[str, Any]:
        """A command at the control socket, and its answer, if that need not wait for the history."""
        answers: list[dict[str, Any]] = []
        self.run(name, answers.append, **arguments)
        self.intake.take()  # the safety file's word that it is stored
        return answers[-1] if answers else {}

    # the disk

    def break_disk(self) -> None:
        self.disk_works, self.disk_failed = False, True
        if self._disk_bad_since_s is None:
            self._disk_bad_since_s = self.clock.now_s

    @property
    def only_remembered(self) -> bool:
        """Whether something may be known to the daemon's memory alone."""
        return not self.disk_works or (self._writer is not None and not self._writer._worker.store_works)

    def mend_disk(self) -> None:
        """The writer finds out when it tries again."""
        self.disk_works = True

    def _forget(self) -> None:
        """What was decided since the disk failed (or waited for it, at most a frame before) was in memory alone."""
        since_s = self.clock.now_s if self._disk_bad_since_s is None else self._disk_bad_since_s
        self.forgotten.append(Span(since_s - 200.0, self.clock.now_s))
        self._disk_bad_since_s = None if self.disk_works else self.clock.now_s

    # what is known of it all

    @property
    def sensors_work(self) -> bool:
        return not self.bus.hung and all(chip.present and not chip.nack_probability for chip in self.chips)

    def _note_watching(self) -> None:
        watching = self._daemon is not None and self.sensors_work
        if watching and self._unwatched_since_s is not None:
            self.unwatched.append(Span(self._unwatched_since_s, self.clock.now_s))
            self._unwatched_since_s = None
        elif not watching and self._unwatched_since_s is None:
            self._unwatched_since_s = self.clock.now_s

    @contextmanager
    def history(self) -> Iterator[sqlite3.Connection]:
        """The file as it stands, read beside the daemon."""
        db = sqlite3.connect(f"file:{self.state_dir / 'acumat.db'}?mode=ro", uri=True)
        try:
            yield db
        finally:
            db.close()

    def sessions(self) -> list[StoredSession]:
        """As they are kept, in order of time."""
        query = "SELECT session_id, start_mono_s, end_mono_s, boot_id, contact_s, end_reason, recovered FROM session"
        with self.history() as db:
            rows = db.execute(query).fetchall()
        found = [
            StoredSession(name, Span(start_s + self.boots[boot], end_s + self.boots[boot]), contact_s, reason, bool(recovered))
            for name, start_s, end_s, boot, contact_s, reason, recovered in rows
            if boot in self.boots  # else of another house
        ]
        return sorted(found, key=lambda stored: stored.span.start_s)

    def close(self) -> None:
        self.kill()

    def _configured(self, folder: Path, rate_hz: float, preset: str, extra: str) -> Config:
        path = folder / "acumat.toml"
        path.write_text(
            f'[mat]\nid = "test"\n[layout]\npreset = "{preset}"\n[daemon]\nrate_hz = {rate_hz}\nsafe_mode_after = 0\n'
            f'state_dir = "{self.state_dir}"\nruntime_dir = "{folder / "run"}"\n[mqtt]\npicture = false\n{extra}'
        )
        return load_config(path)

    def _patched(self, patch: pytest.MonkeyPatch) -> None:
        house = self

        class HouseDatabase(Database):
            """On a disk that may fail at any time."""

            def _connect(self) -> sqlite3.Connection:
                if not house.disk_works:
                    raise sqlite3.OperationalError("disk I/O error")
                db = super()._connect()
                db.set_progress_handler(lambda: not house.disk_works, 1)
                return db

        class HouseSafetyFile(HandSafetyFile):
            """On the same disk; its room on it is taken already, so that a full one does not matter."""

            def _begin(self) -> None:
                self.slow = house.card_stalls

        patch.setattr(wired_detection, "SafetyFile", HouseSafetyFile)
        patch.setattr(store, "Database", HouseDatabase)
        patch.setattr(persistence, "Writer", HandWriter)
        patch.setattr(wiring, "ControlServer", NoControl)
        patch.setattr(context, "StateLock", NoLock)
        patch.setattr(broker, "MqttClient", client_for(self.broker))
        patch.setattr(wiring, "SystemClock", lambda: self.clock)


class _Shifted:
    """Inputs by the time of the house, asked for by the monotonic time of this boot."""

    def __init__(self, inputs: MatInputs, clock: HouseClock) -> None:
        self._inputs = inputs
        self._clock = clock

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        return self._inputs.volts(address, channel, t_mono_s + self._clock.booted_s)
