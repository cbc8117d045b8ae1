"""The composition root: the only place that names a back end, and that joins the simulated bus to the real reader."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from acumat import __version__, sdnotify
from acumat.config import Ads1x15Config, Config, MqttConfig, SimulatedConfig
from acumat.control import ControlServer
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.history.rows import Kept
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import ShutStore, Store
from acumat.history.writer import Writer
from acumat.identity import Machine, machine_mat_id, this_machine
from acumat.model import Condition, Event, Learned, Totals
from acumat.mqtt.client import MqttClient
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.publisher import Publisher
from acumat.mqtt.topics import Topics
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.commands import Commands
from acumat.service.daemon import Daemon
from acumat.service.day import day_start_wall_s
from acumat.service.frames import Frames
from acumat.service.keeper import Keeper
from acumat.service.loop import Ends, Found, Inbox, Service
from acumat.service.recovery import Recovery
from acumat.service.reload import Reload
from acumat.service.starts import Starts
from acumat.service.timekeeping import TimeOfDay
from acumat.service.watch import Watch
from acumat_hw.ads1x15 import Ads1x15Reader, extended_bus
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.errors import AcumatError
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.source import FrameSource
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import START_MONO_S, SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import MatInputs, ScenarioSource, SimSource

log = logging.getLogger(__name__)

SIMULATED_RM_OHM = 3300.0
DATABASE = "acumat.db"
STARTS = "starts.json"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario ready to be read: its frames, its time, and what it is about."""

    source: FrameSource
    clock: Clock
    layout: Layout
    description: str
    duration_s: float


def simulation(
    scenario: str,
    *,
    layout: Layout | None = None,
    seed: int | None = None,
    speed: float | None = None,
    fast: bool = False,
    bus_hz: float = 400_000,
    started_wall_s: float | None = None,
) -> Simulation:
    """A simulated mat by scenario name or file, read by the real driver over a register-level bus, or (`fast`) without a bus.

    `layout` and `seed` replace the scenario's own; `speed` None runs flat out, 1.0 in real time. It begins now, or goes on as
    one that began at `started_wall_s` (Unix time). Raises InputError for a scenario that is not there or cannot be read.
    """
    staged = load_scenario(Path(scenario) if scenario.endswith(".toml") else scenario, layout, seed)
    clock = SimClock(time.time() if started_wall_s is None else started_wall_s, speed, now_wall_s=time.time())
    mat = SimulatedMat(staged, staged.layout)
    source: FrameSource
    if fast:
        source = SimSource(mat, clock, zero_s=START_MONO_S)
    else:
        zero_s = START_MONO_S
        inputs = MatInputs(mat, zero_s)
        chips = [SimulatedChip(address, inputs) for address in sorted({sensor.chip for sensor in mat.layout.sensors})]
        bus = SimulatedBus(clock, chips, bus_hz=bus_hz)
        reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=mat.layout)
        source = ScenarioSource(reader, mat, clock, zero_s)
    return Simulation(source, clock, mat.layout, staged.description, staged.duration_s)


def preset_layout(preset: str) -> Layout:
    """One of the usual layouts with the simulator's resistors."""
    return grid(*PRESETS[preset], rm_ohm=SIMULATED_RM_OHM)


def source_of(config: Config) -> tuple[FrameSource, Clock]:
    """The mat that the configuration names, and the clock it lives by. Nothing is opened yet; raises InputError."""
    match config.source:
        case Ads1x15Config() as real:
            clock = SystemClock()
            open_bus = partial(extended_bus, real.bus)
            reader = Ads1x15Reader(
                open_bus=open_bus,
                clock=clock,
                layout=config.layout,
                model=real.model,
                gain=real.gain,
                data_rate=real.data_rate,
            )
            return reader, clock
        case SimulatedConfig() as simulated:
            sim = simulation(
                simulated.scenario,
                layout=config.layout,
                seed=simulated.seed,
                speed=simulated.speed or None,
                fast=simulated.through == "fast",
                bus_hz=simulated.bus_hz,
                started_wall_s=None if simulated.started is None else simulated.started.timestamp(),
            )
            return sim.source, sim.clock
        case other:
            assert_never(other)


def machine_of(config: Config) -> Machine:
    """The boot that the clock of the configured mat counts from. A simulated mat's boot is its own beginning."""
    match config.source:
        case Ads1x15Config():
            return this_machine()
        case SimulatedConfig(started=None):
            return Machine(f"simulated-{uuid.uuid4().hex}", timesync=None)
        case SimulatedConfig(started=started):
            return Machine(f"simulated-{started}", timesync=None)
        case other:
            assert_never(other)


def daemon(
    config: Config,
    *,
    told: Callable[[Event], None] = lambda _event: None,
    reload: Reload | None = None,
    mat: tuple[FrameSource, Clock] | None = None,
    machine: Machine | None = None,
) -> Daemon:
    """The whole daemon, ready to run: its control socket listens and its history is open.

    `reload` looks at the configuration on SIGHUP. `mat` and `machine` stand in for what the configuration names. Raises
    InputError for what cannot be used, DaemonRunningError if another daemon owns the mat.
    """
    source, clock = mat or source_of(config)
    machine = machine or machine_of(config)
    inbox = Inbox()
    control = ControlServer(config.daemon.control_socket, inbox.ask)
    control.start()
    starts = Starts(
        config.daemon.state_dir / STARTS,
        safe_after=config.daemon.safe_mode_after,
        boot_id=this_machine().boot_id,
        monotonic=SystemClock().monotonic,
    )
    try:
        return _assembled(
            config, source, clock, machine, inbox, control, starts, told=told, reload=reload or Reload(lambda: False)
        )
    except Exception as exc:
        control.close()
        starts.failed(exc)
        if isinstance(exc, AcumatError):
            starts.over()  # somebody has to put something right, and a safe mode would not help
        raise


def _assembled(
    config: Config,
    source: FrameSource,
    clock: Clock,
    machine: Machine,
    inbox: Inbox,
    control: ControlServer,
    starts: Starts,
    *,
    told: Callable[[Event], None],
    reload: Reload,
) -> Daemon:
    safe = starts.begin()
    unsafe = None if safe is None else Condition("safe_mode", safe.text)
    time_of_day = TimeOfDay(clock, machine.timesync)
    names = tuple(sensor.name for sensor in config.layout.sensors)
    mat_id = config.mat_id or machine_mat_id()
    path = config.daemon.state_dir / DATABASE
    store = Store(path, boot_id=machine.boot_id) if safe is None else ShutStore(path)

    def day_start_s() -> float:
        return day_start_wall_s(clock.wall(), config.daemon.day_starts_at)

    kept = _kept(store, names, day_start_s())
    topics = Topics(config.mqtt.base_topic, mat_id, config.mqtt.discovery_prefix)
    client: MqttClient | None = None
    publisher: Publisher | None = None
    if config.mqtt.enabled:
        # writer and client know each other by these two calls alone
        client = _client(config.mqtt, mat_id, topics, inbox, acked=lambda seq: writer.acked(seq))  # noqa: PLW0108
        deliver: Callable[[int, str], bool] = partial(client.deliver, topics.event)
        publisher = Publisher(client, topics, discovery=_discovery(config, topics), monotonic=SystemClock().monotonic)
    else:
        deliver = lambda seq, _payload: _done(writer, seq)  # noqa: E731
    forget = client.forget if client is not None else lambda: None
    writer = Writer(store, deliver=deliver, monotonic=clock.monotonic, fresh=forget)
    if not kept.found:  # before anything else is written, so that its sums know nothing of this run
        writer.kept(names, day_start_s, lambda late: inbox.put(Found(late)))
    writer.connection(up=client is None)
    pipeline = Pipeline(
        config.layout,
        learned=kept.learned,
        parameters=Parameters().with_sensitivity(config.sensitivity),
        prefix=kept.install,
        first_session=kept.next_session_no,
    )
    keeper = Keeper(
        writer,
        clock,
        kept=kept,
        sensor_names=names,
        profile=config.profile,
        day_starts_at=config.daemon.day_starts_at,
        time_known=lambda: time_of_day.known,
    )
    checkpoints = Checkpoints(lambda: pipeline.snapshot, clock, time_of_day, boot_id=machine.boot_id, sensors=names)
    recovery = Recovery(pipeline, keeper, clock, time_of_day, boot_id=machine.boot_id, sensors=names, documents=checkpoints.now)
    checkpoint = read_checkpoint(kept.documents.get(DOCUMENT))
    if checkpoint is not None:
        recovery.start(checkpoint)
    watch = Watch(
        lambda: {"history": writer.beat_mono_s} | ({} if client is None else {"mqtt": client.progress}),
        feed=sdnotify.watchdog,
        interval_s=sdnotify.watchdog_interval_s(),
        monotonic=SystemClock().monotonic,
    )

    def beat() -> None:
        if client is not None:
            client.tend()
        watch.tick()
        starts.tick()

    def commands(service: Service) -> Commands:
        return Commands(
            pipeline,
            writer,
            clock,
            sensor_names=names,
            status=service.status,
            enqueue=inbox.put,
            replaced=keeper.replaced,
        )

    service = Service(
        mat_id=mat_id,
        layout=config.layout,
        clock=clock,
        rate_hz=config.daemon.rate_hz,
        frames=Frames(source, clock, len(names)),
        pipeline=pipeline,
        keeper=keeper,
        time_of_day=time_of_day,
        checkpoints=checkpoints,
        recovery=recovery,
        reload=reload,
        safe=safe,
        commands=commands,
        publisher=publisher,
        inbox=inbox,
        connection=writer.connection,
        parts=lambda: _parts(writer, client) | {"daemon": reload.condition if unsafe is None else unsafe},
        ends=Ends(told=told, status=sdnotify.status, beat=beat),
    )
    if safe is not None:
        sdnotify.status(safe.text)
    return Daemon(service, writer, control, client, starts)


def _done(writer: Writer, seq: int) -> bool:
    """Nobody is to be told: the event stays in history, and that is all."""
    writer.acked(seq)
    return True


def _kept(store: Store, names: tuple[str, ...], day_start_s: float) -> Kept:
    """What an earlier run has left; without a history that can be read the mat starts as new, under ids of its own."""
    try:
        store.open()
        kept = store.kept(names, day_start_s)
    except StoreUnavailableError as exc:
        log.error("%s; going on without history", exc)
        nothing = Learned.nothing(len(names))
        return Kept(uuid.uuid4().hex[:8], 1, nothing, layout_changed=False, totals=Totals(), last_session=None, found=False)
    if kept.layout_changed:
        log.warning("the sensors are others than before: what was learnt of the earlier ones is not used; calibrate again")
    return kept


def _client(config: MqttConfig, mat_id: str, topics: Topics, inbox: Inbox, *, acked: Callable[[int], None]) -> MqttClient:
    return MqttClient(
        host=config.host,
        port=config.port,
        client_id=config.client_id or f"acumat-{mat_id}",
        will_topic=topics.availability,
        username=config.username,
        password=config.password,
        tls=config.tls,
        ca_file=config.ca_file,
        keepalive_s=config.keepalive_s,
        monotonic=SystemClock().monotonic,
        told=inbox.put,
        acked=acked,
    )


def _discovery(config: Config, topics: Topics) -> dict[str, object] | None:
    if not config.mqtt.discovery:
        return None
    return discovery_payload(topics, name=config.name, version=__version__, layout=config.layout, profile=config.profile)


def _parts(writer: Writer, client: MqttClient | None) -> dict[str, Condition]:
    off = Condition("off", "MQTT is switched off in the configuration.")
    return {"store": writer.condition, "broker": off if client is None else client.condition}
