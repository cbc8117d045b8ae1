"""Records frames of the configured mat, for the commands that make recordings."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import Config, SimulatedConfig
from acumat.control import DaemonNotRunningError, ask
from acumat.service.slots import Slots
from acumat.wiring.sources import source_of
from acumat_hw.errors import InputError, SourceEndedError, SourceUnavailableError
from acumat_hw.frame import Frame
from acumat_hw.recording import RecordingWriter, Start, description_path
from acumat_hw.recording_file import foreign_file, twin

ASK_S = 2.0
OnFrame = Callable[[Frame, float], None]
"""Gets each frame once it is written, and its time in seconds of the recording."""


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a recording: its frames, missed frames, why it ended, and the exit code."""

    frames: int
    missed: int
    why: str
    code: int = exit_codes.OK


def write_frames(path: Path, config: Config, *, seconds: float | None, force: bool, on_frame: OnFrame | None = None) -> Written:
    """Record frames until Ctrl-C, or until `seconds` are over.

    Raises InputError and SourceUnavailableError before the first one.
    """
    _refuse_to_destroy(path, force=force)
    _refuse_beside_daemon(config)
    source, clock = source_of(config)
    source.open()
    start = Start(start_utc=datetime.fromtimestamp(clock.wall(), UTC))
    slots = Slots(clock, config.daemon.rate_hz, clock.monotonic())
    frames = 0
    zero_s: float | None = None
    why, code = f"{seconds:g} s are over" if seconds is not None else "", exit_codes.OK
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does, with the file whole
    try:
        with RecordingWriter(path, config.layout, start) as writer:
            print(f"Recording {len(config.layout.sensors)} sensors at {config.daemon.rate_hz:g} Hz to {path}; Ctrl-C ends it.")
            while seconds is None or slots.next < seconds * config.daemon.rate_hz:
                slots.wait()
                frame = source.read()
                writer.write(frame)
                frames += 1
                zero_s = frame.t_mono_s if zero_s is None else zero_s
                if on_frame is not None:
                    on_frame(frame, frame.t_mono_s - zero_s)
                slots.done()
    except KeyboardInterrupt:
        why = "Ctrl-C ended it"
    except SourceEndedError as exc:
        why = str(exc)
    except SourceUnavailableError as exc:
        print(f"acumat: {exc}; what was read until then is in {path}", file=sys.stderr)
        code = exit_codes.UNAVAILABLE
    except OSError as exc:
        print(
            f"acumat: {path}: cannot be written any further ({exc.strerror}); make room; the rows before are in it",
            file=sys.stderr,
        )
        code = exit_codes.UNAVAILABLE
    finally:
        source.close()
    return Written(frames, slots.skipped, why, code)


def _refuse_to_destroy(path: Path, *, force: bool) -> None:
    """Refuse to overwrite anything; with `force` an earlier recording may be overwritten."""
    if (foreign := foreign_file(path)) is not None:
        raise InputError(f"{foreign} is there already and is not this recording's; choose another name to record to")
    if twin(path).exists():
        raise InputError(f"{twin(path)} is there already and shares {description_path(path)}; choose another name to record to")
    taken = [each for each in (path, description_path(path)) if each.exists()]
    if taken and not force:
        raise InputError(f"{taken[0]} is there already; choose another name, or overwrite the recording with --force")


def _refuse_beside_daemon(config: Config) -> None:
    """Refuse beside a running daemon: two readers on one bus would mix up their channels."""
    if isinstance(config.source, SimulatedConfig):
        return
    try:
        ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
    except DaemonNotRunningError:
        return
    raise SourceUnavailableError("the daemon is reading the mat; stop it while you record: sudo systemctl stop acumat")
