"""deploy/postgresql as it is: a commit waits for one of two others, and a promoted one has all that was committed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.broker import until
from tests.fleet.engines import Postgres, postgres

REPLICAS = ("record_b", "record_c")
RECORD = Path(__file__).parents[2] / "deploy" / "postgresql"


def settings(*more: str) -> tuple[str, ...]:
    """The lines of record.conf as `-c` takes them."""
    lines = (line.split("#")[0].strip() for line in (RECORD / "record.conf").read_text().splitlines())
    pairs = [line.split(" = ", 1) for line in lines if line]
    return (*(f"{key}={value.strip(chr(39))}" for key, value in pairs), "listen_addresses=127.0.0.1", "fsync=off", *more)


def of_replica(first: Postgres, name: str) -> tuple[str, ...]:
    """Without a name of the connection it is called as its cluster."""
    return settings(f"cluster_name={name}", f"primary_conninfo=host=127.0.0.1 port={first.port} user=postgres")


def connection(server: Postgres) -> psycopg.Connection:
    return psycopg.connect(server.dsn, autocommit=True)


@pytest.fixture
def record() -> Iterator[tuple[Postgres, Postgres, Postgres]]:
    """The first with its two others, which are connected."""
    with ExitStack() as stack:
        alone = settings("cluster_name=record_a", "synchronous_standby_names=")
        first = stack.enter_context(postgres(settings=alone))
        others = [stack.enter_context(postgres(settings=of_replica(first, name), primary=first)) for name in REPLICAS]
        with connection(first) as asks:
            asks.execute("CREATE TABLE kept (number int)")
            until(
                lambda: asks.execute("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'").fetchone() == (2,),
                "both follow",
            )
        first.stop()
        first._settings = settings("cluster_name=record_a")
        first.start()
        yield first, others[0], others[1]


def quorum(first: Postgres) -> list[str]:
    with connection(first) as asks:
        return [row[0] for row in asks.execute("SELECT sync_state FROM pg_stat_replication")]


def test_a_commit_waits_for_one_of_two_and_a_promoted_one_has_it(record: tuple[Postgres, Postgres, Postgres]) -> None:
    first, second, third = record
    until(lambda: quorum(first) == ["quorum", "quorum"], "either of the two is enough")
    third.freeze()
    with connection(first) as writes:
        for number in range(100):
            writes.execute("INSERT INTO kept VALUES (%s)", [number])
    first.kill()
    second.promote()
    with connection(second) as reads:
        assert reads.execute("SELECT count(*) FROM kept").fetchone() == (100,)
        assert reads.execute("SHOW synchronous_standby_names").fetchone() == ("ANY 1 (record_a, record_b, record_c)",)
    third.thaw()


def test_with_both_others_away_nothing_is_committed_and_nothing_is_lost(record: tuple[Postgres, Postgres, Postgres]) -> None:
    first, second, third = record
    second.freeze()
    third.freeze()
    with connection(first) as writes, connection(first) as looks:
        waiting = writes.info.backend_pid
        done = threading.Event()

        def write() -> None:
            writes.execute("INSERT INTO kept VALUES (1)")
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        event = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
        until(lambda: looks.execute(event, [waiting]).fetchone() == ("SyncRep",), "the commit waits for another machine")
        assert not done.is_set()
        second.thaw()
        until(done.is_set, "it is committed once one of them is back")
        writer.join()
    third.thaw()


def test_the_lines_of_access_name_the_collectors_and_the_replicas_and_ask_for_tls() -> None:
    lines = [line.split() for line in (RECORD / "pg_hba.conf").read_text().splitlines() if not line.startswith("#")]
    assert [(line[0], line[1], line[4]) for line in lines] == [
        ("hostssl", "fleet", "scram-sha-256"),
        ("hostssl", "replication", "scram-sha-256"),
    ]
