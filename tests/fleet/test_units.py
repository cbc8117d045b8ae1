"""The units of a fleet, as systemd reads them; what they start is another test's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from acumat.cli.table import WEB_PORT

ROOT = Path(__file__).parents[2]
UNITS = (
    ROOT / "deploy/systemd/nats-server.service",
    ROOT / "systemd/acumat-collect.service",
    ROOT / "systemd/acumat-fleet-web.service",
)
PAGE_SOCKET = ROOT / "systemd/acumat-fleet-web.socket"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_fault_in_a_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd: it reads the units")
    lines = unit.read_text().splitlines()
    # the programs and files of the real machine are not here
    here = ["ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in lines if "EnvironmentFile" not in line]
    (tmp_path / unit.name).write_text("\n".join(here) + "\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])


def test_the_page_listens_on_this_machine_alone_and_beside_a_mats_page() -> None:
    listens = [line.partition("=")[2] for line in PAGE_SOCKET.read_text().splitlines() if line.startswith("ListenStream=")]
    assert [each.rpartition(":")[0] for each in listens] == ["127.0.0.1", "[::1]"]
    assert str(WEB_PORT) not in {each.rpartition(":")[2] for each in listens}


def test_nats_may_open_a_file_for_each_connection_and_as_many_for_its_store() -> None:
    nats = (ROOT / "deploy/nats/nats.conf").read_text()
    connections = int(nats.split("max_connections: ")[1].split()[0])
    (limit,) = (line.partition("=")[2] for line in UNITS[0].read_text().splitlines() if line.startswith("LimitNOFILE="))
    assert int(limit) >= 2 * connections


def test_systemd_takes_the_addition_to_the_unit_of_mosquitto(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd: it reads the units")
    (tmp_path / "mosquitto.service").write_text("[Service]\nExecStart=/bin/true\n")
    shutil.copytree(ROOT / "deploy/systemd/mosquitto.service.d", tmp_path / "mosquitto.service.d")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "mosquitto.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "mosquitto" in done.stderr) == (0, False), done.stderr
