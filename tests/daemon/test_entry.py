"""The process of a command whose standard streams are not as usual: closed, full, or of another character set."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = os.pathsep.join(place for place in sys.path if place)
ENTRY = [sys.executable, "-c", "import sys; from acumat.cli.entry import main; sys.exit(main())"]
NOT_UTF_8 = os.fsdecode(b"\xff.csv")


def ran(command: list[str], streams: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`acumat` with these arguments, and with its streams as a shell redirects them."""
    started = 'exec "$@" ' + streams
    given = ["sh", "-c", started, "sh", *ENTRY, *command]
    return subprocess.run(given, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": SOURCES, **environment})


@pytest.mark.parametrize(
    ("command", "streams", "code"),
    [
        (["screen"], "<&-", 65),
        (["screen"], "<&- >&- 2>&-", 65),
        (["screen", "--answers", "-"], "<&-", 69),  # no daemon is there to take them
        (["about"], ">&-", 0),
        (["about"], ">/dev/full", 69),
        (["about"], ">/dev/full 2>/dev/full", 69),
    ],
)
def test_a_stream_that_takes_or_gives_nothing_is_no_fault_of_the_command(
    tmp_path: Path, command: list[str], streams: str, code: int
) -> None:
    done = ran(command, streams, RUNTIME_DIRECTORY=str(tmp_path))
    assert done.returncode == code, done.stderr
    assert b"internal error" not in done.stderr


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    recording = tmp_path / "mat.csv"
    done = ran(["record", str(recording), "--scenario", "short-visit", "--seconds", "1"], ">&- 2>&-")
    assert done.returncode == 0
    assert b"Recording" not in recording.read_bytes()
    assert len(recording.read_text().splitlines()) == 11


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_a_character_that_the_terminal_cannot_show_is_escaped(tmp_path: Path, encoding: str) -> None:
    recording = tmp_path / NOT_UTF_8
    command = ["record", str(recording), "--scenario", "short-visit", "--seconds", "1"]
    done = ran(command, PYTHONIOENCODING=f"{encoding}:strict")
    assert done.returncode == 0, done.stderr
    assert b"\\udcff.csv" in done.stdout
    assert recording.exists()


BEGINS = """
import sys, tempfile
from acumat.cli import entry, main
def command():
    with tempfile.TemporaryDirectory(dir=sys.argv[1]):
        print("begun", flush=True)
        sys.stdin.read()
main.main = command
sys.exit(entry.main())
"""
"""A command that has a folder of its own while it waits for its input."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_that_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with _begun(tmp_path) as process:
        process.send_signal(number)
        assert process.wait() == -number
    assert not list(tmp_path.iterdir())


def test_a_command_that_was_started_with_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    with _begun(tmp_path, "trap '' HUP; ") as process:
        process.send_signal(signal.SIGHUP)
        process.communicate()
        assert process.returncode == 0


def _begun(folder: Path, before: str = "") -> subprocess.Popen[bytes]:
    heeded = ["env", "--default-signal=HUP"]  # nohup may have begun the tests
    given = [*heeded, "sh", "-c", before + 'exec "$@"', "sh", sys.executable, "-c", BEGINS, str(folder)]
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    process = subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process
