"""Commands that read a mat themselves: run, demo, record."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from acumat import wiring
from acumat.cli import exit_codes
from acumat.cli.offline import say_at
from acumat.config import Config, DaemonConfig, MqttConfig, SimulatedConfig, find_config, load_config
from acumat.control import DaemonNotRunningError, ask
from acumat.demo_broker import NoBrokerError, demo_broker
from acumat.model import Event
from acumat.service.loop import Slots
from acumat.service.reload import Reload
from acumat_hw.errors import InputError, SourceEndedError, SourceUnavailableError
from acumat_hw.recording import RecordingWriter, Start, description_path

log = logging.getLogger(__name__)

ASK_S = 2.0
JOURNAL_LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def run(config_path: Path | None) -> int:
    """The daemon until SIGTERM or SIGINT."""
    _log_to_stderr()
    path = find_config(config_path)
    config = load_config(path)
    before: Config | None = None  # the last good one, while its successor has yet to show that it can be used
    rejected = ""
    while True:
        following = _Following(config, path)
        try:
            daemon = wiring.daemon(config, reload=Reload(following.read, rejected))
            daemon.run(followed=lambda now=following: now.config is not None)  # type: ignore[misc]
        except InputError as exc:
            if before is None:
                raise
            log.error("%s; the last good configuration goes on", exc)
            config, before, rejected = before, None, str(exc)
            continue
        if following.config is None or daemon.told_to_stop:
            return exit_codes.OK
        config, before, rejected = following.config, config, ""


class _Following:
    """The configuration that takes over from this one; None as long as there is none."""

    def __init__(self, running: Config, path: Path | None) -> None:
        self._running = running
        self._path = path
        self.config: Config | None = None

    def read(self) -> bool:
        new = load_config(self._path)
        if new == self._running:
            return False
        self.config = new
        return True


def demo(scenario: str, *, layout: str, speed: float, broker: str | None) -> int:
    """The daemon on a simulated mat, with state that is gone afterwards."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acumat-demo-")))
        mqtt = _demo_mqtt(stack, broker)
        config = replace(
            load_config(None),
            name="Demo mat",
            mat_id="demo",
            layout=wiring.preset_layout(layout),
            source=SimulatedConfig(scenario=scenario, speed=speed),
            daemon=DaemonConfig(state_dir=folder, runtime_dir=folder),
            mqtt=mqtt,
        )
        daemon = wiring.daemon(config, told=_Story().tell)
        print(f"A simulated mat, layout {layout}, read by the real converter driver; scenario {scenario}. Ctrl-C ends it.")
        daemon.run()
        totals = daemon.service.status()["totals"]
        print(f"The end: {totals['sessions_total']} session(s), {totals['minutes_total']:g} minutes on the mat.")
    return exit_codes.OK


def record(path: Path, config_path: Path | None, *, seconds: float | None, force: bool) -> int:
    """Frames into a file until Ctrl-C or the time is over."""
    config = load_config(find_config(config_path), secrets=False)
    if not force:
        taken = [each for each in (path, description_path(path)) if each.exists()]
        if taken:
            raise InputError(f"{taken[0]} is there already; choose another name, or overwrite it with --force")
    _refuse_beside_daemon(config)
    source, clock = wiring.source_of(config)
    source.open()
    start = Start(start_utc=datetime.fromtimestamp(clock.wall(), UTC))
    slots = Slots(clock, config.daemon.rate_hz, clock.monotonic())
    frames = 0
    why = "as asked"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does, with the file whole
    try:
        with RecordingWriter(path, config.layout, start) as writer:
            print(f"Recording {len(config.layout.sensors)} sensors at {config.daemon.rate_hz:g} Hz to {path}; Ctrl-C ends it.")
            while seconds is None or slots.next < seconds * config.daemon.rate_hz:
                slots.wait()
                writer.write(source.read())
                frames += 1
                slots.done()
    except KeyboardInterrupt:
        why = "by hand"
    except SourceEndedError as exc:
        why = str(exc)
    except SourceUnavailableError as exc:
        print(f"acumat: {exc}; what was read until then is in {path}", file=sys.stderr)
        return exit_codes.UNAVAILABLE
    finally:
        source.close()
    print(f"{frames} frames written to {path} (ended {why}; {slots.skipped} slots missed). Look at them: acumat replay {path}")
    return exit_codes.OK


class _Story:
    """Tells events with the seconds of the mat's time since the first of them."""

    def __init__(self) -> None:
        self._zero_s: float | None = None

    def tell(self, event: Event) -> None:
        if self._zero_s is None:
            self._zero_s = event.t_mono_s
        say_at(event.t_mono_s - self._zero_s, event)


def _demo_mqtt(stack: ExitStack, broker: str | None) -> MqttConfig:
    if broker is not None:
        host, _, port = broker.partition(":")
        if not host or (port and not port.isdecimal()) or ".." in host or host.startswith("."):
            raise InputError(f"--broker {broker!r} is no HOST[:PORT]")
        return MqttConfig(host=host, port=int(port or 1883))
    try:
        name, own_port = stack.enter_context(demo_broker())
    except NoBrokerError as exc:
        print(f"acumat: {exc}; going on without", file=sys.stderr)
        return MqttConfig(enabled=False)
    print(f"A broker ({name}) runs on 127.0.0.1:{own_port} as long as the demo. In another terminal:")
    print(f"    mosquitto_sub -h 127.0.0.1 -p {own_port} -v -t 'acumat/demo/#'")
    return MqttConfig(host="127.0.0.1", port=own_port)


def _refuse_beside_daemon(config: Config) -> None:
    """Two readers on one bus would mix each other's channels."""
    if isinstance(config.source, SimulatedConfig):
        return
    try:
        ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
    except DaemonNotRunningError:
        return
    raise SourceUnavailableError("the daemon is reading the mat; stop it while you record: sudo systemctl stop acumat")


def _log_to_stderr() -> None:
    """Under journald with its level prefixes (sd-daemon(3)), elsewhere with the time."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JournalFormatter() if os.environ.get("JOURNAL_STREAM") else _plain())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _plain() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s")


class _JournalFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = JOURNAL_LEVELS.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())
