"""The daemon on a card that takes its time for everything it has to keep; runs as `acumat run` does."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from acumat.cli.main import main
from acumat.history.store import Store

LONGEST_S = float(os.environ.get("ACUMAT_CARD_S", "0.5"))


def _wait() -> None:
    time.sleep(random.uniform(0.2, 1.0) * LONGEST_S)


def _slow_sync(sync: Callable[[int], None]) -> Callable[[int], None]:
    def slow(handle: int) -> None:
        _wait()
        sync(handle)

    return slow


@contextmanager
def _slow_transaction(store: Store) -> Iterator[Any]:
    with _TRANSACTION(store) as db:
        yield db
        _wait()  # before the commit: what is killed here is not kept


_TRANSACTION = Store.transaction

if __name__ == "__main__":
    os.fsync = _slow_sync(os.fsync)  # type: ignore[assignment]
    Store.transaction = _slow_transaction  # type: ignore[method-assign, assignment]
    sys.exit(main(sys.argv[1:]))
