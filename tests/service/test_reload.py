"""A new configuration is taken over or not; nothing that its file can do ends the daemon that reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from acumat.service.reload import Reload
from acumat_hw.errors import InputError


def raising(error: Exception) -> Callable[[], bool]:
    def read() -> bool:
        raise error

    return read


def test_nothing_is_read_until_somebody_asks_and_then_once() -> None:
    reload = Reload(raising(AssertionError()))
    assert not reload.due()
    good = Reload(lambda: True)
    good.ask()
    assert good.due()
    assert not good.due()


def test_problems_are_logged_line_by_line_and_stand_in_health(caplog: pytest.LogCaptureFixture) -> None:
    reload = Reload(raising(InputError("f:1: a: is wrong\nf:2: b: too")))
    reload.ask()
    assert not reload.due()
    assert [record.message for record in caplog.records][:2] == ["f:1: a: is wrong", "f:2: b: too"]
    assert reload.condition.code == "config_rejected"
    assert "f:1: a: is wrong; f:2: b: too" in reload.condition.text


@pytest.mark.parametrize("error", [ValueError("s3cret"), RecursionError("s3cret"), MemoryError("s3cret"), OSError(5, "s3cret")])
def test_what_nobody_foresaw_leaves_the_last_good_one_on_and_quotes_nothing(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    reload = Reload(raising(error))
    reload.ask()
    assert not reload.due()
    assert reload.condition.code == "config_rejected"
    assert "acumat check-config" in reload.condition.text
    assert "s3cret" not in reload.condition.text
    assert "in read" in caplog.text
    assert "s3cret" not in caplog.text
