"""The short form of tests.mqtt.hostile, and the one payload that is larger than the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.broker import Broker, Listener, until
from tests.mqtt.hostile import MOST_KB, TOPICS, Rig
from tests.mqtt.servers import speaking_3_only

pytestmark = pytest.mark.broker


@pytest.fixture(params=[False, True], ids=["mqtt5", "mqtt3"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, broker: Broker) -> Iterator[Rig]:
    with ExitStack() as stack:
        broker.start()
        made = Rig(tmp_path, broker, port=stack.enter_context(speaking_3_only(broker.port)) if request.param else None)
        stack.callback(made.close)
        made.start()
        yield made


def test_no_payload_ends_the_daemon_and_every_command_is_answered(rig: Rig) -> None:
    found = rig.bombard(1000)
    rig.empties()
    until(lambda: rig.daemon.status()["health"]["broker"]["code"] == "ok", "it lives and is connected")
    assert found.alive
    assert (found.sent, found.answered) == (1000, found.commands)
    assert found.peak_kb < MOST_KB


def test_a_payload_larger_than_the_machine_is_not_held_and_does_not_come_again(rig: Rig, broker: Broker) -> None:
    rig.huge(retain=False)
    rig.huge(retain=True)
    assert rig.daemon.status()["health"]["broker"]["code"] == "ok"
    rig.daemon.kill()
    rig.start()
    rig.listener.received.clear()
    rig.listener.publish(TOPICS.command("status"), "PRESS")
    until(lambda: rig.listener.on(TOPICS.response), "what comes after it is answered")
    late = Listener(broker.port)
    late.catch_up()
    assert not [each.topic for each in late.received if each.retained and "/command/" in each.topic]
    late.close()
    assert rig.memory_kb("VmHWM") < MOST_KB
