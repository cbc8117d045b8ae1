"""`acumat fleet` as people type it."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import shutil
import stat
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.config import load_config
from acumat.fleet.identity.fleet import Fleet
from acumat.fleet.identity.folder import FleetFolder
from acumat.fleet.identity.inventory import read_inventory
from tests.fleet.collecting import config, rows

ACCOUNT = re.compile(r": [\w-]+\.([\w-]+)\.[\w-]+")
"""The middle part of each token of NATS's configuration."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "fleet"


def fleet(folder: Path, *argv: str) -> int:
    return main(["fleet", argv[0], *argv[1:], "--folder", str(folder)])


def test_git_keeps_the_inventory_and_no_secret(folder: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("needs git: it says what would be kept")
    assert fleet(folder, "add", "bedroom", "kitchen", "--site", "north", "--label", "Room, upstairs") == exit_codes.OK
    assert fleet(folder, "token", "collector", "homeassistant") == exit_codes.OK
    assert fleet(folder, "cert", "bedroom") == exit_codes.OK
    assert fleet(folder, "cert", "--server", "broker.example.org,192.168.1.5") == exit_codes.OK
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    kept = subprocess.run(["git", "ls-files"], cwd=folder, check=True, capture_output=True, text=True).stdout.split()
    assert sorted(kept) == [".gitignore", "ca.crt", "issued.csv", "mats.csv"]
    secrets = [each.read_text().strip() for each in (folder / "secrets").iterdir()]
    for name in kept:
        text = (folder / name).read_text()
        assert not [each for each in secrets if each in text]
    lines = (folder / "mats.csv").read_text().splitlines()
    assert lines[1:] == ['bedroom,4x2,north,"Room, upstairs",,', 'kitchen,4x2,north,"Room, upstairs",,']


def test_secrets_are_for_their_owner_alone(folder: Path) -> None:
    fleet(folder, "add", "bedroom")
    fleet(folder, "cert", "bedroom")
    for name in ("secrets", "engines"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700
    for each in (folder / "secrets").iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each.name
    assert stat.S_IMODE((folder / "engines" / "mosquitto.passwords").stat().st_mode) == 0o600
    (folder / "secrets" / "mats.seed").chmod(0o644)
    assert fleet(folder, "add", "kitchen") == exit_codes.DATA


def test_a_mat_that_was_written_into_the_inventory_by_hand_gets_its_token(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet(folder, "add", "bedroom")
    with (folder / "mats.csv").open("a") as file:
        file.write("kitchen,4x4,south,,Europe/Berlin,\n")
    capsys.readouterr()
    fleet(folder, "list")
    assert re.search(r"kitchen +4x4 +south +no token", capsys.readouterr().out)
    before = (folder / "secrets" / "bedroom.token").read_text()
    assert fleet(folder, "token") == exit_codes.OK
    assert (folder / "secrets" / "kitchen.token").exists()
    assert (folder / "secrets" / "bedroom.token").read_text() == before, "who has one keeps it"
    users = [line.split(":")[0] for line in (folder / "engines" / "mosquitto.passwords").read_text().splitlines()]
    assert users == ["bedroom", "kitchen"]
    assert fleet(folder, "token") == exit_codes.OK
    assert "Every mat has a token." in capsys.readouterr().out


def test_a_revoked_mat_stays_in_the_inventory_and_loses_all_that_it_had(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet(folder, "add", "bedroom", "kitchen")
    fleet(folder, "cert", "bedroom")
    assert fleet(folder, "revoke", "bedroom") == exit_codes.USAGE
    assert "say --yes" in capsys.readouterr().err
    assert fleet(folder, "revoke", "bedroom", "attic", "--yes") == exit_codes.DATA, "all of them or none"
    assert not any(mat.revoked for mat in read_inventory(FleetFolder(folder).inventory))
    assert fleet(folder, "revoke", "bedroom", "--yes") == exit_codes.OK
    assert [bool(mat.revoked) for mat in read_inventory(FleetFolder(folder).inventory)] == [True, False]
    issued = [line.split(",") for line in (folder / "issued.csv").read_text().splitlines()[1:]]
    assert [(kind, name, bool(revoked)) for kind, name, _, _, _, revoked in issued] == [
        ("token", "bedroom", True),
        ("token", "kitchen", False),
        ("certificate", "bedroom", True),
    ]
    for argv in (["token", "bedroom"], ["cert", "bedroom"], ["add", "bedroom"]):
        capsys.readouterr()
        assert fleet(folder, *argv) == exit_codes.DATA
        assert "revoked" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", "bedroom,4x2,,,,2026-11-24\n"], ids=["taken out", "revoked by hand"])
def test_whom_the_inventory_does_not_have_every_engine_shuts_out_until_the_line_is_back(folder: Path, line: str) -> None:
    fleet(folder, "add", "bedroom", "kitchen")
    fleet(folder, "cert", "bedroom")
    inventory = folder / "mats.csv"
    before = inventory.read_text()
    issued = [each.split(",") for each in (folder / "issued.csv").read_text().splitlines()[1:]]
    token, serial = (next(each[2] for each in issued if each[:2] == [kind, "bedroom"]) for kind in ("token", "certificate"))
    for text, void in ((before.replace("bedroom,4x2,,,,\n", line), True), (before, False)):
        inventory.write_text(text)
        assert fleet(folder, "token", "kitchen") == exit_codes.OK
        claims = [
            json.loads(base64.urlsafe_b64decode(each + "=="))
            for each in ACCOUNT.findall((folder / "engines/nats-accounts.conf").read_text())
        ]
        revoked = {user for each in claims for user in each["nats"].get("revocations", {})}
        listed = x509.load_pem_x509_crl((folder / "engines/crl.pem").read_bytes())
        assert (token in revoked) == void
        assert (listed.get_revoked_certificate_by_serial_number(int(serial, 16)) is not None) == void
        assert ("bedroom:" in (folder / "engines/mosquitto.passwords").read_text()) == (not void)


def test_a_bridge_names_as_many_mats_as_fit_into_a_login(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"room-{number:04d}" for number in range(1000)]
    assert fleet(folder, "add", *ids, "--site", "north") == exit_codes.OK
    Fleet(FleetFolder(folder), datetime.now(UTC)).admit()
    capsys.readouterr()
    assert fleet(folder, "token", "bridge-north") == exit_codes.DATA
    assert "divide the site" in capsys.readouterr().err
    assert not (folder / "secrets" / "bridge-north.token").exists()
    with (folder / "mats.csv").open() as file:
        lines = file.readlines()
    (folder / "mats.csv").write_text("".join(lines[:801]))
    assert fleet(folder, "token", "bridge-north") == exit_codes.OK
    topics = (folder / "engines" / "bridge-north.conf").read_text().count("topic acumat/room-")
    assert topics == 800


def card_of(out: Path, name: str) -> dict[str, dict[str, str]]:
    text = (out / name / "user-data").read_text().removeprefix("#cloud-config\n")
    return {each["path"]: each for each in json.loads(text)["write_files"]}


def test_each_mat_gets_its_own_card(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package, out = tmp_path / "acumat_0.3.0_all.deb", tmp_path / "cards"
    package.write_text("package")
    fleet(folder, "add", "bedroom", "--layout", "4x4", "--timezone", "Europe/Berlin")
    fleet(folder, "add", "kitchen", "attic")
    fleet(folder, "cert", "bedroom")
    fleet(folder, "revoke", "attic", "--yes")
    argv = ["boot-file", "--broker", "nats-1.example.org,nats-2.example.org", "--package", str(package), "--out", str(out)]
    capsys.readouterr()
    assert fleet(folder, *argv, "--tls") == exit_codes.OK
    said = capsys.readouterr().out
    assert len(set(re.findall(r"[A-Z0-9]{5}-[A-Z0-9]{5}", said))) == 2, "each page has its own code"
    assert sorted(each.name for each in out.iterdir()) == ["bedroom", "kitchen"], "a revoked mat gets no card"
    secrets = folder / "secrets"
    for name, layout in (("bedroom", "4x4"), ("kitchen", "4x2")):
        files = card_of(out, name)
        path = tmp_path / f"{name}.toml"
        path.write_text(files["/etc/acumat/acumat.toml"]["content"])
        read = load_config(path, secrets=False)
        assert (read.mat_id, read.layout.name, read.mqtt.username, read.mqtt.discovery) == (name, layout, name, False)
        mqtt = tomllib.loads(path.read_text())["mqtt"]
        assert mqtt["hosts"] == ["nats-1.example.org:8883", "nats-2.example.org:8883"]
        assert (mqtt["tls"], mqtt["ca_file"]) == (True, "/etc/acumat/ca.crt")
        assert files["/etc/acumat/ca.crt"]["content"] == (folder / "ca.crt").read_text()
        assert files["/etc/acumat/mqtt_password"]["content"] == (secrets / f"{name}.token").read_text()
    shown = card_of(out, "bedroom")
    assert shown["/etc/acumat/client.crt"]["content"] == (secrets / "bedroom.crt").read_text()
    assert shown["/etc/acumat/mqtt_key"]["content"] == (secrets / "bedroom.key").read_text()
    assert shown["/etc/acumat/mqtt_key"]["permissions"] == "0600"
    assert "/etc/acumat/client.crt" not in card_of(out, "kitchen")
    assert fleet(folder, *argv, "--discovery") == exit_codes.OK
    plain = tomllib.loads(card_of(out, "kitchen")["/etc/acumat/acumat.toml"]["content"])["mqtt"]
    assert plain == {"hosts": ["nats-1.example.org:1883", "nats-2.example.org:1883"], "username": "kitchen"}


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["add"], "takes the ids of mats"),
        (["list", "bedroom"], "takes no 'bedroom'"),
        (["list", "--site", "north"], "fleet list does not take --site"),
        (["add", "Bed room"], "id 'Bed room' is not possible"),
        (["add", "homeassistant"], "is the name of a service"),
        (["add", "kitchen", "--timezone", "Mars/Phobos"], "is no zone such as Europe/Berlin"),
        (["add", "bedroom"], "is in the inventory; take another id"),
        (["token", "attic"], "no mat 'attic' in the inventory"),
        (["token", "bridge-north"], "is lost; first: acumat fleet admit"),
        (["token", "bridge-south"], "no mat of the inventory is at the site 'south'"),
        (["cert"], "takes the ids of mats, or for a broker --server"),
        (["cert", "bedroom", "--server", "localhost"], "takes the ids of mats, or for a broker --server"),
        (["cert", "bedroom", "--days", "0"], "--days 0 is not possible"),
        (["cert", "--server", "http://broker"], "is a URL or a path"),
        (["boot-file", "--out", "x"], "needs --broker"),
        (["boot-file", "--out", "x", "--broker", "b", "--tls"], "the fleet has no authority yet"),
        (["revoke", "attic", "--yes"], "no mat 'attic'"),
        (["admit"], "the collector has no token yet"),
        (["record", "--config", "/nowhere"], "/nowhere"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    folder: Path, argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet(folder, "add", "bedroom", "--site", "north")
    before = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    assert fleet(folder, *argv) == exit_codes.DATA
    assert sentence in capsys.readouterr().err
    assert {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()} == before


def users_of(folder: Path) -> set[str]:
    return {line.split(":")[0] for line in (folder / "engines" / "mosquitto.passwords").read_text().splitlines()}


def test_commands_at_the_same_time_lose_nothing_of_each_other(folder: Path) -> None:
    names = [f"room{each}" for each in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        assert set(pool.map(lambda name: fleet(folder, "add", name), names)) == {exit_codes.OK}
    assert {mat.id for mat in read_inventory(folder / "mats.csv")} == set(names) == users_of(folder)


@pytest.mark.parametrize("writes_before", range(12))
def test_what_a_full_disk_has_stopped_is_done_by_the_same_command(
    folder: Path, writes_before: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet(folder, "add", "attic")
    left = writes_before

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        steps = (["add", "bedroom", "kitchen"], ["revoke", "attic", "--yes"])
        stopped = next((step for step in steps if fleet(folder, *step) != exit_codes.OK), None)
    assert stopped is not None, "the disk was never full"
    assert "No space left on device; correct that, and run the same command again" in capsys.readouterr().err
    for step in steps[steps.index(stopped) :]:
        assert fleet(folder, *step) == exit_codes.OK
    assert users_of(folder) == {"bedroom", "kitchen"}
    assert "user attic\ntopic deny #" in (folder / "engines" / "mosquitto.acl").read_text()
    valid = [line.split(",")[1] for line in (folder / "issued.csv").read_text().splitlines()[1:] if line.endswith(",")]
    assert sorted(valid) == ["bedroom", "kitchen"]


@pytest.mark.parametrize(
    "argv", [["add", "kitchen"], ["token", "bedroom"], ["revoke", "bedroom", "--yes"], ["cert", "bedroom"]]
)
def test_without_its_secrets_a_fleet_is_not_given_other_keys(
    folder: Path, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a fresh clone of what git keeps."""
    fleet(folder, "add", "bedroom")
    fleet(folder, "cert", "bedroom")
    for name in ("secrets", "engines"):
        shutil.rmtree(folder / name)
    kept = {name: (folder / name).read_bytes() for name in ("mats.csv", "issued.csv", "ca.crt")}
    assert fleet(folder, *argv) == exit_codes.DATA
    assert "bring" in capsys.readouterr().err
    assert {name: (folder / name).read_bytes() for name in kept} == kept
    assert not list((folder / "engines").iterdir())


@pytest.mark.parametrize("action", ["list", "record", "admit", "boot-file"])
def test_a_folder_without_a_fleet_is_said_to_have_none(action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fleet(tmp_path / "typo", action) == exit_codes.DATA
    assert "is no folder of a fleet" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_the_record_learns_the_inventory(
    folder: Path, tmp_path: Path, dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from acumat.fleet.record.connection import connect
    from acumat.fleet.record.schema import prepare

    path = config(tmp_path, dsn, kind="mqtt", hosts=["localhost"])
    fleet(folder, "add", "bedroom", "--site", "north", "--label", "Room 1", "--timezone", "Europe/Berlin")
    assert fleet(folder, "record", "--config", str(path)) == exit_codes.UNAVAILABLE
    assert "acumat collect --provision" in capsys.readouterr().err
    with connect(dsn) as connection:
        prepare(connection)
        connection.execute("INSERT INTO acumat.mat (mat_id) VALUES ('bedroom'), ('stranger')")
    assert fleet(folder, "record", "--config", str(path)) == exit_codes.OK
    fleet(folder, "revoke", "bedroom", "--yes")
    assert fleet(folder, "record", "--config", str(path)) == exit_codes.OK
    columns = "mat_id, site, label, timezone, inventory ->> 'layout', revoked_at IS NOT NULL"
    assert rows(dsn, f"SELECT {columns} FROM acumat.mat ORDER BY mat_id") == [
        ("bedroom", "north", "Room 1", "Europe/Berlin", "4x2", True),
        ("stranger", "", "", "UTC", None, False),
    ]
    # as one that is younger than the zones of the database's machine, whose views would fail for all mats
    monkeypatch.setattr("acumat.fleet.identity.inventory._is_zone", lambda _name: True)
    fleet(folder, "add", "kitchen", "--timezone", "Europe/Atlantis")
    capsys.readouterr()
    assert fleet(folder, "record", "--config", str(path)) == exit_codes.DATA
    assert "mats.csv: the database does not know the timezone Europe/Atlantis" in capsys.readouterr().err
    assert len(rows(dsn, "SELECT FROM acumat.mat")) == 2
