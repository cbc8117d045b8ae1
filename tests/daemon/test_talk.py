"""Commands to the running daemon: where it is found, and how its answer reads."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acumat.cli.main import main
from acumat.control_server import ControlServer


def answered(request: dict[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
    given = ", ".join(f"{key} {value}" for key, value in request.items() if key != "command")
    reply({"ok": True, "text": f"heard {request['command']}{f' with {given}' if given else ''}"})


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """The runtime directory of something that answers as a daemon does."""
    server = ControlServer(tmp_path / "run" / "control.sock", answered)
    server.start()
    yield server.path.parent
    server.close()


@pytest.mark.parametrize(
    "broken",
    [
        '[daemon]\nruntime_dir = "{}"\nrate_hz = "fast"\n',
        "[daemon\n# runtime_dir = 'elsewhere'\nruntime_dir = '{}'\n",
        'daemon = {{ rate_hz = 1, runtime_dir = "{}" }}\n[mqtt]\nprot = 1883\nhost = 7\n',
    ],
)
@pytest.mark.parametrize("command", ["stop", "symptom"])
def test_while_the_configuration_is_broken_the_daemon_that_runs_is_found(
    tmp_path: Path, running: Path, capsys: pytest.CaptureFixture[str], broken: str, command: str
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(broken.format(running))
    assert main([command, "--config", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out == f"heard {command}\n"
    (warning,) = said.err.splitlines()
    assert warning.startswith(f"acumat: warning: {path}:")


def test_a_configuration_of_which_nothing_can_be_read_leads_to_the_usual_place(
    tmp_path: Path, running: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(running))
    assert main(["stop", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "heard stop\n"
    path.unlink()  # what is not there was a slip of the pen, and the daemon of another file is not meant
    assert main(["stop", "--config", str(path)]) == 65
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "received"),
    [
        (["tare"], "heard tare"),
        (["mode", "neck"], "heard mode with mode neck"),
        (["check-in", "--calm", "4"], "heard check_in with calm 4"),
        (["redness", "still-red"], "heard redness with answer still_red"),
        (["weekly-look", "--sleep", "4", "--ease", "2"], "heard weekly_look with ease 2, sleep 4"),
        (["note", "--warm", "--red", "no", "--alertness", "5"], "heard note with warm True, red False, alertness 5"),
        (["skip"], "heard skip"),
        (["away", "until", "2026-12-24"], "heard away with until 2026-12-24"),
        (["away", "back"], "heard away with back True"),
        (["rhythm", "off"], "heard rhythm with on False"),
        (["washed"], "heard washed"),
        (["calibrate", "--undo"], "heard calibrate_undo"),
        (["calibrate", "--cancel"], "heard calibrate_cancel"),
        (["programme", "reset"], "heard programme_reset"),
        (["programme", "set", "--minutes", "8"], "heard programme_set with minutes 8.0"),
        (["screen", "--advice-taken"], "heard advice"),
        (["history", "edit", "c7", "--discomfort", "0"], "heard history_edit with id c7, discomfort 0"),
    ],
)
def test_a_command_sends_what_is_given_and_no_more(
    tmp_path: Path, running: Path, capsys: pytest.CaptureFixture[str], argv: list[str], received: str
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nruntime_dir = "{running}"\n')
    assert main([*argv, "--config", str(path)]) == 0
    assert capsys.readouterr().out == f"{received}\n"


@pytest.mark.parametrize("argv", [["programme", "set", "--minutes", "1e400"], ["people", "add", "\udcff"]])
def test_what_no_request_can_hold_is_wrong_input(
    tmp_path: Path, running: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nruntime_dir = "{running}"\n')
    assert main([*argv, "--config", str(path)]) == 65
    assert capsys.readouterr().err.startswith("acumat: a number in it is not finite, or a text is not UTF-8")


class Terminal(io.StringIO):
    """A terminal on which somebody types this."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code", "last"),
    [("n\nmaybe\n?\n" + "n\n" * 9, 0, "heard screen"), ("n\ny\n", 130, "Nothing is stored.")],  # then Ctrl-D
)
def test_answers_are_sent_once_all_are_given(
    tmp_path: Path,
    running: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
    last: str,
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nruntime_dir = "{running}"\n')
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["screen", "--config", str(path)]) == code
    said = capsys.readouterr().out
    assert last in said.splitlines()[-1]
    assert ("Please answer y for yes" in said) == (code == 0)


@pytest.mark.parametrize(
    ("typed", "code", "last"),
    [
        ("3\nsix\n\n\n5\n", 0, "heard weekly_look with stiffness 3, sleep 5"),
        ("\n\n\n\n", 0, "heard skip"),
        ("3\n", 130, "Nothing is stored."),
    ],
)
def test_the_weekly_look_asks_on_a_terminal_and_each_answer_may_be_left_out(
    tmp_path: Path,
    running: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
    last: str,
) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nruntime_dir = "{running}"\n')
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["weekly-look", "--config", str(path)]) == code
    assert last in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("argv", [["away", "until"], ["away", "back", "2026-12-24"]])
def test_away_until_takes_a_day_and_back_takes_none(running: Path, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert running.is_dir()
    assert main(argv) == 65
    assert "takes" in capsys.readouterr().err
