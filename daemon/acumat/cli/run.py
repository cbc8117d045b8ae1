"""The command that is the daemon: run."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import Config, find_config, load_config
from acumat.service.reload import Reload, unforeseen
from acumat.wiring.daemon import daemon as wired
from acumat.wiring.sources import source_of
from acumat_hw.errors import AcumatError, InputError

log = logging.getLogger(__name__)

JOURNAL_LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def run(config_path: Path | None) -> int:
    """Run the daemon until SIGTERM or SIGINT."""
    _log_to_stderr()
    path = find_config(config_path)
    config = load_config(path)
    _warn(config)
    before: Config | None = None  # the last good one, until its successor has proved usable
    rejected = ""
    while True:
        following = _Following(config, path)
        opened = False
        try:
            daemon = wired(config, reload=Reload(following.read, rejected))
            daemon.open()
            opened = True
            daemon.run(followed=following.is_there)
        except Exception as exc:
            # a new configuration can only end a running daemon through the files that it names
            if before is None or (opened and not isinstance(exc, InputError)):
                raise
            rejected = _reason(exc)
            log.error("%s; the last good configuration stays in use", rejected)
            config, before = before, None
            continue
        if following.config is None or daemon.stop_requested:
            return exit_codes.OK
        config, before, rejected = following.config, config, ""


class _Following:
    """The next configuration; None as long as there is none."""

    def __init__(self, running: Config, path: Path | None) -> None:
        self._running = running
        self._path = path
        self.config: Config | None = None

    def is_there(self) -> bool:
        return self.config is not None

    def read(self) -> bool:
        new = load_config(self._path)
        if new == self._running:
            return False
        source_of(new)  # refuses a missing scenario while the last configuration still runs
        self.config = new
        _warn(new)
        return True


def _reason(error: Exception) -> str:
    if isinstance(error, AcumatError | OSError):
        return str(error)
    return unforeseen(error, "the daemon cannot start with the new one")


def _warn(config: Config) -> None:
    for warning in config.warnings:
        log.warning("%s", warning)


def _log_to_stderr() -> None:
    """Set up logging: under journald with its level prefixes (sd-daemon(3)), elsewhere with the time."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JournalFormatter() if os.environ.get("JOURNAL_STREAM") else _plain())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _plain() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s")


class _JournalFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = JOURNAL_LEVELS.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())
