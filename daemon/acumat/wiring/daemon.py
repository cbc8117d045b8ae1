"""Puts the daemon together: who is there, and who is told what by whom."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from acumat import __version__, sdnotify
from acumat.coach.rules import Rules
from acumat.config import Config, MqttConfig, PanelConfig
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
from acumat.wiring.mats import Mat, machine_of, mat_of, threaded
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.errors import AcumatError
from acumat_hw.panel import GpioPanel, NoPanel, lgpio_factory

log = logging.getLogger(__name__)

DATABASE = "acumat.db"
STARTS = "starts.json"


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


@dataclass(frozen=True, slots=True)
class _Mqtt:
    """The way to the broker; with MQTT switched off only `deliver` does anything."""

    client: MqttClient | None
    publisher: Publisher | None
    deliver: Callable[[int, str], bool]
    forget: Callable[[], None] = lambda: None


def _assembled(
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
    clock = mat.clock
    time_of_day = TimeOfDay(clock, machine.timesync)
    names = tuple(sensor.name for sensor in config.layout.sensors)
    mat_id = config.mat_id or machine_mat_id()
    path = config.daemon.state_dir / DATABASE
    store = Store(path, boot_id=machine.boot_id) if safe is None else ShutStore(path)

    def day_start_s() -> float:
        return day_start_wall_s(clock.wall(), config.daemon.day_starts_at)

    kept = _kept(store, names, day_start_s())
    # writer and client know each other by these two calls alone
    mqtt = _mqtt(config, mat_id, inbox, acked=lambda seq: writer.acked(seq))  # noqa: PLW0108
    writer = Writer(store, deliver=mqtt.deliver, monotonic=clock.monotonic, fresh=mqtt.forget)
    if not kept.found:  # before anything else is written, so that its sums know nothing of this run
        writer.kept(names, day_start_s, lambda late: inbox.put(Found(late)))
    writer.connection(up=mqtt.client is None)
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
    settings = Settings(
        pipeline,
        clock,
        configured=config.sensitivity,
        show=mqtt.publisher.show_settings if mqtt.publisher is not None else lambda _document: None,
        save=lambda text: writer.save_document(SETTINGS_DOCUMENT, text),
    )
    settings.start(kept)
    routine = _routine(config, clock, kept, keeper, pipeline, boot_id=machine.boot_id, time_of_day=time_of_day)
    thread = threaded(mat, len(names))
    frames = Frames(thread or mat.source, clock, len(names), remark=mat.remark)
    panel = _panel(config.panel, config.daemon.runtime_dir, clock, inbox, shown)

    def parts() -> dict[str, Condition]:
        unsafe = None if safe is None else Condition("safe_mode", safe.text)
        return {**_parts(writer, mqtt.client, panel), "daemon": unsafe or reload.condition}

    def beats() -> Mapping[str, float]:
        """When each part last got on; a bus that hangs for long may be cured by a restart."""
        found = {"history": writer.beat_mono_s, "bus": starts.bus_beat(None if thread is None else thread.hangs_since_s)}
        return found if mqtt.client is None else {**found, "mqtt": mqtt.client.progress}

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

    watch = Watch(
        beats,
        feed=sdnotify.watchdog,
        interval_s=sdnotify.watchdog_interval_s(),
        monotonic=SystemClock().monotonic,
        starved=starts.starved,
    )
    painter = _painter(config, pipeline, clock, mqtt.publisher)

    def look() -> None:
        """What the panel shows of the mat, and whether its alarm is on."""
        if panel is not None:
            calibrating = pipeline.calibration is not None
            panel.show(led_pattern(pipeline.state, {"bus": frames.condition, **parts()}, calibrating=calibrating))
            panel.alarm(on=routine is not None and routine.alarming)

    ends = _ends(told, panel, (painter, mqtt.client), look=look, ticks=(watch.tick, starts.tick))
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
        publisher=mqtt.publisher,
        inbox=inbox,
        connection=writer.connection,
        parts=parts,
        ends=ends,
    )
    if safe is not None:
        sdnotify.status(safe.text)
    return Daemon(service, writer, control, mqtt.client, panel, starts)


def _ends(
    told: Callable[[Event], None],
    panel: Panel | None,
    others: tuple[Painter | None, MqttClient | None],
    *,
    look: Callable[[], None],
    ticks: tuple[Callable[[], None], ...],
) -> Ends:
    """Where events and answers go besides history and broker, and whose turn comes with each frame."""
    painter, client = others
    turns: list[Callable[[], None]] = [
        *([] if painter is None else [painter.follow]),
        *([] if panel is None else [look, panel.tick]),
        *([] if client is None else [client.tend]),
        *ticks,
    ]

    def beat() -> None:
        for turn in turns:
            turn()

    def happened(event: Event) -> None:
        told(event)
        if panel is not None:
            panel.heard(event)

    answered = panel.answered if panel is not None else lambda _document: None
    return Ends(told=happened, status=sdnotify.status, answered=answered, beat=beat)


def _mqtt(config: Config, mat_id: str, inbox: Inbox, *, acked: Callable[[int], None]) -> _Mqtt:
    if not config.mqtt.enabled:
        return _Mqtt(None, None, lambda seq, _payload: _done(acked, seq))
    topics = Topics(config.mqtt.base_topic, mat_id, config.mqtt.discovery_prefix)
    client = _client(config.mqtt, mat_id, topics, inbox, acked=acked)
    publisher = Publisher(client, topics, discovery=_discovery(config, topics), monotonic=SystemClock().monotonic)
    if not config.routine.enabled:
        publisher.clear_routine()
    return _Mqtt(client, publisher, partial(client.deliver, topics.event), client.forget)


def _done(acked: Callable[[int], None], seq: int) -> bool:
    """Nobody is to be told: the event stays in history, and that is all."""
    acked(seq)
    return True


def _painter(config: Config, pipeline: Pipeline, clock: Clock, publisher: Publisher | None) -> Painter | None:
    """Who paints the body on the mat; where nobody does, an earlier picture is taken off the broker."""
    if publisher is None:
        return None
    if not config.mqtt.picture:
        publisher.show_picture(b"")
        return None
    return Painter(
        Canvas(config.layout),
        state=lambda: pipeline.state,
        loads=lambda: pipeline.sensor_loads_us,
        monotonic=clock.monotonic,
        show=publisher.show_picture,
    )


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
    config: Config, clock: Clock, kept: Kept, keeper: Keeper, pipeline: Pipeline, *, boot_id: str, time_of_day: TimeOfDay
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
        guest=lambda: pipeline.guest_lies_there,
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
