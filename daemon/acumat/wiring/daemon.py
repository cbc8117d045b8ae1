"""Puts the daemon together: who is there, and who is told what by whom."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from acumat import sdnotify
from acumat.config import Config
from acumat.contract.events import Event
from acumat.contract.state import Condition
from acumat.control import ControlServer
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.history.writer import Writer
from acumat.identity import Machine, this_machine
from acumat.mqtt.client import MqttClient
from acumat.mqtt.publisher import Publisher
from acumat.picture.heatmap import Canvas
from acumat.service.admission import Admission
from acumat.service.answers import Answers
from acumat.service.commands import Commands
from acumat.service.daemon import Daemon
from acumat.service.frames import Frames
from acumat.service.inbox import ButtonPressed, Inbox
from acumat.service.loop import Ends, Service
from acumat.service.painter import Painter
from acumat.service.panel import Panel, led_pattern
from acumat.service.reload import Reload
from acumat.service.safety_file import SafetyFile
from acumat.service.starts import Starts
from acumat.service.timekeeping import TimeOfDay
from acumat.service.watchdog import Watchdog
from acumat.wiring.context import Context, ExclusiveAccess
from acumat.wiring.detection import Detection, detection
from acumat.wiring.panel import panel_of
from acumat.wiring.persistence import Persistence, persistence
from acumat.wiring.sources import Mat, machine_of, mat_of, threaded
from acumat_hw.bus_thread import BusThread
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

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
    DaemonRunningError or StateInUseError if another daemon owns the mat or its history.
    """
    mat = mat or mat_of(config)
    machine = machine or machine_of(config)
    inbox = Inbox()
    control = ControlServer(config.daemon.control_socket, inbox.ask)
    control.start()
    owned = ExclusiveAccess(control, config.daemon.state_dir)
    starts = Starts(
        config.daemon.state_dir / STARTS,
        safe_after=config.daemon.safe_mode_after,
        boot_id=this_machine().boot_id,
        monotonic=SystemClock().monotonic,
    )
    try:
        time_of_day = TimeOfDay(mat.clock, machine.timesync, rtc=machine.rtc, trusted=config.daemon.clock == "trusted")
        ground = Context(config, mat, machine, inbox, time_of_day, starts.begin())
        return _assembled(ground, owned, starts, told=told, shown=shown, reload=reload or Reload(lambda: False))
    except Exception as exc:
        owned.close()
        starts.failed(exc)
        if isinstance(exc, AcumatError):
            starts.over()  # somebody has to put something right, and a safe mode would not help
        raise


def _assembled(
    ground: Context,
    owned: ExclusiveAccess,
    starts: Starts,
    *,
    told: Callable[[Event], None],
    shown: Callable[[str], None],
    reload: Reload,
) -> Daemon:
    kept = persistence(ground)
    try:
        return _around(ground, kept, owned, starts, told=told, shown=shown, reload=reload)
    except BaseException:
        kept.close()
        raise


def _around(
    ground: Context,
    kept: Persistence,
    owned: ExclusiveAccess,
    starts: Starts,
    *,
    told: Callable[[Event], None],
    shown: Callable[[str], None],
    reload: Reload,
) -> Daemon:
    config, clock, inbox = ground.config, ground.clock, ground.inbox
    known = detection(ground, kept)
    writer, mqtt, pipeline, routine = kept.writer, kept.mqtt, known.pipeline, known.routine
    guard = Guard(clock.monotonic)
    thread = threaded(ground.mat, len(ground.names))
    frames = Frames(thread or ground.mat.source, clock, len(ground.names), remark=ground.mat.remark)
    panel = panel_of(
        config.panel, config.daemon.runtime_dir, clock, pressed=lambda kind: inbox.put(ButtonPressed(kind)), shown=shown
    )

    def parts() -> dict[str, Condition]:
        unsafe = None if ground.safe is None else Condition("safe_mode", ground.safe.text)
        unwell = guard.condition if reload.condition.code == "ok" else reload.condition
        return {**_parts(writer, known.safety_file, mqtt.client, panel), "daemon": unsafe or unwell}

    def look() -> None:
        """What the panel shows of the mat, and whether its alarm is on."""
        if panel is not None:
            calibrating = pipeline.calibration is not None
            panel.show(led_pattern(pipeline.state, {"bus": frames.condition, **parts()}, calibrating=calibrating))
            panel.alarm(on=routine is not None and routine.alarming)

    watch = _watch(writer, mqtt.client, thread, starts)
    painter = _painter(config, pipeline, clock, mqtt.publisher)
    service = Service(
        mat_id=ground.mat_id,
        layout=config.layout,
        clock=clock,
        rate_hz=config.daemon.rate_hz,
        idle_rate_hz=config.daemon.idle_rate_hz,
        frames=frames,
        pipeline=pipeline,
        guard=guard,
        keeper=known.keeper,
        time_of_day=ground.time_of_day,
        checkpoints=known.checkpoints,
        recovery=known.recovery,
        reload=reload,
        safe=ground.safe,
        routine=routine,
        commands=partial(_commands, ground, kept, known, panel),
        publisher=mqtt.publisher,
        inbox=inbox,
        connection=partial(_connection, writer, mqtt.client),
        parts=parts,
        ends=_ends(told, panel, (painter, mqtt.client), look=look, ticks={"watchdog": watch.tick, "starts": starts.tick}),
    )
    if ground.safe is not None:
        sdnotify.status(ground.safe.text)
    return Daemon(service, writer, owned, mqtt.client, panel, starts, known.safety_file)


def _connection(writer: Writer, client: MqttClient | None, up: bool) -> None:
    """Nothing is handed over to a new connection before the outbox knows that it has to begin with what was under way."""
    if client is not None and up:
        client.resumed()
    writer.connection(up)


def _commands(ground: Context, kept: Persistence, known: Detection, panel: Panel | None, service: Service) -> Commands:
    answers = Answers(
        written=kept.writer.when_written,
        stored=kept.writer.when_written if known.routine is None else known.routine.when_stored,
        enqueue=ground.inbox.put,
        monotonic=SystemClock().monotonic,
    )
    return Commands(
        known.pipeline,
        kept.writer,
        ground.clock,
        sensor_names=ground.names,
        status=service.status,
        enqueue=ground.inbox.put,
        replaced=known.keeper.replaced,
        settings=known.settings,
        answers=answers,
        admission=Admission(
            ground.clock.monotonic, answers, store_works=lambda: kept.writer.condition.code != "store_unavailable"
        ),
        routine=known.routine,
        advice_over_mqtt=ground.config.routine.advice_over_mqtt,
        silence=panel.silence if panel is not None else lambda: False,
    )


def _watch(writer: Writer, client: MqttClient | None, thread: BusThread | None, starts: Starts) -> Watchdog:
    """Feeds systemd's watchdog as long as every part gets on."""

    def beats() -> Mapping[str, float]:
        """When each part last got on; a bus that hangs for long may be cured by a restart."""
        found = {"history": writer.beat_mono_s, "bus": starts.bus_beat(None if thread is None else thread.hangs_since_s)}
        return found if client is None else {**found, "mqtt": client.progress}

    return Watchdog(
        beats,
        feed=sdnotify.watchdog,
        interval_s=sdnotify.watchdog_interval_s(),
        monotonic=SystemClock().monotonic,
        starved=starts.starved,
    )


def _ends(
    told: Callable[[Event], None],
    panel: Panel | None,
    others: tuple[Painter | None, MqttClient | None],
    *,
    look: Callable[[], None],
    ticks: Mapping[str, Callable[[], None]],
) -> Ends:
    """Where events and answers go besides history and broker, and whose turn comes with each frame."""
    painter, client = others
    turns: dict[str, Callable[[], None]] = {
        **({} if painter is None else {"picture": painter.follow}),
        **({} if panel is None else {"look of the panel": look, "panel": panel.tick}),
        **({} if client is None else {"broker": client.tend}),
        **ticks,
    }

    def happened(event: Event) -> None:
        told(event)
        if panel is not None:
            panel.heard(event)

    answered = panel.answered if panel is not None else lambda _document: None
    return Ends(told=happened, status=sdnotify.status, answered=answered, turns=turns)


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


def _parts(writer: Writer, safety_file: SafetyFile, client: MqttClient | None, panel: Panel | None) -> dict[str, Condition]:
    off = Condition("off", "MQTT is switched off in the configuration.")
    own = {} if panel is None else {"panel": panel.condition}
    stored = writer.condition if safety_file.condition.code == "ok" else safety_file.condition
    return {"store": stored, "broker": off if client is None else client.condition, **own}
