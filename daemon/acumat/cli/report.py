"""`acumat report`: the history of a person as one HTML file, to read and to print."""

from __future__ import annotations

import io
import sys
import time
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from acumat import __version__
from acumat.cli import exit_codes
from acumat.cli.history import answer_of
from acumat.cli.output_file import free_place, write_whole
from acumat.cli.streams import STREAM, opened, passing
from acumat.config import Config, find_config, load_config
from acumat.contract.commands import CommandName
from acumat.history.days import day_of
from acumat.history.import_file import RefusedImportError
from acumat.report.choice import chosen
from acumat.report.page import HEAD, page
from acumat.report.past import Past, read_past
from acumat_hw.errors import InputError
from acumat_hw.text_file import shown_path, shown_text


def report(
    config_path: Path | None,
    target: Path,
    *,
    first: str | None,
    last: str | None,
    person: str | None,
    rhythm: bool,
    force: bool,
    of: Path | None,
) -> int:
    """Write the report into `target`: from an export, or else from the history, with or without a running daemon."""
    config = load_config(find_config(config_path), secrets=False)
    starts_at = config.daemon.day_starts_at
    today = day_of(time.time(), starts_at)
    begin, end = _day("from", first), min(_day("to", last) or today, today)
    if begin is not None and begin > end:
        raise InputError(f"--from {begin}: is after {end}, the last day of the report; give an earlier day")
    path = None if target == STREAM else free_place(target, config, "report", [HEAD.encode()], force=force)
    with ExitStack() as stack:
        if of is not None:
            file = stack.enter_context(opened(of))
        else:
            file, answer = stack.enter_context(passing(lambda file: _exported(config, file)))
            if not answer.get("ok"):
                print(answer.get("text", ""), file=sys.stderr)
                return exit_codes.REFUSED
        past = _read(file, config)
    text = page(chosen(past, person, begin, end), datetime.now().astimezone(), __version__, rhythm=rhythm)
    if path is None:
        sys.stdout.buffer.write(text.encode())
        return exit_codes.OK
    write_whole(path, io.BytesIO(text.encode()))
    print(f"The report is in {shown_path(target)}. Any browser shows it. It stays there until you pass it on.")
    return exit_codes.OK


def _exported(config: Config, file: BinaryIO) -> dict[str, Any]:
    return answer_of(config, CommandName.HISTORY_EXPORT, {"format": "json"}, file)


def _day(option: str, given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError as error:
        raise InputError(f"--{option} {shown_text(given)!r}: give a day, such as 2026-11-24") from error


def _read(file: BinaryIO, config: Config) -> Past:
    try:
        return read_past(file, config.daemon.day_starts_at)
    except RefusedImportError as error:
        text = str(error).removesuffix(" Nothing was imported.").rstrip(".")
        raise InputError(f"the history cannot be read as a report needs it: {text}; acumat history list shows it") from error
