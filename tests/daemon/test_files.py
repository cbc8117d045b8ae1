"""What the commands write over, and how they end: nothing of somebody else's is lost, nothing ends in a traceback."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.entry import INTERRUPTED
from acumat.cli.entry import main as entry
from acumat.cli.main import main

ROOT = Path(__file__).parents[2]
SCENARIO = "duration_s = 30\n[[step]]\nat_s = 5\ndo = 'lie_down'\n"


def config_of(folder: Path, scenario: Path) -> Path:
    path = folder / "acumat.toml"
    path.write_text(
        f'[source]\nkind = "simulated"\nscenario = "{scenario}"\nspeed = 0\n[mqtt]\nenabled = false\n'
        f'[daemon]\nstate_dir = "{folder}"\nruntime_dir = "{folder}"\n'
    )
    return path


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("name", ["mine.csv", "mine.csv.gz", "acumat.csv"])
def test_a_recording_never_eats_the_scenario_or_the_configuration(
    tmp_path: Path, name: str, force: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(SCENARIO)
    config = config_of(tmp_path, scenario)
    before = config.read_text()
    argv = ["record", str(tmp_path / name), "--seconds", "1", "--config", str(config), *force]
    assert main(argv) == exit_codes.DATA
    assert scenario.read_text() == SCENARIO
    assert config.read_text() == before
    said = capsys.readouterr().err
    assert f"{name.split('.', maxsplit=1)[0]}.toml is there already and is not this recording's; choose another name" in said
    assert "--force" not in said


def test_an_earlier_recording_is_written_over_with_force_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(SCENARIO)
    argv = ["record", str(tmp_path / "night.csv"), "--seconds", "1", "--config", str(config_of(tmp_path, scenario))]
    assert main(argv) == exit_codes.OK
    assert main(argv) == exit_codes.DATA
    assert "overwrite the recording with --force" in capsys.readouterr().err
    assert main([*argv, "--force"]) == exit_codes.OK


@pytest.mark.parametrize(("first", "second"), [("night.csv", "night.csv.gz"), ("night.csv.gz", "night.csv")])
def test_a_packed_and_a_plain_recording_of_one_name_do_not_share_a_description(
    tmp_path: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(SCENARIO)
    more = ["--seconds", "1", "--force", "--config", str(config_of(tmp_path, scenario))]
    assert main(["record", str(tmp_path / first), *more]) == exit_codes.OK
    assert main(["record", str(tmp_path / second), *more]) == exit_codes.DATA
    assert f"{first} is there already and shares " in capsys.readouterr().err


def recording(folder: Path) -> Path:
    shutil.copy(ROOT / "tests/data/bed_whisper.toml", folder)
    return Path(shutil.copy(ROOT / "tests/data/bed_whisper.csv.gz", folder))


@pytest.mark.parametrize("name", ["bed_whisper.csv.gz", "bed_whisper.toml", "notes.txt", "list.json"])
def test_a_replay_writes_over_nothing_but_an_earlier_output(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    night, out = recording(tmp_path), tmp_path / name
    if not out.exists():
        out.write_text('["kind"]\n')
    before = out.read_bytes()
    assert main(["replay", str(night), "--json", str(out)]) == exit_codes.DATA
    assert f"{name} is there already and was not written by --json" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_an_earlier_output_of_a_replay_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night, out = recording(tmp_path), tmp_path / "out.jsonl"
    out.touch()
    assert main(["replay", str(night), "--json", str(out)]) == exit_codes.OK
    first = out.read_bytes()
    assert main(["replay", str(night), "--json", str(out)]) == exit_codes.OK
    assert out.read_bytes() == first
    assert json.loads(first.splitlines()[0])["kind"] == "state"
    assert main(["replay", str(night), "--json", str(tmp_path / "no" / "out.jsonl")]) == exit_codes.DATA
    assert "cannot be written (No such file or directory)" in capsys.readouterr().err


def test_check_config_names_a_scenario_that_cannot_be_used_and_what_it_warns_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_of(tmp_path, tmp_path / "gone.toml")
    assert main(["check-config", str(config)]) == exit_codes.DATA
    assert "gone.toml: cannot be read (No such file or directory)" in capsys.readouterr().err
    config.write_text("[mqtt]\nusername = 'u'\npassword = 's3cret'\n")
    config.chmod(0o644)
    assert main(["check-config", str(config)]) == exit_codes.OK
    done = capsys.readouterr()
    assert "in order" in done.out
    assert "mqtt.password: every user of this machine can read this file" in done.err
    assert "s3cret" not in done.err


@pytest.mark.parametrize("mat", ["a\n", "a/b", "+", "A", ""])
def test_an_id_that_no_mat_can_have_is_refused_before_anything_is_removed(mat: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["unpublish", "--mat", mat, "--config", "/nowhere.toml"]) == exit_codes.DATA
    assert "is no mat's id" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["nan", "inf", "0", "-1"])
def test_a_speed_that_is_none_is_refused(speed: str) -> None:
    assert main(["simulate", "demo", "--speed", speed]) == exit_codes.DATA
    assert main(["demo", "--speed", speed]) == exit_codes.DATA


@pytest.mark.parametrize("broker", ["mqtt://nas", "nas:0", "nas:x", "nas:99999", ":1883", "", "a b"])
def test_a_broker_that_can_be_none_is_refused(broker: str) -> None:
    assert main(["demo", "--broker", broker]) == exit_codes.DATA


def test_a_fault_of_its_own_is_a_sentence_without_the_errors_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_args: object, **_kinds: object) -> int:
        raise KeyError("wounds")

    monkeypatch.setattr("acumat.cli.check_config.check_config", fails)
    monkeypatch.delenv("ACUMAT_DEBUG", raising=False)
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert main(["check-config"]) == exit_codes.SOFTWARE
    said = capsys.readouterr().err
    assert re.fullmatch(r"acumat: internal error \(KeyError in test_files\.py, line \d+\); set ACUMAT_DEBUG=1 .*\n", said)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    main(["check-config"])
    journal = capsys.readouterr().err
    assert "in fails" in journal
    assert "wounds'" not in journal.replace('raise KeyError("wounds")', "")
    monkeypatch.setenv("ACUMAT_DEBUG", "1")
    main(["check-config"])
    assert "KeyError: 'wounds'" in capsys.readouterr().err


def test_ctrl_c_while_the_command_is_still_being_imported_is_no_traceback() -> None:
    assert INTERRUPTED == exit_codes.INTERRUPTED
    code = (
        "import os, signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'argparse': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from acumat.cli.entry import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (exit_codes.INTERRUPTED, "", "")


def test_the_entry_runs_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["acumat", "check-config", "/nowhere.toml"])
    assert entry() == exit_codes.DATA
    assert "/nowhere.toml: cannot be read" in capsys.readouterr().err


def planned(*argv: str) -> list[str]:
    done = subprocess.run(["make", "-n", *argv], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_uninstall_heeds_where_it_was_installed_to() -> None:
    installed = " ".join(planned("install", "DESTDIR=/tmp/image", "PREFIX=/opt/mats"))
    removed = planned("uninstall", "DESTDIR=/tmp/image", "PREFIX=/opt/mats")
    assert not [line for line in removed if "systemctl" in line]
    paths = [path for line in removed for path in line.split() if path.startswith("/")]
    assert all(path.startswith("/tmp/image/") for path in paths)
    for path in paths:  # the switch installs the units of the release
        assert path in installed or Path(path).name in (ROOT / "packaging" / "release.sh").read_text()
    files = set(
        re.findall(
            r"/tmp/image(?!/etc/acumat)\S*/(?:acumat\S*\.service|acumat\.conf|60-acumat\.rules|acumat)(?=\s|$)", installed
        )
    )
    assert files
    assert files - {"/tmp/image/opt/acumat"} <= set(paths)


def test_a_real_uninstall_stops_the_service_and_keeps_configuration_and_history() -> None:
    removed = planned("uninstall", "DESTDIR=")
    assert any("systemctl disable --now acumat-switch acumat" in line for line in removed)
    assert not [line for line in removed if "/etc/acumat" in line or "/var/lib/acumat" in line]
