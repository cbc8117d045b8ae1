"""The broker of docs/security.md lets a mat work, and lets nobody do what is not theirs; a password is seen nowhere."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.config.values import MqttConfig
from acumat.contract.commands import CommandName
from acumat.mqtt.topics import Topics
from tests.broker import Broker, Listener, until
from tests.system.process import DaemonProcess
from tests.system.secure_broker import PASSWORDS, SecureBroker, Visitor
from tests.system.test_commands import acumat

pytestmark = pytest.mark.broker

NOT_AUTHORISED = 135
FORBIDDEN = 1000
CANARY = "c4nary-and-its-song"


@pytest.fixture(params=[False, True], ids=["passwords", "certificates"])
def secure(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SecureBroker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    made = SecureBroker(folder, certificates=request.param)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def visitors(secure: SecureBroker, request: pytest.FixtureRequest) -> Iterator[dict[str, Visitor]]:
    certificates = request.node.callspec.params["secure"]
    made = {name: Visitor(secure, name, secure.certificate(name) if certificates else None) for name in PASSWORDS}
    yield made
    for each in made.values():
        each.close()


def topics_of(mat: str) -> list[str]:
    """Everything that is said of a mat or to it."""
    topics = Topics("acumat", mat, MqttConfig().discovery_prefix)
    leaves = ("availability", "state", "event", "session", "health", "routine", "wellbeing", "settings", "picture", "response")
    return [
        topics.discovery,
        *(f"acumat/{mat}/{leaf}" for leaf in leaves),
        *(f"acumat/{mat}/command/{name}" for name in CommandName),
    ]


def forbidden(name: str) -> list[tuple[str, str]]:
    """What this user may not do: `write` or `read` of a topic."""
    mats = [mat for mat in ("bedroom", "kitchen") if mat != name]
    others = [
        f"acumat/{name}2/state",
        f"acumat/{name}-/health",
        f"xacumat/{name}/state",
        f"acumat{name}/state",
        "acumat//state",
    ]
    others += [f"homeassistant/device/acumat_{name}x/config", "homeassistant/light/lamp/config", "else", "acumat/all/state"]
    both = [topic for mat in mats for topic in topics_of(mat)] + others
    write = [*both, "homeassistant/status"]
    if name == "display":
        write += topics_of("bedroom")[:8]
        both = [topic for topic in both if not topic.endswith(("/availability", "/state")) or topic.count("/") != 2]
        both = [topic for topic in both if not topic.startswith("acumat/") or "/state" not in topic]
    return [("write", topic) for topic in write] + [("read", topic) for topic in both]


def test_of_a_thousand_forbidden_reads_and_writes_none_comes_through(visitors: dict[str, Visitor]) -> None:
    owner = visitors["homeassistant"]
    owner.subscribe("acumat/#")
    owner.subscribe("homeassistant/#")
    tried = comes_through = 0
    users = ("bedroom", "kitchen", "display")
    for name in users:
        visitors[name].subscribe("#")
        visitors[name].subscribe("+/+/state")
        visitors[name].subscribe("acumat/+/command/+")
    cases = [(name, how, topic) for name in users for how, topic in forbidden(name)]
    turn = 0
    while tried < FORBIDDEN:
        wanted = cases[: FORBIDDEN - tried]
        written = {
            name: [visitors[name].publish(topic, f"evil {turn}") for who, how, topic in wanted if (who, how) == (name, "write")]
            for name in users
        }
        for name, numbers in written.items():
            comes_through += sum(answer != NOT_AUTHORISED for answer in visitors[name].answered(numbers))
        for name, how, topic in wanted:
            if how == "read" and topic.startswith(("acumat/", "homeassistant/")):
                owner.publish(topic, f"private to {name}")
        tried += len(wanted)
        turn += 1
    for name in users:  # the broker delivers in order: after this word nothing of before is on its way
        mat = "bedroom" if name == "display" else name
        owner.publish(f"acumat/{mat}/state", f"last word to {name}")
    for name in users:
        until(lambda name=name: any(data == f"last word to {name}".encode() for _, data in visitors[name].heard), "it is heard")  # type: ignore[misc]
        comes_through += sum(data == f"private to {name}".encode() for _, data in visitors[name].heard)
    until(lambda: any(data == b"last word to kitchen" for _, data in owner.heard), "the owner hears everything")
    comes_through += sum(data.startswith(b"evil") for _, data in owner.heard)
    assert (tried, comes_through) == (FORBIDDEN, 0)


def test_a_mat_has_all_the_rights_that_it_needs(tmp_path: Path, secure: SecureBroker, visitors: dict[str, Visitor]) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORDS["bedroom"])
    password.chmod(0o600)
    if (secure.folder / "bedroom.crt").exists():
        login = f'cert_file = "{secure.folder / "bedroom.crt"}"\nkey_file = "{secure.folder / "bedroom.key"}"'
    else:
        login = f'username = "bedroom"\npassword_file = "{password}"'
    daemon = DaemonProcess(tmp_path, secure.port, stays=[], mqtt=f'tls = true\nca_file = "{secure.ca}"\n{login}')
    daemon.config.write_text(daemon.config.read_text().replace('id = "test"', 'id = "bedroom"'))
    owner = visitors["homeassistant"]
    owner.subscribe("acumat/bedroom/#")
    daemon.start()
    try:
        until(lambda: ("acumat/bedroom/availability", b"online") in owner.heard, "the broker takes everything")
        assert daemon.status()["health"]["broker"]["code"] == "ok"
        owner.publish("acumat/bedroom/command/status", "PRESS")
        until(lambda: any(topic == "acumat/bedroom/response" for topic, _ in owner.heard), "a command is answered")
        until(lambda: any(topic == "acumat/bedroom/health" for topic, _ in owner.heard), "its health is there")
        done = acumat("doctor", "--config", str(daemon.config))
        assert done.returncode == exit_codes.OK, done.stdout
        assert f"127.0.0.1:{secure.port} accepts us over TLS" in done.stdout
        assert daemon.status()["health"]["broker"]["code"] == "ok", "the doctor has not thrown the daemon off"
        assert "went away" not in daemon.logged()
    finally:
        daemon.kill()


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("inline", [True, False], ids=["in the configuration", "in a file"])
def test_a_password_is_seen_nowhere(tmp_path: Path, right: bool, inline: bool) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder, password=("mat", CANARY if right else "another"))
    broker.start()
    password = tmp_path / "password"
    password.write_text(CANARY)
    password.chmod(0o600)
    written = f'password = "{CANARY}"' if inline else f'password_file = "{password}"'
    daemon = DaemonProcess(tmp_path, broker.port, stays=[], mqtt=f'username = "mat"\n{written}\n# password = "{CANARY}"')
    listener = Listener(broker.port, login=("mat", CANARY if right else "another"))
    daemon.start()
    try:
        wanted = "ok" if right else "auth_failed"
        until(lambda: daemon.status()["health"]["broker"]["code"] == wanted, "the broker has answered")
        if right:
            until(lambda: listener.on("acumat/test/health"), "the mat is on the broker")
        assert daemon.process is not None
        bundle = tmp_path / "bundle.zip"
        done = acumat("doctor", "--config", str(daemon.config), "--bundle", str(bundle))
        assert (done.returncode == exit_codes.OK) is right, done.stdout
        with zipfile.ZipFile(bundle) as archive:
            names = archive.namelist()
            bundled = b"\0".join(archive.read(name) for name in names)
        assert set(names) == {"findings.json", "versions.json", "configuration.json", "status.json", "log.txt"}
        assert b"(not shown)" in bundled
        backup = tmp_path / "b.acumat"
        assert acumat("backup", str(backup), "--config", str(daemon.config)).returncode == exit_codes.OK
        with zipfile.ZipFile(backup) as archive:
            backed_up = b"\0".join(archive.read(name) for name in archive.namelist())
        places = {
            "log": daemon.logged().encode(),
            "argv": Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes(),
            "environment": Path(f"/proc/{daemon.process.pid}/environ").read_bytes(),
            "status": repr(daemon.status()).encode(),
            "MQTT": b"\0".join(each.topic.encode() + each.data for each in listener.received),
            "doctor": (done.stdout + done.stderr).encode(),
            "bundle": bundled,
            "backup": backed_up,
            "state": b"\0".join(path.read_bytes() for path in (tmp_path / "state").iterdir() if path.is_file()),
            "status command": _output("status", daemon),
            "check-config": _output("check-config", daemon),
        }
        assert {name: data.count(CANARY.encode()) for name, data in places.items()} == dict.fromkeys(places, 0)
    finally:
        daemon.kill()
        listener.close()
        broker.stop()


def _output(command: str, daemon: DaemonProcess) -> bytes:
    where = [str(daemon.config)] if command == "check-config" else ["--config", str(daemon.config)]
    done = subprocess.run([sys.executable, "-m", "acumat.cli.main", command, *where], capture_output=True, check=False)
    return done.stdout + done.stderr
