"""The machine's own bus: each way in which it cannot be opened is said with its hint."""

from __future__ import annotations

import pytest

from acumat_hw import linux_i2c
from acumat_hw.errors import SourceUnavailableError
from acumat_hw.i2c import extended_bus


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (PermissionError(13, "Permission denied"), "group i2c"),
        (ValueError("No device found for /dev/i2c-1"), "raspi-config nonint do_i2c 0"),
        (OSError(19, "No such device"), "raspi-config nonint do_i2c 0"),
    ],
)
def test_a_bus_that_cannot_be_opened_is_named_with_its_hint(
    error: Exception, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number: int) -> None:
        raise error

    monkeypatch.setattr(linux_i2c, "LinuxI2C", refuse)
    with pytest.raises(SourceUnavailableError, match="/dev/i2c-1") as caught:
        extended_bus(1)
    assert hint in str(caught.value)
