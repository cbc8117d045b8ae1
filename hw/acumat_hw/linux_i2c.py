"""The I2C bus of a Linux machine: Blinka's, and below it transfers of several messages, which Blinka has no call for.

Blinka opens the bus, and Adafruit's driver looks for the converters and sets them up over it. What is repeated for every frame
goes to the kernel at once: one ioctl I2C_RDWR a transfer (Linux, Documentation/i2c/dev-interface), whose buffers are made once.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Sequence
from fcntl import ioctl
from functools import partial
from typing import cast

from adafruit_extended_bus import ExtendedI2C

DEVICE = "/dev/i2c-%d"
I2C_RDWR = 0x0707
I2C_M_RD = 1


class _Message(ctypes.Structure):
    """struct i2c_msg of linux/i2c.h."""

    _fields_ = (
        ("address", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("length", ctypes.c_uint16),
        ("data", ctypes.c_void_p),
    )


class _Request(ctypes.Structure):
    """struct i2c_rdwr_ioctl_data of linux/i2c-dev.h."""

    _fields_ = (("messages", ctypes.c_void_p), ("count", ctypes.c_uint32))


class _Held(bytearray):
    """A request as the kernel reads it; what it points to lives in `parts`."""

    parts: object


class LinuxI2C(ExtendedI2C):  # type: ignore[misc]  # Blinka has no types
    """The bus /dev/i2c-<number>. Raises what opening the device raises."""

    def __init__(self, number: int) -> None:
        # Linux fixes the speed in the device tree; asking for one here only gives a warning
        super().__init__(number, frequency=None)
        self._descriptor = os.open(DEVICE % number, os.O_RDWR | os.O_CLOEXEC)

    def deinit(self) -> None:
        super().deinit()
        descriptor, self._descriptor = getattr(self, "_descriptor", -1), -1  # Blinka begins with this call
        if descriptor >= 0:
            os.close(descriptor)

    def prepare(self, address: int, writes: Sequence[bytes], answer: bytearray) -> Callable[[], None]:
        """One transfer for many uses: the writes one after the other, then a read into `answer`, unless that is empty.

        It raises the kernel's OSError, and the caller holds the lock. The order is the one that a Raspberry Pi's controllers
        take: one address, and one read, which is the last (i2c-bcm2835.c, i2c-designware-master.c).
        """
        transfer = self._transfer(address, writes, answer)
        if len(writes) < 2:
            return transfer
        first, others = self._transfer(address, writes[:1], bytearray()), self._transfer(address, writes[1:], answer)

        def transfer_or_apart() -> None:
            try:
                transfer()
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:
                    raise
                # this controller takes no more than a write and a read at once
                first()
                others()

        return transfer_or_apart

    def _transfer(self, address: int, writes: Sequence[bytes], answer: bytearray) -> Callable[[], None]:
        """One ioctl, without a call of Python's own around it: there are a score of them in each frame."""
        buffers = [bytearray(data) for data in writes] + ([answer] if answer else [])
        places = [(ctypes.c_char * len(data)).from_buffer(data) for data in buffers]
        messages = (_Message * len(buffers))(
            *(
                _Message(address, I2C_M_RD * (data is answer), len(data), ctypes.addressof(place))
                for data, place in zip(buffers, places, strict=True)
            )
        )
        request = _Held(bytes(_Request(ctypes.addressof(messages), len(messages))))
        request.parts = (places, messages)
        return cast("Callable[[], None]", partial(ioctl, self._descriptor, I2C_RDWR, request))
