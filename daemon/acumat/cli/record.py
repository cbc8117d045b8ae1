"""The command that writes what the sensors read into a file: record."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import Config, SimulatedConfig, find_config, load_config
from acumat.control import DaemonNotRunningError, ask
from acumat.service.slots import Slots
from acumat.wiring.sources import source_of
from acumat_hw.errors import InputError, SourceEndedError, SourceUnavailableError
from acumat_hw.recording import RecordingWriter, Start, description_path
from acumat_hw.recording_file import foreign_file, twin

ASK_S = 2.0


def record(path: Path, config_path: Path | None, *, seconds: float | None, force: bool) -> int:
    """Frames into a file until Ctrl-C or the time is over."""
    config = load_config(find_config(config_path), secrets=False)
    _refuse_to_destroy(path, force=force)
    _refuse_beside_daemon(config)
    source, clock = source_of(config)
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
    except OSError as exc:
        print(f"acumat: {path}: cannot be written on ({exc.strerror}); make room; the rows before are in it", file=sys.stderr)
        return exit_codes.UNAVAILABLE
    finally:
        source.close()
    print(f"{frames} frames written to {path} (ended {why}; {slots.skipped} slots missed). Look at them: acumat replay {path}")
    return exit_codes.OK


def _refuse_to_destroy(path: Path, *, force: bool) -> None:
    """With `force` an earlier recording may be overwritten, and nothing else."""
    if (foreign := foreign_file(path)) is not None:
        raise InputError(f"{foreign} is there already and is not this recording's; choose another name to record to")
    if twin(path).exists():
        raise InputError(f"{twin(path)} is there already and shares {description_path(path)}; choose another name to record to")
    taken = [each for each in (path, description_path(path)) if each.exists()]
    if taken and not force:
        raise InputError(f"{taken[0]} is there already; choose another name, or overwrite the recording with --force")


def _refuse_beside_daemon(config: Config) -> None:
    """Two readers on one bus would mix each other's channels."""
    if isinstance(config.source, SimulatedConfig):
        return
    try:
        ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
    except DaemonNotRunningError:
        return
    raise SourceUnavailableError("the daemon is reading the mat; stop it while you record: sudo systemctl stop acumat")
