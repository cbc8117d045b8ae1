"""Puts the daemon together. Nothing is opened or started here before `Daemon.open` asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from acumat import sdnotify
from acumat.config import Config
from acumat.contract.events import Event
from acumat.control_server import ControlServer
from acumat.feed.feed import Feed
from acumat.guard import Guard
from acumat.history.rows import Restored
from acumat.history.store import Store
from acumat.identity import Machine, this_machine
from acumat.mqtt.publisher import Publisher
from acumat.picture.heatmap import Canvas
from acumat.release import RELEASE, Releases, installed, last_switch, packaged
from acumat.service.daemon import Daemon, Parts
from acumat.service.frames import Frames
from acumat.service.health_report import HasCondition, HealthReport
from acumat.service.inbox import Inbox
from acumat.service.intake import Intake
from acumat.service.live import Live
from acumat.service.loop import Inputs, Service
from acumat.service.now import Now
from acumat.service.origin import foreign_origin
from acumat.service.painter import NullPainter, Painter
from acumat.service.panel import NullPanel, Panel
from acumat.service.read_rate import ReadRate
from acumat.service.reload import Reload
from acumat.service.reporting import Outputs, Reporting
from acumat.service.restoring import Restoring
from acumat.service.slots import Slots
from acumat.service.starts import SafeMode, Starts
from acumat.service.status import Status
from acumat.service.timekeeping import TimeOfDay
from acumat.service.watchdog import Progress, Watchdog
from acumat.state_folder import Vanishing, lies_in_memory
from acumat.wiring.context import Context, ExclusiveAccess
from acumat.wiring.detection import Core, core
from acumat.wiring.panel import panel_of
from acumat.wiring.persistence import Persistence, finish_restore, persistence, restored_from, store_of
from acumat.wiring.sources import Mat, machine_of, mat_of, threaded
from acumat.words import mat_words
from acumat_hw.bus_thread import BusThread
from acumat_hw.clock import SystemClock

log = logging.getLogger(__name__)

STARTS = "starts.json"


class Listeners(NamedTuple):
    """Listeners outside the daemon, and the reader of its configuration."""

    on_event: Callable[[Event], object]
    on_text: Callable[[str], None]
    reload: Reload


def daemon(
    config: Config,
    *,
    on_event: Callable[[Event], object] | None = None,
    on_text: Callable[[str], None] = log.info,
    reload: Reload | None = None,
    mat: Mat | None = None,
    machine: Machine | None = None,
) -> Daemon:
    """The whole daemon, ready to be opened.

    `on_event` gets each event, `on_text` what a simulated panel would show and play. `reload` looks at the configuration on
    SIGHUP. `mat` and `machine` stand in for what the configuration names. Raises InputError for what cannot be used.
    """
    machine_clock = SystemClock()
    feed = Feed(machine_clock.monotonic)
    context = Context(config, mat or mat_of(config), machine or machine_of(config), Inbox(), feed, machine_clock)
    starts = Starts(
        config.daemon.state_dir / STARTS,
        safe_after=config.daemon.safe_mode_after,
        boot_id=this_machine().boot_id,
        monotonic=machine_clock.monotonic,
    )
    listeners = Listeners(on_event or _ignore, on_text, reload or Reload(_same))
    control = ControlServer(config.daemon.control_socket, context.inbox.ask, context.feed.adopt)
    access = ExclusiveAccess(control, context.feed, config.daemon.state_dir)
    return Daemon(access, starts, partial(_assemble, context, listeners, starts))


def _ignore(_event: Event) -> None: ...


def _same() -> bool:
    """A reader whose configuration never changes."""
    return False


def _assemble(context: Context, listeners: Listeners, starts: Starts, safe: SafeMode | None) -> Parts:
    """Called when the daemon opens: detection starts with the data of the history."""
    finish_restore(context)
    store = store_of(context, safe)
    try:
        return _parts(context, listeners, starts, safe, store, restored_from(store, context))
    except BaseException:
        store.close()
        raise


def _parts(
    context: Context, listeners: Listeners, starts: Starts, safe: SafeMode | None, store: Store, restored: Restored
) -> Parts:
    config, machine, clock, inbox = context.config, context.machine, context.clock, context.inbox
    guard = Guard(clock.monotonic)
    time_of_day = TimeOfDay(clock, machine.timesync, rtc=machine.rtc, trusted=config.daemon.clock == "trusted")
    panel = panel_of(context, listeners.on_text)
    bus = threaded(context.mat, len(context.names))
    frames = Frames(bus or context.mat.source, clock, len(context.names), remark=context.mat.remark)
    slots = Slots(clock, config.daemon.rate_hz, clock.monotonic())
    outlet = persistence(context, store, time_of_day)
    mat = core(context, outlet, restored, time_of_day, panel=panel, guard=guard)
    detection, records = mat.detection, mat.records
    health = _health(context, frames, mat, outlet, panel, (listeners.reload, guard) if safe is None else (safe,))
    status = Status(
        context.mat_id, config.layout.name, detection, health=health, records=records, slots=slots, inbox=inbox, guard=guard
    )
    boot_id, names = machine.boot_id, context.names
    restoring = Restoring(restored, outlet.writer, detection, records, boot_id=boot_id, sensor_names=names, put=inbox.put)
    live = Live(context.feed, names, clock, guard, detection=detection, records=records)
    intake = Intake(
        inbox,
        guard,
        detection=detection,
        records=records,
        restoring=restoring,
        status=status,
        publisher=outlet.publisher,
        live=live,
        link=outlet.link,
        on_answer=panel.on_answer,
    )
    outputs = _outputs(context, listeners, outlet, panel, live, bus, starts)
    reporting = Reporting(
        outputs,
        guard,
        clock,
        detection=detection,
        records=records,
        health=health,
        status=status,
        now=_now(context, time_of_day),
    )
    rate = ReadRate(config.daemon.rate_hz, config.daemon.idle_rate_hz, average=context.mat.average)
    inputs = Inputs(frames, slots, rate, intake, listeners.reload)
    service = Service(inputs, detection, records, restoring, reporting, guard=guard, safe=safe)
    return Parts(service, outlet.writer, outlet.client, panel, mat.safety_file)


def _now(context: Context, time_of_day: TimeOfDay) -> Now:
    language = context.config.mqtt.language
    words = mat_words(language, "advice")
    if context.config.routine.screen_over_mqtt:
        words = {**words, **mat_words(language, "advice_with_questions")}
    return Now(words, lambda: context.clock.wall() if time_of_day.known else None)


def _health(
    context: Context,
    frames: Frames,
    mat: Core,
    outlet: Persistence,
    panel: Panel | NullPanel,
    causes: tuple[HasCondition, ...],
) -> HealthReport:
    state_dir = context.config.daemon.state_dir
    vanishing = Vanishing() if installed() and lies_in_memory(state_dir) else None  # no matter in a checkout
    shown: dict[str, tuple[HasCondition | None, ...]] = {
        "bus": (frames,),
        "store": (mat.safety_file, outlet.writer, vanishing),
        "broker": (outlet.client,),
        "panel": (None if isinstance(panel, NullPanel) else panel,),
        "daemon": causes,
        "update": (last_switch(),),
        "identity": (foreign_origin(state_dir, context.origin),),
    }
    fitted = {name: tuple(each for each in parts if each is not None) for name, parts in shown.items()}
    return HealthReport(
        context.config.layout, {name: parts for name, parts in fitted.items() if parts}, context.clock.monotonic
    )


def _outputs(
    context: Context,
    listeners: Listeners,
    outlet: Persistence,
    panel: Panel | NullPanel,
    live: Live,
    bus: BusThread | None,
    starts: Starts,
) -> Outputs:
    return Outputs(
        outlet.publisher,
        outlet.client,
        panel,
        live,
        _painter(context, outlet.publisher),
        _watchdog(context, outlet, bus, starts),
        starts,
        _releases(context),
        on_event=listeners.on_event,
        on_status=sdnotify.status,
    )


def _releases(context: Context) -> Releases | None:
    last = last_switch()
    return Releases(RELEASE, last, context.machine_clock.monotonic) if last is not None and packaged() else None


def _painter(context: Context, publisher: Publisher) -> Painter | NullPainter:
    config = context.config
    if not config.mqtt.enabled or not config.mqtt.picture:
        return NullPainter()
    return Painter(Canvas(config.layout), monotonic=context.clock.monotonic, publish=publisher.publish_picture)


def _watchdog(context: Context, outlet: Persistence, bus: BusThread | None, starts: Starts) -> Watchdog:
    progress = Progress(history=outlet.writer, mqtt=outlet.client, bus=bus, starts=starts)
    return Watchdog(
        progress.now,
        feed=sdnotify.watchdog,
        interval_s=sdnotify.watchdog_interval_s(),
        monotonic=context.machine_clock.monotonic,
        on_starved=starts.on_starved,
    )
