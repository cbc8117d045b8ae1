"""Every history that a test opens is closed with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acumat.history.store import Store


@pytest.fixture(autouse=True)
def stores_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[Store] = []
    really_open = Store.open

    def open_and_note(store: Store) -> None:
        opened.append(store)
        really_open(store)

    monkeypatch.setattr(Store, "open", open_and_note)
    yield
    for store in opened:
        store.close()
