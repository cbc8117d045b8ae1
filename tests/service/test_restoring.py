"""What a history that could be read only late still changes, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat.contract.learned import Learned
from acumat.history.store import Store
from tests.chaos.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch)
    yield made
    made.close()


def calibration(house: House) -> str:
    code: str = house.service.status()["health"]["calibration"]["code"]
    return code


def learn(house: House) -> None:
    """An earlier run has been calibrated."""
    store = Store(house.state_dir / "acumat.db")
    store.open()
    count = len(house.config.layout.sensors)
    names = tuple(sensor.name for sensor in house.config.layout.sensors)
    store.save_learned(names, Learned((None,) * count, (1.0,) * count, 400.0, calibrated=True))
    store.close()


@pytest.mark.parametrize("lies", [False, True])
def test_a_calibration_that_is_read_late_waits_until_nobody_lies_there(house: House, lies: bool) -> None:
    learn(house)
    house.break_disk()
    house.start()
    if lies:
        house.lie_down()
    house.wait(60)
    assert calibration(house) == "not_calibrated"
    house.mend_disk()
    house.wait(60)
    assert house.state.presence == ("lying" if lies else "empty")
    assert calibration(house) == ("not_calibrated" if lies else "ok")
    if lies:
        house.get_up()
        house.wait(60)
        assert calibration(house) == "ok"


def test_what_was_set_and_counted_before_is_there_again_late(house: House) -> None:
    house.start()
    house.lie_down()
    house.wait(120)
    house.get_up()
    house.wait(60)
    before = house.service.status()["totals"]
    assert before["sessions_total"] == 1
    house.stop()
    house.break_disk()
    house.start()
    house.wait(60)
    assert house.service.status()["totals"]["sessions_total"] == 0
    house.mend_disk()
    house.wait(60)
    assert house.service.status()["totals"] == before
    assert house.service.status()["last_session"]["session_id"] is not None
