"""The engines themselves: they start, take what they are asked to, and end."""

from __future__ import annotations

import contextlib

import psycopg
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.broker import until
from tests.fleet.engines import nats, postgres, postgres_pair


@pytest.mark.broker
def test_the_database_comes_back_with_what_was_committed() -> None:
    with postgres() as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        server.kill()
        server.start()
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SELECT seven FROM kept").fetchall() == [(7,)]


@pytest.mark.broker
def test_the_replica_has_what_the_primary_committed() -> None:
    with postgres_pair() as (primary, replica):
        with psycopg.connect(primary.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        primary.kill()
        replica.promote()
        with psycopg.connect(replica.dsn) as connection:
            assert connection.execute("SELECT seven FROM kept").fetchall() == [(7,)]


@pytest.mark.broker
@pytest.mark.parametrize("nodes", [1, 3])
def test_nats_takes_what_a_mat_publishes(nodes: int) -> None:
    with nats(nodes=nodes) as servers:
        client = Client(CallbackAPIVersion.VERSION2, client_id="mat")

        def published() -> bool:
            client.connect("127.0.0.1", servers[-1].mqtt_port)
            client.loop_start()
            sent = client.publish("acumat/mat/state", "{}", qos=1)
            with contextlib.suppress(RuntimeError, ValueError):  # the cluster has no leader yet
                sent.wait_for_publish(10)
            client.loop_stop()
            client._reset_sockets()
            return sent.is_published()

        until(published, "NATS acknowledges")
