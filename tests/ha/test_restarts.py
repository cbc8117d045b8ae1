"""Every order in which daemon, broker, Home Assistant and network can come back: all entities right within 5 s of the last one.

The short form runs each order of two (12 runs), the long one each order of two and three, once with a network that breaks all
connections and once with one that falls silent (72 runs). Prints a table.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator

import pytest

from tests.broker import until
from tests.ha.house import BASE, RIGHT_S, House

LONG = bool(os.environ.get("ACUMAT_HA_LONG"))
NETWORKS = ("shut", "frozen") if LONG else ("shut",)
PARTS = "DBHN"
ORDERS = ["".join(order) for length in ((2, 3) if LONG else (2,)) for order in itertools.permutations(PARTS, length)]
LEGEND = """
D daemon, B broker (which forgets everything), H Home Assistant, N network between daemon and broker: gone and back in this
order. Seconds until all entities were right, since the last part was up and Home Assistant had met the broker (it tries every
10 s), and since the last part was up"""

pytestmark = pytest.mark.timeout(5400)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("restarts"), stays=[(40, 80_000)], speed=4.0)
    try:
        made.start()
        made.listener.publish(f"{BASE}/command/guest", "ON")
        yield made
    finally:
        made.close()


def stop(house: House, part: str, network: str) -> None:
    if part == "D":
        house.stop_daemon()
    elif part == "B":
        house.broker.stop()
    elif part == "N":
        house.network.set(network)
    else:
        house.home.stop()


def start(house: House, part: str, *, broker_up: bool) -> None:
    if part == "D":
        house.daemon.start()
    elif part == "B":
        connects = house.listener.connects
        house.broker.start()
        until(lambda: house.listener.connects > connects, "the listener is back")
    elif part == "N":
        house.network.set("open")
    else:
        house.home.start(broker_up=broker_up)


def run(house: House, order: str, network: str) -> tuple[float, float]:
    """Seconds until all is right after Home Assistant has met the broker as well, and after the last part is up."""
    for part in order:
        stop(house, part, network)
    births = house.home.births()
    for at, part in enumerate(order):
        start(house, part, broker_up="B" not in order[at:])
    ready_s = time.monotonic()
    if set(order) & set("BH"):
        until(lambda: house.home.births() > births, "Home Assistant has met the broker")
    born_s = time.monotonic()
    after_s = house.seconds_until_right(born_s)
    return after_s, born_s - ready_s + after_s


def test_every_order_ends_with_every_entity_right(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    seconds: dict[str, list[tuple[float, float]]] = {order: [] for order in ORDERS}
    stuck: list[str] = []
    for network, order in itertools.product(NETWORKS, ORDERS):
        try:
            after_s, whole_s = run(house, order, network)
        except AssertionError as exc:
            stuck.append(f"{order} {network}: {exc}")
            continue
        seconds[order].append((after_s, whole_s))
        with capsys.disabled():
            print(f"{order:<4}{network:<7}{after_s:5.1f} s{whole_s:6.1f} s", flush=True)
    runs = [each for found in seconds.values() for each in found]
    with capsys.disabled():
        print(LEGEND)
        for order, found in seconds.items():
            late, whole = (max((each[which] for each in found), default=float("nan")) for which in (0, 1))
            print(f"  {order:<4} {len(found)} runs, worst {late:4.1f} s and {whole:4.1f} s")
        print(f"  {len(runs)} runs, {len(stuck)} stuck, {sum(late > RIGHT_S for late, _ in runs)} later than {RIGHT_S:g} s")
    assert not stuck
    assert max(late for late, _ in runs) <= RIGHT_S
    assert house.home.complaints("acumat") == [], "that the broker was away is its own affair"
