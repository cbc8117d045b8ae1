"""What a turn reports, in a whole daemon: a part that fails misleads nobody by what the others say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acumat.contract.commands import CommandName
from tests.chaos.house import BASE, House


def test_where_the_routine_fails_no_advice_is_given_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, monkeypatch, extra="[routine]\ncap_min = 20\n")
    try:
        house.start()
        house.wait(5.0)
        house.ask(CommandName.SYMPTOM)
        house.wait(2.0)
        before = house.broker.retained[f"{BASE}/now"]
        with monkeypatch.context() as patch:
            patch.setattr(type(house.routine), "document", lambda _self: 1 / 0)
            house.wait(2.0)
        assert house.service.status()["steps_failed"] > 0
        assert house.broker.retained[f"{BASE}/now"] == before
        assert json.loads(before)["advice"] != "lie_down"
    finally:
        house.close()
