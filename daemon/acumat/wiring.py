"""The composition root: the only place that names a back end, and that joins the simulated bus to the real reader."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, assert_never

from acumat import __version__, sdnotify
from acumat.coach.rules import Rules
from acumat.config import Ads1x15Config, Config, MqttConfig, PanelConfig, SimulatedConfig
from acumat.control import ControlServer
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.doctor.board import Board, I2cFacts
from acumat.doctor.linux import i2c_facts
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
from acumat.picture.heatmap import Canvas
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.commands import Commands
from acumat.service.daemon import Daemon
from acumat.service.day import day_start_wall_s
from acumat.service.frames import Frames
from acumat.service.keeper import Keeper
from acumat.service.loop import Ends, Found, Inbox, Pressed, Service
from acumat.service.painter import Painter
from acumat.service.panel import Panel, led_pattern
from acumat.service.recovery import Recovery
from acumat.service.reload import Reload
from acumat.service.routine import Routine
from acumat.service.settings import DOCUMENT as SETTINGS_DOCUMENT
from acumat.service.settings import Settings
from acumat.service.starts import Starts
from acumat.service.timekeeping import TimeOfDay
from acumat.service.watch import Watch
from acumat_hw.ads1x15 import Ads1x15Reader, extended_bus
from acumat_hw.bus_thread import BusThread
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.errors import AcumatError
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.panel import GpioPanel, NoPanel, lgpio_factory
from acumat_hw.source import FrameSource
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import START_MONO_S, SimClock
from acumat_sim.faults import attend, refuse_bus_faults
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import MatInputs, ScenarioSource, SimSource
from acumat_sim.workbench import Workbench

log = logging.getLogger(__name__)

SIMULATED_RM_OHM = 3300.0
DATABASE = "acumat.db"
SLOT_SHARE = 0.5
"""The part of the time between two frames that reading may take; the rest is for everything else."""
PATIENCE_S = 0.2
"""How much longer than usual a frame may take before the loop goes on without it: two frames at 10 Hz."""
STARTS = "starts.json"
Remark = Callable[[], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario ready to be read: its frames, its time, and what it is about."""

    source: FrameSource
    clock: Clock
    layout: Layout
    description: str
    duration_s: float
    remark: Remark = lambda: None
    frame_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mat:
    """The mat that a configuration names: its frames, the clock it lives by, what its reader has noticed.

    `frame_s` is the longest that a frame takes on its bus; `speed` is how much faster than the machine's the clock runs, 0 for
    one that does not wait.
    """

    source: FrameSource
    clock: Clock
    remark: Remark = lambda: None
    frame_s: float = 0.0
    speed: float = 1.0


def simulation(
    scenario: str,
    *,
    layout: Layout | None = None,
    seed: int | None = None,
    speed: float | None = None,
    fast: bool = False,
    bus_hz: float = 400_000,
    scans: int | None = 1,
    rate_hz: float = 10.0,
    started_wall_s: float | None = None,
) -> Simulation:
    """A simulated mat by scenario name or file, read by the real driver over a register-level bus, or (`fast`) without a bus.

    `layout` and `seed` replace the scenario's own; `speed` None runs flat out, 1.0 in real time; `scans` are those of the
    reader, within half the time between two frames at `rate_hz`. It begins now, or goes on as one that began at
    `started_wall_s` (Unix time). Raises InputError for a scenario that is not there or cannot be read.
    """
    staged = load_scenario(Path(scenario) if scenario.endswith(".toml") else scenario, layout, seed)
    clock = SimClock(time.time() if started_wall_s is None else started_wall_s, speed, now_wall_s=time.time())
    mat = SimulatedMat(staged, staged.layout)
    if fast:
        refuse_bus_faults(staged.name, staged.bus_faults)
        return Simulation(SimSource(mat, clock, zero_s=START_MONO_S), clock, mat.layout, staged.description, staged.duration_s)
    zero_s = START_MONO_S
    inputs = MatInputs(mat, zero_s)
    chips = [SimulatedChip(address, inputs) for address in sorted({sensor.chip for sensor in mat.layout.sensors})]
    bus = SimulatedBus(clock, chips, bus_hz=bus_hz)
    attend(bus, staged.bus_faults, zero_s, staged.seed)
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=mat.layout, scans=scans, budget_s=SLOT_SHARE / rate_hz)
    source = ScenarioSource(reader, mat, clock, zero_s)
    return Simulation(source, clock, mat.layout, staged.description, staged.duration_s, reader.remarks.current, reader.frame_s)


def preset_layout(preset: str) -> Layout:
    """One of the usual layouts with the simulator's resistors."""
    return grid(*PRESETS[preset], rm_ohm=SIMULATED_RM_OHM)


def source_of(config: Config) -> tuple[FrameSource, Clock]:
    """The mat that the configuration names, and the clock it lives by. Nothing is opened yet; raises InputError."""
    mat = mat_of(config)
    return mat.source, mat.clock


def mat_of(config: Config) -> Mat:
    """The mat that the configuration names, with all that is known of it. Nothing is opened yet; raises InputError."""
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
                scans=real.scans,
                budget_s=SLOT_SHARE / config.daemon.rate_hz,
                bus_number=real.bus,
            )
            return Mat(reader, clock, reader.remarks.current, reader.frame_s)
        case SimulatedConfig() as simulated:
            sim = simulation(
                simulated.scenario,
                layout=config.layout,
                seed=simulated.seed,
                speed=simulated.speed or None,
                fast=simulated.through == "fast",
                bus_hz=simulated.bus_hz,
                scans=simulated.scans,
                rate_hz=config.daemon.rate_hz,
                started_wall_s=None if simulated.started is None else simulated.started.timestamp(),
            )
            return Mat(sim.source, sim.clock, sim.remark, sim.frame_s, simulated.speed)
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


def board(config: Config) -> Board:
    """What the doctor examines: the real bus, or for a simulated mat a bench with the same layout and a hand that presses."""
    match config.source:
        case Ads1x15Config() as real:
            source, clock = source_of(config)
            return Board(
                config.layout,
                real.model,
                config.daemon.rate_hz,
                i2c_facts(real.bus),
                partial(extended_bus, real.bus),
                source,
                clock,
                hand=lambda _name: None,
            )
        case SimulatedConfig() as simulated:
            clock = SimClock(time.time())
            bench = Workbench(config.layout, 1 if simulated.seed is None else simulated.seed)
            chips = [SimulatedChip(address, bench) for address in sorted({sensor.chip for sensor in config.layout.sensors})]
            return simulated_board(config.layout, SimulatedBus(clock, chips, bus_hz=simulated.bus_hz), clock, bench.press)
        case other:
            assert_never(other)


def simulated_board(
    layout: Layout,
    bus: SimulatedBus,
    clock: Clock,
    hand: Callable[[str | None], None],
    *,
    model: Literal["ads1115", "ads1015"] = "ads1115",
    rate_hz: float = 10.0,
    facts: I2cFacts | None = None,
) -> Board:
    """Simulated converters as the doctor sees a board."""
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=layout, model=model)
    told = facts or I2cFacts("a simulated bus", hz=round(bus.bus_hz))
    return Board(layout, model, rate_hz, told, lambda: bus, reader, clock, hand)


def daemon(
    config: Config,
    *,
    told: Callable[[Event], None] = lambda _event: None,
    shown: Callable[[str], None] = log.info,
    reload: Reload | None = None,
    mat: Mat | None = None,
    machine: Machine | None = None,
) -> Daemon:
    """The whole daemon, ready to run: its control socket listens and its history is open.

    `told` hears each event, `shown` what a simulated panel would show and play. `reload` looks at the configuration on
    SIGHUP. `mat` and `machine` stand in for what the configuration names. Raises InputError for what cannot be used,
    DaemonRunningError if another daemon owns the mat.
    """
    mat = mat or mat_of(config)
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
            config, mat, machine, inbox, control, starts, told=told, shown=shown, reload=reload or Reload(lambda: False)
        )
    except Exception as exc:
        control.close()
        starts.failed(exc)
        if isinstance(exc, AcumatError):
            starts.over()  # somebody has to put something right, and a safe mode would not help
        raise


def _assembled(  # noqa: C901
    config: Config,
    mat: Mat,
    machine: Machine,
    inbox: Inbox,
    control: ControlServer,
    starts: Starts,
    *,
    told: Callable[[Event], None],
    shown: Callable[[str], None],
    reload: Reload,
) -> Daemon:
    safe = starts.begin()
    source, clock = mat.source, mat.clock
    thread: BusThread | None = None
    if mat.frame_s and mat.speed:  # a clock that does not wait has nobody to wait for, and must stay the same bit for bit
        patience_s = (PATIENCE_S + 2 * mat.frame_s) / min(mat.speed, 1.0)
        source = thread = BusThread(source, clock, sensors=len(config.layout.sensors), patience_s=patience_s)
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
        if not config.routine.enabled:
            publisher.clear_routine()
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
        # a bus that hangs for long may be cured by a restart
        lambda: (
            {"history": writer.beat_mono_s, "bus": (thread and thread.hangs_since_s) or SystemClock().monotonic()}
            | ({} if client is None else {"mqtt": client.progress})
        ),
        feed=sdnotify.watchdog,
        interval_s=sdnotify.watchdog_interval_s(),
        monotonic=SystemClock().monotonic,
    )

    painter: Painter | None = None
    if publisher is not None and config.mqtt.picture:
        painter = Painter(
            Canvas(config.layout),
            state=lambda: pipeline.state,
            loads=lambda: pipeline.sensor_loads_us,
            monotonic=clock.monotonic,
            show=publisher.show_picture,
        )
    elif publisher is not None:
        publisher.show_picture(b"")

    frames = Frames(source, clock, len(names), remark=mat.remark)
    panel = _panel(config.panel, config.daemon.runtime_dir, clock, inbox, shown)

    def parts() -> dict[str, Condition]:
        return _parts(writer, client, panel) | {"daemon": reload.condition if unsafe is None else unsafe}

    def happened(event: Event) -> None:
        told(event)
        if panel is not None:
            panel.heard(event)

    def beat() -> None:
        if painter is not None:
            painter.follow()
        if panel is not None:
            calibrating = pipeline.calibration is not None
            panel.show(led_pattern(pipeline.state, {"bus": frames.condition, **parts()}, calibrating=calibrating))
            panel.tick()
        if client is not None:
            client.tend()
        watch.tick()
        starts.tick()

    routine = _routine(config, clock, kept, keeper, boot_id=machine.boot_id, time_of_day=time_of_day)

    settings = Settings(
        pipeline,
        clock,
        configured=config.sensitivity,
        show=publisher.show_settings if publisher is not None else lambda _document: None,
        save=lambda text: writer.save_document(SETTINGS_DOCUMENT, text),
    )
    settings.start(kept)

    def commands(service: Service) -> Commands:
        return Commands(
            pipeline,
            writer,
            clock,
            sensor_names=names,
            status=service.status,
            enqueue=inbox.put,
            replaced=keeper.replaced,
            settings=settings,
            routine=routine,
            silence=panel.silence if panel is not None else lambda: False,
        )

    service = Service(
        mat_id=mat_id,
        layout=config.layout,
        clock=clock,
        rate_hz=config.daemon.rate_hz,
        idle_rate_hz=config.daemon.idle_rate_hz,
        frames=frames,
        pipeline=pipeline,
        keeper=keeper,
        time_of_day=time_of_day,
        checkpoints=checkpoints,
        recovery=recovery,
        reload=reload,
        safe=safe,
        routine=routine,
        commands=commands,
        publisher=publisher,
        inbox=inbox,
        connection=writer.connection,
        parts=parts,
        ends=Ends(
            told=happened,
            status=sdnotify.status,
            answered=panel.answered if panel is not None else lambda _document: None,
            beat=beat,
        ),
    )
    if safe is not None:
        sdnotify.status(safe.text)
    return Daemon(service, writer, control, client, panel, starts)


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
    return discovery_payload(
        topics,
        name=config.name,
        version=__version__,
        layout=config.layout,
        profile=config.profile,
        routine=config.routine.enabled,
        picture=config.mqtt.picture,
    )


def _routine(
    config: Config, clock: Clock, kept: Kept, keeper: Keeper, *, boot_id: str, time_of_day: TimeOfDay
) -> Routine | None:
    """The coach by the person's own rules; None where it is switched off."""
    if not config.routine.enabled:
        return None
    return Routine(
        clock,
        Rules(
            cap_min=config.routine.cap_min,
            person_cap_min=config.routine.person_cap_min,
            goal=config.routine.goal,
            day_starts_at=config.daemon.day_starts_at,
        ),
        boot=boot_id,
        time_known=lambda: time_of_day.known,
        documents=kept.documents if kept.found else None,
        keep=keeper.keep_routine,
    )


def _panel(config: PanelConfig, work_dir: Path, clock: Clock, inbox: Inbox, shown: Callable[[str], None]) -> Panel | None:
    """The panel that the configuration asks for; None for a mat without one."""
    if config.simulated:
        return Panel(NoPanel(), clock.monotonic, told=shown)
    if not config.fitted:
        return None
    pins = GpioPanel(
        config.pins,
        factory=partial(lgpio_factory, work_dir),
        pressed=lambda kind: inbox.put(Pressed(kind)),
        monotonic=SystemClock().monotonic,
    )
    return Panel(pins, clock.monotonic)


def _parts(writer: Writer, client: MqttClient | None, panel: Panel | None) -> dict[str, Condition]:
    off = Condition("off", "MQTT is switched off in the configuration.")
    own = {} if panel is None else {"panel": panel.condition}
    return {"store": writer.condition, "broker": off if client is None else client.condition, **own}
