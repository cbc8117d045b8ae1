"""People lie there while daemon, broker and Home Assistant go and come back, in mixed order: nothing is done to them.

Each mat has a person of its own, with a lift and a blind moment in each stay. In between, daemons end or are killed and mats
are paused, each mat by itself, or broker or Home Assistant restarts for all of them; and something is away when they get up.
Lights and do-not-disturb of each mat act once when its person lies down, and once when they are up. In real time, for Home
Assistant compares its own time with the mat's. The long form goes on until there were 200 disturbances, and keeps what it found
in docs/home-assistant.json.

A disturbance counts once for each mat whose person lies there when it begins. What broker and Home Assistant suffer counts for
each mat as well: each has its own automations, which could do something wrong.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.record import record
from tests.ha.disturbances import SEED, Run
from tests.ha.house import House
from tests.ha.lying import Mat, automations, helpers

FILE = Path(__file__).parents[2] / "docs" / "home-assistant.json"
LONG = bool(os.environ.get("ACUMAT_HA_LONG"))
MATS, LEAST = (6, 200) if LONG else (2, 20)
AWAY = "HOB" if LONG else "HO"
"""What is away as they get up, stay by stay; O: something of its own on each mat."""

pytestmark = pytest.mark.timeout(20_000)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(
        tmp_path_factory.mktemp("lying"),
        stays=[],
        speed=1.0,
        automations=lambda: automations(MATS),
        more=helpers(MATS),
        lasting=True,
    )
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def mats(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Mat]]:
    folder = tmp_path_factory.mktemp("mats")
    made = [Mat(house, number, folder / str(number)) for number in range(MATS)]
    try:
        for mat in made:
            mat.configure()
            mat.show_lamp()
            if mat.daemon is not house.daemon:
                mat.daemon.start()
        house.start()
        yield made
    finally:
        for mat in made:
            mat.daemon.kill()


def test_nothing_is_done_to_somebody_who_lies_there(house: House, mats: list[Mat], capsys: pytest.CaptureFixture[str]) -> None:
    run, began_s, stays = Run(house, mats), time.monotonic(), 0
    version = house.home.get("/api/config")["version"]
    while run.done.total() < LEAST or stays < len(AWAY):
        run.stay(AWAY[stays % len(AWAY)])
        stays += 1
        with capsys.disabled():
            print(f"  stay {stays}: {run.done.total()} disturbances {dict(run.done)}; {run.wrong or 'all right'}", flush=True)
        if LONG:
            figures = {"mats": MATS, "stays": stays, "seed": SEED, "done": dict(run.done), "wrong": len(run.wrong)}
            record(f"lying {version}", {**figures, "minutes": round((time.monotonic() - began_s) / 60)}, FILE)
    assert not run.wrong
    assert house.home.complaints("acumat", "automation", *(mat.name for mat in mats)) == []
