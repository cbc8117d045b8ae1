"""The doctor at the machine: facts from files as Linux lays them out, and what is made of them."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from acumat.doctor.board import READ_ONLY, FolderFacts, GpioFacts, I2cFacts, MachineFacts
from acumat.doctor.finding import Finding, Level
from acumat.doctor.home import check_machine
from acumat.doctor.linux import gpio_facts, i2c_facts, machine_facts
from acumat.doctor.pins import check_pins

OF_NODE = "sys/class/i2c-dev/i2c-1/device/of_node"


def written(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        place = root / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return root


@pytest.mark.parametrize(
    ("clock", "text", "hz"),
    [
        (None, None, None),
        (b"\x00\x06\x1a\x80", None, 400_000),
        (b"\x00\x01\x86\xa0", "dtparam=i2c_arm_baudrate=400000\n", 100_000),
        (b"", "dtparam=i2c_arm=on\ndtparam=i2c_arm_baudrate=400000\n", 400_000),
        (None, "dtparam=i2c_arm=on,i2c_arm_baudrate=50000\n", 50_000),
        (None, "  dtparam=i2c_baudrate=1000000  # fast\n", 1_000_000),
        (None, "#dtparam=i2c_arm_baudrate=400000\ndtparam=audio=on\n", None),
    ],
)
def test_the_bus_speed_is_what_the_device_tree_says_or_else_config_txt(
    clock: bytes | None, text: str | None, hz: int | None, tmp_path: Path
) -> None:
    written(tmp_path, **{"dev/i2c-1": b""})
    if clock is not None:
        written(tmp_path, **{f"{OF_NODE}/clock-frequency": clock})
    if text is not None:
        written(tmp_path, **{"boot/firmware/config.txt": text.encode()})
    assert i2c_facts(1, tmp_path) == I2cFacts("/dev/i2c-1", hz=hz, others=("/dev/i2c-1",))


def test_a_bus_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    written(tmp_path, **{"dev/i2c-0": b"", "dev/i2c-10": b""})
    assert i2c_facts(1, tmp_path) == I2cFacts("/dev/i2c-1", there=False, others=("/dev/i2c-0", "/dev/i2c-10"))


class Kernel:
    """Answers the two questions of the GPIO character device, packed as linux/gpio.h has it."""

    def __init__(self, labels: list[bytes], used: dict[int, bytes]) -> None:
        self.labels, self.used = labels, used
        self.asked: dict[int, int] = {}

    def ioctl(self, handle: int, request: int, buffer: bytearray) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink().name
        if request == 0x8044B401:
            label = self.labels[int(name[-1])]
            buffer[:] = struct.pack("32s32sI", b"gpiochip", label, 54 if label.startswith(b"pinctrl") else 8)
            return
        assert request == 0xC100B405
        (offset,) = struct.unpack_from("I", buffer, 64)
        buffer[:] = bytes(256)
        struct.pack_into("32s32sIIQ", buffer, 0, b"GPIO%d" % offset, self.used.get(offset, b""), offset, 0, offset in self.used)


def test_the_header_is_found_among_the_chips_and_its_holders_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, gpiochip0=b"", gpiochip1=b"")
    kernel = Kernel([b"raspberrypi-exp-gpio", b"pinctrl-rp1"], {4: b"onewire@4", 22: b""})
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    facts = gpio_facts([4, 17, 22], tmp_path)
    assert facts.path == str(tmp_path / "gpiochip1")
    assert facts.usable
    assert facts.holders == {4: "onewire@4", 22: "the kernel"}


def test_without_a_header_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gpio_facts([17], tmp_path).path is None
    written(tmp_path, gpiochip0=b"")
    monkeypatch.setattr(fcntl, "ioctl", Kernel([b"some-expander"], {}).ioctl)
    assert gpio_facts([17], tmp_path).path is None


def test_chips_that_may_not_be_opened_are_no_missing_chips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, gpiochip0=b"")

    def refuse(path: Path, mode: str) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    facts = gpio_facts([17], tmp_path)
    assert (facts.path, facts.usable) == (str(tmp_path / "gpiochip0"), False)


@pytest.mark.parametrize(
    ("facts", "pins", "found"),
    [
        (GpioFacts(None), {}, []),
        (GpioFacts(None), {"led": 27}, ["gpio_missing"]),
        (GpioFacts("/dev/gpiochip0", usable=False), {"led": 27}, ["gpio_rights"]),
        (GpioFacts("/dev/gpiochip0", lgpio=False), {"led": 27}, ["lgpio_missing"]),
        (GpioFacts("/dev/gpiochip0", holders={4: "onewire@4"}), {"led": 27, "button": 4}, ["ok", "pin_busy"]),
    ],
)
def test_each_fault_of_the_pins_has_its_name(facts: GpioFacts, pins: dict[str, int], found: list[str]) -> None:
    assert [each.code for each in check_pins(facts, pins)] == found


DISK = FolderFacts(Path("/var/lib/acumat"), None, 10**10)


@pytest.mark.parametrize(
    ("facts", "bad"),
    [
        (MachineFacts(DISK), set()),
        (MachineFacts(DISK, clock_synchronised=True, throttled=0), set()),
        (MachineFacts(FolderFacts(Path("/x"), "read-only")), {("fail", "store_not_writable")}),
        (MachineFacts(FolderFacts(Path("/x"), None, 10**6)), {("fail", "store_full")}),
        (MachineFacts(FolderFacts(Path("/x"), None, 10**10, vanishes=True)), {("warn", "store_vanishes")}),
        (MachineFacts(FolderFacts(Path("/x"), None, 10**10, free_files=3)), {("fail", "store_full")}),
        (MachineFacts(FolderFacts(Path("/x"), None, 10**10, broken=("acumat.db.broken-1",))), {("warn", "store_was_damaged")}),
        (MachineFacts(FolderFacts(Path("/x"), owner="acumat")), set()),
        (MachineFacts(DISK, clock_synchronised=False), {("warn", "clock_not_set")}),
        (MachineFacts(DISK, throttled=0x50005), {("fail", "low_voltage")}),
        (MachineFacts(DISK, throttled=0x50000), {("warn", "low_voltage_before")}),
        (MachineFacts(DISK, throttled=0x4), {("warn", "too_hot")}),
    ],
)
def test_each_fault_of_the_machine_has_its_name(facts: MachineFacts, bad: set[tuple[str, str]]) -> None:
    findings: list[Finding] = list(check_machine(facts))
    assert {(str(each.level), each.code) for each in findings if each.level is not Level.OK} == bad


@pytest.mark.parametrize(
    ("problem", "what"), [(READ_ONLY, "can be written, or have this one mounted so"), ("no right", "owner")]
)
def test_what_to_do_fits_why_the_folder_cannot_be_written(problem: str, what: str) -> None:
    folder = next(iter(check_machine(MachineFacts(FolderFacts(Path("/x"), problem)))))
    assert what in folder.hint


def test_a_folder_that_is_a_file_or_is_still_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert machine_facts(tmp_path / "file" / "state").folder.problem == f"{tmp_path / 'file'} is no folder"
    assert str(machine_facts(tmp_path / "file").folder.problem).startswith(f"{tmp_path / 'file'} is no folder")
    (tmp_path / "link").symlink_to("/mnt/stick/acumat")
    assert "is a link to /mnt/stick/acumat" in str(machine_facts(tmp_path / "link").folder.problem)
    made_later = machine_facts(tmp_path / "a" / "b").folder
    assert made_later.problem is None
    assert made_later.free_bytes > 0


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_in_the_folder_is_named_with_what_helps(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    file = tmp_path / "acumat.db"
    file.write_text("")
    found = next(iter(check_machine(machine_facts(tmp_path))))
    assert (found.level, found.code) == (Level.FAIL, "store_not_writable")
    assert "acumat.db belongs to root" in found.line
    command = found.line.rsplit("sudo ", 1)[1].rstrip(".")
    subprocess.run(command, shell=True, check=True)
    assert machine_facts(tmp_path).folder.problem is None


@pytest.mark.parametrize(("name", "mode"), [("safety.slots", 0o400), ("acumat.db", 0), (".", 0o500)])
def test_rights_that_the_owner_lacks_are_named_with_what_helps(name: str, mode: int, tmp_path: Path) -> None:
    if name == "." and os.geteuid() != 0:
        pytest.skip("only root sees more of such a folder than that it cannot be written")
    if name != ".":
        (tmp_path / name).write_text("")
    (tmp_path / name).chmod(mode)
    found = next(iter(check_machine(machine_facts(tmp_path))))
    assert (found.level, found.code) == (Level.FAIL, "store_not_writable")
    subprocess.run(found.line.rsplit("sudo ", 1)[1].rstrip("."), shell=True, check=True)
    assert machine_facts(tmp_path).folder.problem is None


@pytest.mark.parametrize("name", ["acumat.db.schema-4", "acumat.db.before-restore-20261130-120000", "acumat.db.broken-1"])
def test_a_copy_beside_the_history_need_not_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("")
    (tmp_path / name).chmod(0o400)
    assert machine_facts(tmp_path).folder.problem is None


def test_what_is_no_file_in_the_place_of_the_history_is_named(tmp_path: Path) -> None:
    (tmp_path / "acumat.db").symlink_to("/mnt/stick/acumat.db")
    assert "a link to /mnt/stick/acumat.db" in str(machine_facts(tmp_path).folder.problem)
    (tmp_path / "acumat.db").unlink()
    os.mkfifo(tmp_path / "acumat.db")
    assert "no regular file" in str(machine_facts(tmp_path).folder.problem)


def test_memory_is_reported_from_a_disk() -> None:
    if not Path("/dev/shm").is_dir():
        pytest.skip("no /dev/shm here")
    assert machine_facts(Path("/dev/shm/acumat")).folder.vanishes


@pytest.mark.parametrize(
    ("said", "value"), [("throttled=0x50005\n", 0x50005), ("throttled=0x0\n", 0), ("VCHI initialization failed\n", None)]
)
def test_what_the_firmware_says_of_its_power_is_read(
    said: str, value: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "vcgencmd"
    tool.write_text(f"#!/bin/sh\nprintf '{said}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert machine_facts(tmp_path).throttled == value


@pytest.mark.parametrize(("said", "value"), [("yes", True), ("no", False), ("", None)])
def test_whether_the_clock_is_synchronised_is_asked_of_systemd(
    said: str, value: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "timedatectl"
    tool.write_text(f'#!/bin/sh\ntest "$*" = "show --property=NTPSynchronized --value" && echo {said}\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert machine_facts(tmp_path).clock_synchronised is value


def test_damaged_histories_are_named_with_their_size_and_what_several_of_them_mean(tmp_path: Path) -> None:
    for number, name in enumerate(("broken-2", "broken-10", "broken-1", "broken-1-wal", "schema-4"), 1):
        path = tmp_path / f"acumat.db.{name}"
        path.write_bytes(bytes(1024**2))
        os.utime(path, (number, number))
    (found,) = [each for each in check_machine(machine_facts(tmp_path)) if each.code == "store_was_damaged"]
    assert found.cause.startswith(f"3 damaged histories are kept in {tmp_path}, 4.0 MB, the newest as acumat.db.broken-1.")
    assert f"rm {tmp_path}/acumat.db.broken-*" in found.hint
    assert "the card or the power supply fails" in found.hint


def test_the_command_that_deletes_them_deletes_nothing_else_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder, other = tmp_path / "it's a mat", tmp_path / "it's"
    folder.mkdir()
    for path in (other, folder / "acumat.db", folder / "acumat.db.broken-1"):
        path.touch()
    (found,) = [each for each in check_machine(machine_facts(folder)) if each.code == "store_was_damaged"]
    command = found.hint.partition("delete it: sudo ")[2].removesuffix(".")
    subprocess.run(command, shell=True, check=True)
    assert [each.name for each in folder.iterdir()] == ["acumat.db"]
    assert other.exists()
