from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.fleet.engines import Postgres, postgres

_numbers = count()


@pytest.fixture(scope="module")
def database_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def dsn(database_server: Postgres) -> str:
    """An empty database of the test's own."""
    return database_server.create_database(f"test{next(_numbers)}")
