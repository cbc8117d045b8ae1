"""`acumat explain`: why the mat decided what it did, at a moment of a recording or of the stored history."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from acumat.cli import exit_codes
from acumat.detect.parameters import Parameters
from acumat_hw.errors import InputError

DATABASE = "acumat.db"


def explain(recording: Path | None, *, at: str | None, session: str | None, config_path: Path | None, as_json: bool) -> int:
    """A moment of a recording, or of the stored history."""
    if recording is not None:
        if at is None or session is not None:
            raise InputError("of a recording give --at with its seconds, and no --session")
        return explain_recording(recording, at, config_path=config_path, as_json=as_json)
    if (at is None) == (session is None):
        raise InputError("of the stored history give either --at or --session; of a recording its file and --at")
    return explain_history(at, session, config_path=config_path, as_json=as_json)


def explain_recording(path: Path, at: str, *, config_path: Path | None, as_json: bool) -> int:
    """A moment of a recording in its own seconds (or minutes and seconds, 5:12)."""
    from acumat.config import load_config  # noqa: PLC0415
    from acumat.explain.recording import moment_document, moment_of, moment_sentences  # noqa: PLC0415
    from acumat_hw.recording import open_recording  # noqa: PLC0415

    sensitivity = "normal" if config_path is None else load_config(config_path, secrets=False).sensitivity
    recording = open_recording(path)
    moment = moment_of(recording, seconds_of(at), Parameters().with_sensitivity(sensitivity))
    _print(moment_sentences(moment), moment_document(moment) if as_json else None)
    for problem in recording.problems:
        print(f"acumat: {problem}", file=sys.stderr)
    return exit_codes.DATA if recording.problems else exit_codes.OK


def explain_history(at: str | None, session: str | None, *, config_path: Path | None, as_json: bool) -> int:
    """A moment of the stored history in wall time, or a stored session's end."""
    from acumat import config as configuration  # noqa: PLC0415
    from acumat.contract.documents import rfc3339  # noqa: PLC0415
    from acumat.history.explained import Past, past_document, past_sentences  # noqa: PLC0415
    from acumat.history.past import events_around, session_at, session_named, session_summary  # noqa: PLC0415

    loaded = configuration.load_config(configuration.find_config(config_path), secrets=False)
    path = loaded.daemon.state_dir / DATABASE
    if session is not None:
        row = session_named(path, session)
        if row is None:
            raise InputError(f"no session {session!r} is stored; `--at` with a time shows the session around it")
        wall_s = row.end_wall_s
    else:
        wall_s = wall_of(at or "")
        row = session_at(path, wall_s)
    around = events_around(path, wall_s)
    inside = row is not None and wall_s <= row.end_wall_s
    try:
        past = Past(rfc3339(wall_s), around.before, around.following, None if row is None else session_summary(row), inside)
        sentences, document = past_sentences(past), past_document(past) if as_json else None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise InputError(f"{path}: what is stored around that moment is damaged; give another time") from error
    _print(sentences, document)
    if around.damaged:
        print(f"acumat: {path}: {around.damaged} events around that moment are damaged and left out", file=sys.stderr)
    return exit_codes.DATA if around.damaged else exit_codes.OK


def seconds_of(at: str) -> float:
    """Seconds of a recording, as 312.5 or 5:12.5."""
    found = re.fullmatch(r"(?:(\d+):)?(\d+(?:\.\d+)?)", at.strip())
    if not found:
        raise InputError(f"--at {at!r}: of a recording give seconds, such as 312 or 5:12")
    return 60.0 * float(found[1] or 0) + float(found[2])


def wall_of(at: str) -> float:
    """Unix time of "2026-11-24 22:31", local unless it names a zone."""
    try:
        return datetime.fromisoformat(at.strip()).astimezone().timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"--at {at!r}: of the history give a date and a time, such as 2026-11-24 22:31:05") from error


def _print(sentences: Sequence[str], document: Mapping[str, Any] | None) -> None:
    print("\n".join(sentences) if document is None else json.dumps(document, indent=2, ensure_ascii=False))
