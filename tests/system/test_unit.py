"""The systemd files, as far as a machine without the unit running can judge them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from acumat_update.journal import JOURNAL
from acumat_update.switch import TRIAL_S

from acumat.cli import exit_codes
from acumat.cli.table import WEB_PORT
from acumat.mqtt.client import OFFLINE_WAIT_S, STOP_S
from acumat.service.daemon import SAFETY_STOP_S, WRITER_STOP_S
from acumat.service.watchdog import STALL_S

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "acumat.service"
PAGE = SYSTEMD / "acumat-web.service"


def settings(unit: Path = UNIT) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def test_the_unit_watches_what_the_daemon_feeds_and_leaves_it_time_to_say_goodbye() -> None:
    unit = settings()
    assert unit["Type"] == ["notify"]
    assert float(unit["WatchdogSec"][0]) > STALL_S + float(unit["WatchdogSec"][0]) / 4
    assert float(unit["TimeoutStopSec"][0]) > SAFETY_STOP_S + WRITER_STOP_S + OFFLINE_WAIT_S + STOP_S
    assert str(exit_codes.DATA) in unit["RestartPreventExitStatus"][0].split()
    assert "LG_WD=/run/acumat" in unit["Environment"][0]


@pytest.mark.parametrize(("result", "switched_off"), [("success", False), ("signal", True), ("watchdog", True)])
def test_after_a_kill_the_unit_switches_the_panel_off_and_after_an_orderly_end_nothing_runs(
    tmp_path: Path, result: str, switched_off: bool
) -> None:
    (command,) = settings()["ExecStopPost"]
    called = tmp_path / "called"
    acumat = tmp_path / "acumat"
    acumat.write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    acumat.chmod(0o755)
    # as systemd reads it: "-" tolerates a failure, "$$" is a dollar
    words = shlex.split(command.removeprefix("-").replace("$$", "$").replace("/opt/acumat/current/bin/acumat", str(acumat)))
    subprocess.run(words, env={"SERVICE_RESULT": result}, check=True)
    assert (called.read_text() == "panel-off\n") if switched_off else not called.exists()


@pytest.mark.parametrize("unit", [UNIT, PAGE], ids=lambda unit: unit.name)
def test_the_sandbox_is_tight(unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    done = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_the_page_has_neither_devices_nor_the_daemons_files_and_opens_no_port() -> None:
    unit = settings(PAGE)
    assert unit["PrivateDevices"] == ["yes"]
    assert unit["SocketBindDeny"] == ["any"]
    assert "-/var/lib/acumat" in unit["InaccessiblePaths"][0].split()
    assert not {"DeviceAllow", "StateDirectory", "ReadWritePaths", "WantedBy", "SupplementaryGroups"} & unit.keys()
    assert (unit["User"], unit["Group"]) == (["acumat-web"], settings()["Group"])


def test_the_page_is_called_on_loopback_until_the_other_socket_is_chosen() -> None:
    here, everywhere = (settings(SYSTEMD / f"acumat-web{name}.socket") for name in ("", "-lan"))
    assert here["ListenStream"] == [f"127.0.0.1:{WEB_PORT}", f"[::1]:{WEB_PORT}"]
    assert everywhere["ListenStream"] == [str(WEB_PORT)]
    assert here["IPAddressAllow"] == ["localhost"]
    for each in (here, everywhere):
        assert (each["IPAddressDeny"], each["Service"]) == (["any"], [PAGE.name])
    assert (here["Conflicts"], everywhere["Conflicts"]) == (["acumat-web-lan.socket"], ["acumat-web.socket"])


def test_the_user_and_its_groups_are_what_the_unit_asks_for() -> None:
    text = (SYSTEMD / "acumat.sysusers").read_text()
    unit = settings()
    for user in (unit["User"][0], settings(PAGE)["User"][0]):
        assert re.search(rf"^u {user} ", text, re.MULTILINE)
    for group in unit["SupplementaryGroups"][0].split():
        assert re.search(rf"^g {group} ", text, re.MULTILINE)


def test_what_make_install_puts_where_it_belongs(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-n", "install", f"DESTDIR={tmp_path}"], cwd=SYSTEMD.parent, capture_output=True, text=True, check=True
    )
    release = (SYSTEMD.parent / "packaging" / "release.sh").read_text()
    for file in sorted(SYSTEMD.iterdir()):
        packed = rf"for unit in [^;]*\b{re.escape(file.name)}"
        # there is no apt to ask; and a fleet's machine is no mat
        if file.stem in ("acumat-newest", "acumat-collect", "acumat-fleet-web"):
            continue
        assert f"systemd/{file.name}" in done.stdout + release or re.search(packed, release), file.name
    assert "systemctl" not in done.stdout  # a staged installation leaves the running system alone


def test_a_switch_that_was_cut_off_is_made_whole_before_the_daemon_starts() -> None:
    text = (SYSTEMD / "acumat-switch.service").read_text()
    for line in ("Type=notify", "Before=acumat.service", "WantedBy=multi-user.target", "Restart=on-failure"):
        assert line in text.splitlines()
    assert f"ConditionPathExists=/opt/acumat/{JOURNAL}" in text


def test_a_new_release_that_hangs_is_given_up_before_systemd_would() -> None:
    unit = settings()
    assert float(unit["TimeoutStartSec"][0]) > TRIAL_S
    assert TRIAL_S + float(unit["TimeoutStopSec"][0]) < 90, "the old one is back within a minute and a half"
