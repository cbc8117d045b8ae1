"""acumat doctor as a person runs it: lines, JSON, exit codes, and hands off the bus while the daemon reads it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.control import DaemonRunningError, claimed
from tests.broker import Broker, until
from tests.system.process import DaemonProcess
from tests.system.test_commands import SIMULATED, acumat, config


def test_a_simulated_board_is_healthy_and_answers_to_every_press(tmp_path: Path) -> None:
    done = acumat("doctor", "--press", "--config", config(tmp_path, SIMULATED))
    assert done.returncode == exit_codes.OK, done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    assert done.stdout.count("press on ") == 8
    assert done.stderr.count("press with a flat hand") == 8


def test_what_does_not_work_is_reported_in_json_too_and_in_the_exit_code(tmp_path: Path) -> None:
    done = acumat("doctor", "--json", "--config", config(tmp_path, 'kind = "ads1x15"\nbus = 77'))
    assert done.returncode == exit_codes.FAULTY
    document = json.loads(done.stdout)
    assert document["ok"] is False
    assert [each["code"] for each in document["findings"] if each["level"] == "fail"] == ["bus_missing"]
    assert all(set(each) == {"level", "what", "code", "cause", "advice"} for each in document["findings"])


def test_a_broken_configuration_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text("[panel]\nled_pin = 3\n")
    done = acumat("doctor", "--config", str(path))
    assert done.returncode == exit_codes.FAULTY
    assert done.stdout.startswith(f"fail  configuration: {path}:2: panel.led_pin: 3 is not possible; allowed: 4 to 27")


@pytest.mark.parametrize("spare", ["0x4c:1", "0x48:4", "3", "0x48"])
def test_an_input_that_no_chip_has_is_wrong_use(spare: str, tmp_path: Path) -> None:
    done = acumat("doctor", "--vcc-on", spare, "--config", config(tmp_path, SIMULATED))
    assert done.returncode == exit_codes.DATA
    assert "0x4b:3" in done.stderr


@pytest.mark.broker
def test_beside_a_running_daemon_the_bus_is_left_alone_and_its_word_is_reported(tmp_path: Path, broker: Broker) -> None:
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[(60, 120)], extra="[panel]\nsimulated = true")
    daemon.start()
    try:
        until(lambda: daemon.status()["health"]["broker"]["code"] == "ok", "the broker is met")
        until(lambda: daemon.status()["health"]["bus"]["code"] == "ok", "the sensors have been looked at")
        done = acumat("doctor", "--config", str(daemon.config))
        assert done.returncode == exit_codes.OK, done.stdout
        assert "daemon: runs" in done.stdout
        assert "chip 0x48" not in done.stdout
        for part in ("sensor r1c1", "bus", "store", "broker", "panel"):
            assert f"ok    {part}: " in done.stdout
        pressed = acumat("doctor", "--press", "--config", str(daemon.config))
        assert pressed.returncode == exit_codes.FAULTY
        assert "systemctl stop acumat" in pressed.stdout
        broker.stop()
        until(lambda: "No MQTT broker listens" in daemon.status()["health"]["broker"]["text"], "the broker is missed")
        gone = acumat("doctor", "--config", str(daemon.config))
        assert gone.returncode == exit_codes.FAULTY
        reported = [line for line in gone.stdout.splitlines() if line.startswith("fail  broker: ")]
        assert len(reported) == 1, "the daemon and the doctor's own connection say the same"
    finally:
        daemon.kill()


def test_no_daemon_starts_while_the_mat_is_examined_and_none_is_missed(tmp_path: Path) -> None:
    from acumat.control_server import ControlServer

    path = tmp_path / "run" / "control.sock"
    with claimed(path):  # no folder yet: no daemon
        pass
    server = ControlServer(path, lambda _request, _reply: None)
    server.start()
    with pytest.raises(DaemonRunningError), claimed(path):
        pass
    server.close()
    with claimed(path), pytest.raises(DaemonRunningError):
        ControlServer(path, lambda _request, _reply: None).start()
    with claimed(path):
        pass


def mat_with(folder: Path, *faults: str) -> str:
    story = folder / "story.toml"
    story.write_text("duration_s = 300\n" + "".join(f"[[fault]]\n{fault}\n" for fault in faults))
    return config(folder, f'kind = "simulated"\nscenario = "{story}"')


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ('do = "short"\nat_s = 120\nsensor = "r2c1"', exit_codes.FAULTY, "fail  sensor r2c1 "),
        ('do = "absent"\nat_s = 60\nfor_s = 5\nchip = 0x49', exit_codes.FAULTY, "fail  chip 0x49: No ADS1115 answers there"),
        ('do = "hang"\nat_s = 200\namount = 0.01', exit_codes.FAULTY, "The bus hangs"),
        ('do = "nacks"\nat_s = 0\namount = 0.3', exit_codes.FAULTY, "chip 0x48: The ADS1115 answers only"),
    ],
)
def test_a_simulated_board_has_the_faults_of_the_scenario(tmp_path: Path, fault: str, code: int, says: str) -> None:
    done = acumat("doctor", "--config", mat_with(tmp_path, fault))
    assert done.returncode == code, done.stdout
    assert says in done.stdout
    assert "every fault that the scenario" in done.stdout


@pytest.mark.parametrize("fault", ["open", "stuck"])
def test_the_press_test_finds_the_scenarios_dead_sensor(tmp_path: Path, fault: str) -> None:
    done = acumat("doctor", "--press", "--config", mat_with(tmp_path, f'do = "{fault}"\nat_s = 120\nsensor = "r2c1"'))
    assert done.returncode == exit_codes.FAULTY, done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("fail") and "r2c1" in line], done.stdout


def test_a_scenario_that_cannot_be_used_is_a_finding(tmp_path: Path) -> None:
    done = acumat("doctor", "--config", config(tmp_path, 'kind = "simulated"\nscenario = "gone.toml"'))
    assert done.returncode == exit_codes.FAULTY
    assert "fail  configuration: gone.toml: cannot be read (No such file or directory)" in done.stdout


def test_a_bundle_has_nothing_of_a_configuration_that_is_wrong(tmp_path: Path) -> None:
    path = Path(config(tmp_path, 'kind = "simulated"'))
    path.write_text(path.read_text() + 'host = "me:c4nary"\nport = "c4nary"\n')
    done = acumat("doctor", "--config", str(path), "--bundle", str(tmp_path / "b.zip"))
    assert done.returncode == exit_codes.FAULTY
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        texts = [archive.read(name) for name in archive.namelist()]
    assert not [each for each in texts if b"c4nary" in each]
    assert b"mqtt.host" in b"".join(texts), "what is wrong is still named"
