"""What a new card does when it is started, with stand-ins for the machine's commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "daemon" / "acumat" / "card" / "first_boot.sh"
SECRET = "geheim123"
SETTINGS = {
    "repository": "http://server/apt",
    "package": "",
    "hostname": "acumat",
    "wifi": "Home",
    "broker": "server:1883",
    "user": "",
}


@dataclass
class Pi:
    """A machine in a folder; what a command does is the script that `command` gives it."""

    folder: Path

    def command(self, name: str, script: str) -> None:
        path = self.folder / "commands" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.folder}/called"\n{script}\n')
        path.chmod(0o755)

    def settings(self, **changed: str) -> None:
        lines = "".join(f"{key}='{value}'\n" for key, value in {**SETTINGS, **changed}.items())
        (self.folder / "first" / "settings").write_text(lines)

    def health(self, **parts: tuple[str, str]) -> None:
        found = {name: {"code": code, "text": text} for name, (code, text) in {"bus": ("ok", ""), **parts}.items()}
        self.command("acumat", f"cat <<'E'\n{json.dumps({'health': found})}\nE")

    def run(self) -> int:
        environment = {
            "PATH": f"{self.folder / 'commands'}:{os.environ['PATH']}",
            "FIRST_BOOT_FOLDER": str(self.folder / "first"),
            "FIRST_BOOT_PARTITION": str(self.folder / "boot"),
            "FIRST_BOOT_WEB": str(self.folder / "web"),
            "FIRST_BOOT_PATIENCE": "2",
        }
        done = subprocess.run(["sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode

    def said(self) -> str:
        return (self.folder / "boot" / "acumat.txt").read_text("utf-8")

    def calls(self, name: str) -> list[str]:
        lines = (self.folder / "called").read_text().splitlines()
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    """A Pi with a network, a repository and a broker, on which acumat is not yet installed."""
    for folder in ("commands", "first", "boot", "web"):
        (tmp_path / folder).mkdir()
    made = Pi(tmp_path)
    made.settings()
    for name in ("sleep", "sync", "systemctl", "usermod", "nmcli", "dpkg"):
        made.command(name, "")
    made.command("ip", "echo default via 192.168.1.1")
    made.command("hostname", "echo 192.168.1.7 fd00::7")
    made.command("apt-get", f'case "$*" in *install*) touch {tmp_path}/installed ;; esac')
    made.command("dpkg-query", f'[ ! -e {tmp_path}/installed ] || echo "install ok installed"')
    made.command("install", f'cp "$7" {tmp_path}/web/code')
    made.health(broker=("ok", ""))
    (tmp_path / "first" / "user-data").write_text("#cloud-config\n{}\n")
    (tmp_path / "first" / "code").write_text("{}")
    for name in ("user-data", "network-config"):
        (tmp_path / "boot" / name).write_text(f"{SECRET}\n")
    return made


def test_a_card_with_all_that_it_needs_is_a_mat_at_the_end(pi: Pi) -> None:
    assert pi.run() == 0
    assert pi.said().startswith(
        "The mat is online at the broker server:1883. Its page is http://acumat.local:8480 (or http://192"
    )
    assert pi.calls("apt-get") == ["-qq update", "-qq -y -o DPkg::Lock::Timeout=600 install acumat"]
    assert "enable --quiet --now acumat-web-lan.socket" in pi.calls("systemctl")
    assert pi.calls("systemctl")[-1] == "disable --quiet acumat-first-boot.service"
    assert (pi.folder / "web" / "code").exists()
    assert not (pi.folder / "first" / "code").exists()
    assert (pi.folder / "first" / "done").exists(), "its unit has this as its condition"


def test_secrets_leave_the_partition_first_and_cloud_init_finds_what_it_wants(pi: Pi) -> None:
    pi.command("ip", "")
    assert pi.run() == 1
    boot = pi.folder / "boot"
    assert (boot / "user-data").read_text() == "#cloud-config\n{}\n"
    assert {each.name for each in boot.iterdir()} == {"user-data", "acumat.txt"}
    assert SECRET not in "".join(each.read_text() for each in boot.iterdir())


@pytest.mark.parametrize(
    ("seen", "wifi", "sentence"),
    [
        ("Home\\nOther", "Home", 'The Pi finds the Wi-Fi "Home" and is not let in: the password is probably wrong.'),
        ("Homer\\nOther", "Home", 'The Pi does not find the Wi-Fi "Home". Is this its exact name, and is it in reach?'),
        ("", "Home", 'The Pi has no connection to the Wi-Fi "Home". Its name or its password may be wrong'),
        ("", "", "The Pi has no network: look at the cable, and whether the router is on."),
    ],
)
def test_without_a_network_the_card_says_what_is_wrong(pi: Pi, seen: str, wifi: str, sentence: str) -> None:
    pi.settings(wifi=wifi)
    pi.command("ip", "")
    pi.command("nmcli", f'[ -z "{seen}" ] || printf "{seen}\\n"')
    assert pi.run() == 1
    assert pi.said().startswith(sentence)
    pi.command("ip", "echo default via 192.168.1.1")
    assert pi.run() == 0, "it goes on trying, and the network may come"
    assert pi.said().startswith("The mat is online")


@pytest.mark.parametrize(
    ("addresses", "page"),
    [
        ("2001:db8::7 fd00::7", "http://acumat.local:8480 (or http://[fd00::7]:8480); acumat"),
        ("2001:db8::7 3fff::7", "http://acumat.local:8480; acumat"),
        ("192.168.1.7 2001:db8::7", "http://acumat.local:8480 (or http://192.168.1.7:8480); acumat"),
    ],
)
def test_a_network_with_ipv6_alone_is_a_network(pi: Pi, addresses: str, page: str) -> None:
    pi.command("ip", 'case "$*" in "-6 "*) echo default via fe80::1 dev eth0 ;; esac')
    pi.command("hostname", f"echo {addresses}")
    assert pi.run() == 0
    assert page in pi.said(), "an address that the page does not answer at is not named"


def test_a_repository_that_cannot_be_reached_is_named_with_apts_own_words(pi: Pi) -> None:
    pi.command("apt-get", 'echo "W: Failed to fetch http://server/apt/InRelease  Could not connect" >&2; exit 100')
    assert pi.run() == 1
    assert pi.said().startswith(
        "acumat could not be installed from http://server/apt (W: Failed to fetch http://server/apt/InRel"
    )
    assert not (pi.folder / "first" / "done").exists()


def test_a_package_on_the_card_is_installed_without_a_network(pi: Pi) -> None:
    pi.settings(package="acumat_1.0_all.deb", repository="")
    pi.command("ip", "")
    assert pi.run() == 1
    assert pi.said() == "acumat_1.0_all.deb is not on this partition. Copy it here, and start the Pi again.\n"
    (pi.folder / "boot" / "acumat_1.0_all.deb").touch()
    assert pi.run() == 1
    (asked,) = pi.calls("apt-get")
    assert asked.endswith(f"install {pi.folder}/boot/acumat_1.0_all.deb")
    assert 'connection to the Wi-Fi "Home"' in pi.said()


def test_a_broker_that_does_not_answer_is_named_with_the_daemons_own_sentence(pi: Pi) -> None:
    pi.health(broker=("unreachable", "server:1883 refuses the connection."))
    assert pi.run() == 1
    text = "acumat runs and has no connection to the broker server:1883: server:1883 refuses the connection. The Pi goes on"
    assert pi.said().startswith(text)
    pi.command("acumat", "exit 69")
    assert pi.run() == 1
    assert pi.said().startswith("acumat is installed and does not run.")
    pi.health(broker=("ok", ""), bus=("no_chip", "No converter answers."))
    assert pi.run() == 0
    assert "Its sensors are not read yet: No converter answers. Its page" in pi.said()


def test_i2c_is_switched_on_once_and_the_pi_starts_again_for_it(pi: Pi) -> None:
    config = pi.folder / "boot" / "config.txt"
    config.write_text("[pi4]\narm_boost=1\n")
    assert pi.run() == 0
    assert pi.calls("systemctl")[-1] == "reboot"
    expected = "[pi4]\narm_boost=1\n\n[all]\n# acumat: the bus of the converters, at the speed that they are read with\n"
    assert config.read_text() == f"{expected}dtparam=i2c_arm=on\ndtparam=i2c_arm_baudrate=400000\n"
    assert not (pi.folder / "first" / "done").exists()
    assert pi.run() == 0
    assert pi.calls("systemctl").count("reboot") == 1
    assert config.read_text().count("i2c_arm=on") == 1
    assert pi.said().startswith("The mat is online")


def test_half_of_what_a_pi_starts_with_takes_nothings_place(pi: Pi) -> None:
    config = pi.folder / "boot" / "config.txt"
    config.write_text("[pi4]\narm_boost=1\n")
    cat = shutil.which("cat")
    pi.command("cat", f'case "$1" in *config.txt) echo "[pi"; exit 1 ;; esac\nexec {cat} "$@"')
    assert pi.run() == 0
    assert config.read_text() == "[pi4]\narm_boost=1\n"
    assert "reboot" not in pi.calls("systemctl")


def test_the_user_who_may_log_in_may_ask_the_daemon(pi: Pi) -> None:
    pi.settings(user="me")
    assert pi.run() == 0
    assert pi.calls("usermod") == ["-aG acumat me"]
