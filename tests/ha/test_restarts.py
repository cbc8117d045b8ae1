"""Every order in which daemon, broker and Home Assistant can come back: all entities right within 5 s of the last one.

One round in the short form (12 runs), five in the long one (60). Prints a table.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator

import pytest

from tests.broker import until
from tests.ha.house import BASE, RIGHT_S, House

ROUNDS = 5 if os.environ.get("ACUMAT_HA_LONG") else 1
PARTS = "DBH"
ORDERS = ["".join(order) for length in (2, 3) for order in itertools.permutations(PARTS, length)]

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("restarts"), stays=[(40, 80_000)], speed=4.0)
    try:
        made.start()
        made.listener.publish(f"{BASE}/command/guest", "ON")
        yield made
    finally:
        made.close()


def stop(house: House, part: str) -> None:
    if part == "D":
        house.stop_daemon()
    elif part == "B":
        house.broker.stop()
    else:
        house.home.stop()


def start(house: House, part: str, *, broker_up: bool) -> None:
    if part == "D":
        house.daemon.start()
    elif part == "B":
        connects = house.listener.connects
        house.broker.start()
        until(lambda: house.listener.connects > connects, "the listener is back")
    else:
        house.home.start(broker_up=broker_up)


def test_every_order_ends_with_every_entity_right(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    seconds: dict[str, list[tuple[float, float]]] = {order: [] for order in ORDERS}
    for _round in range(ROUNDS):
        for order in ORDERS:
            for part in order:
                stop(house, part)
            births = house.home.births()
            for at, part in enumerate(order):
                start(house, part, broker_up="B" not in order[at:])
            ready_s = time.monotonic()
            until(lambda births=births: house.home.births() > births, "Home Assistant has met the broker")  # type: ignore[misc]
            born_s = time.monotonic()
            after_s = house.seconds_until_right(born_s)
            seconds[order].append((after_s, born_s - ready_s + after_s))
            with capsys.disabled():
                print(f"{order:<4}{after_s:5.1f} s{born_s - ready_s + after_s:6.1f} s", flush=True)
    runs = [each for found in seconds.values() for each in found]
    with capsys.disabled():
        print("\nD daemon, B broker (which forgets everything), H Home Assistant; seconds until all entities were right, after")
        print("Home Assistant had met the broker again, and after the last part was ready (Home Assistant tries every 10 s)")
        for order, found in seconds.items():
            late, whole = (max(each[which] for each in found) for which in (0, 1))
            print(f"  {order:<4} {len(found)} runs, worst {late:4.1f} s and {whole:4.1f} s")
        print(f"  {len(runs)} runs, 0 stuck, {sum(late > RIGHT_S for late, _ in runs)} later than {RIGHT_S:g} s")
    assert max(late for late, _ in runs) <= RIGHT_S
    assert house.home.complaints("acumat") == [], "that the broker was away is its own affair"
