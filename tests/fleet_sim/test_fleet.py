"""A small fleet on a real broker: logins of their own, reconnects, what waits, and the will."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from acumat_fleet_sim.fleet import Fleet, Plan
from acumat_fleet_sim.story import Habits
from tests.broker import Broker, Listener, until

LOGIN = ("mat0001", "one of its own")
BUSY = Habits(rest_s=300.0, lie_s=300.0)

pytestmark = pytest.mark.broker


def fleet_on(broker: Broker, mats: int, **passwords: str) -> Fleet:
    hosts = (("127.0.0.1", broker.port),)
    return Fleet(Plan(mats, 3, hosts, now_s=time.time(), speed=120.0, past_s=86_400.0, habits=BUSY, passwords=passwords))


def test_each_mat_logs_in_as_itself(tmp_path: Path) -> None:
    broker = Broker(tmp_path, password=LOGIN)
    broker.start()
    fleet = fleet_on(broker, 2, mat0001=LOGIN[1], mat0002="not the right one")
    fleet.start()
    try:
        until(lambda: fleet.up == 1 and fleet.truth.refused, "one mat is let in, and the other refused")
        assert [member.up for member in fleet.members] == [True, False]
    finally:
        fleet.stop()
        broker.stop()


def test_what_waits_is_sent_in_order_after_the_broker_was_away(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    listener = Listener(broker.port)
    fleet = fleet_on(broker, 5)
    fleet.start()
    try:
        until(lambda: fleet.truth.events_acknowledged > 20, "events are acknowledged")
        broker.stop(kill=True)
        made = fleet.truth.events_made
        until(lambda: fleet.truth.events_made > made + 20, "events wait")
        listeners = listener.connects
        broker.start()
        until(lambda: listener.connects > listeners, "the listener is back")
        until(lambda: fleet.up == 5, "the mats are back")
        fleet.hold()
        until(lambda: not fleet.waiting, "all is acknowledged")
        assert len(fleet.truth.gaps_s) == 5
        for mat_id, found in fleet.truth.acknowledged.items():
            assert list(found) == list(fleet.truth.made[mat_id])
        until(lambda: listener.last("acumat/mat0001/availability"), "the mat says that it is there")
        fleet.members[0].mat.send_again([1])
        listener.publish("acumat/mat0001/command/events", json.dumps({"after": fleet.members[0].mat.event_id(0)}))
        answer = until(lambda: listener.last("acumat/mat0001/response"), "the answer").document
        assert (answer["ok"], answer["last_no"]) == (True, fleet.members[0].mat.last_number)
    finally:
        fleet.stop()
        last = until(lambda: listener.last("acumat/mat0001/availability"), "the mat takes leave")
        assert last.payload == "offline"
        listener.close()
        broker.stop()
