"""What reaches the kernel of a prepared transfer, byte by byte."""

from __future__ import annotations

import ctypes
import errno
import gc
from collections.abc import Iterator
from pathlib import Path

import adafruit_extended_bus
import pytest

from acumat_hw import linux_i2c
from acumat_hw.linux_i2c import I2C_RDWR, LinuxI2C, _Message, _Request

START, POINTER = b"\x01\xc3\xe3", b"\x00"


class Kernel:
    """Notes the messages of each request, and answers each read with the same bytes; takes so many messages at once."""

    def __init__(self) -> None:
        self.most = 42
        self.seen: list[list[tuple[int, int, bytes]]] = []

    def ioctl(self, _descriptor: int, number: int, request: bytearray) -> None:
        assert number == I2C_RDWR
        asked = _Request.from_buffer_copy(request)
        if asked.count > self.most:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        messages = (_Message * asked.count).from_address(asked.messages)
        for message in messages:
            if message.flags:
                ctypes.memmove(message.data, b"\x12\x34", message.length)
        self.seen.append([(each.address, each.flags, ctypes.string_at(each.data, each.length)) for each in messages])


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(linux_i2c, "ioctl", kernel.ioctl)
    return kernel


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LinuxI2C]:
    (tmp_path / "i2c-1").touch()
    monkeypatch.setattr(adafruit_extended_bus.ExtendedI2C, "__init__", lambda _self, _number, frequency: frequency)
    monkeypatch.setattr(linux_i2c, "DEVICE", f"{tmp_path}/i2c-%d")
    bus = LinuxI2C(1)
    yield bus
    bus.deinit()
    bus.deinit()


def test_all_messages_go_in_one_request_with_the_read_last(kernel: Kernel, bus: LinuxI2C) -> None:
    answer = bytearray(2)
    transfer = bus.prepare(0x49, (START, POINTER), answer)
    transfer()
    transfer()
    assert kernel.seen == [[(0x49, 0, START), (0x49, 0, POINTER), (0x49, 1, b"\x12\x34")]] * 2
    assert answer == b"\x12\x34"


@pytest.mark.parametrize("writes", [(POINTER,), (START, POINTER)])
def test_what_the_kernel_reads_lives_as_long_as_the_transfer(kernel: Kernel, bus: LinuxI2C, writes: tuple[bytes, ...]) -> None:
    answer = bytearray(2)
    transfer = bus.prepare(0x48, writes, answer)
    gc.collect()
    with pytest.raises(BufferError):  # somebody holds its memory
        answer.append(0)
    transfer()
    assert kernel.seen == [[*((0x48, 0, each) for each in writes), (0x48, 1, b"\x12\x34")]]
    del transfer
    gc.collect()
    answer.append(0)


def test_a_write_has_no_read(kernel: Kernel, bus: LinuxI2C) -> None:
    bus.prepare(0x48, (START,), bytearray())()
    assert kernel.seen == [[(0x48, 0, START)]]


def test_a_controller_that_takes_no_three_messages_gets_them_apart(kernel: Kernel, bus: LinuxI2C) -> None:
    kernel.most = 2
    answer = bytearray(2)
    transfer = bus.prepare(0x48, (START, POINTER), answer)
    for _ in range(2):
        transfer()
    assert kernel.seen == [[(0x48, 0, START)], [(0x48, 0, POINTER), (0x48, 1, b"\x12\x34")]] * 2


def test_any_other_error_is_the_callers(bus: LinuxI2C) -> None:
    with pytest.raises(OSError, match="Inappropriate ioctl"):  # the stand-in is a plain file
        bus.prepare(0x48, (START, POINTER), bytearray(2))()
