"""What every test of the whole daemon needs: daemons in folders of their own, and somebody who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.broker import Broker
from tests.system.process import DaemonProcess

Make = Callable[..., DaemonProcess]


@pytest.fixture
def make(tmp_path: Path, broker: Broker) -> Iterator[Make]:
    made: list[DaemonProcess] = []

    def one(mat_id: str = "test", **options: Any) -> DaemonProcess:
        folder = tmp_path / f"daemon{len(made)}"
        folder.mkdir()
        made.append(DaemonProcess(folder, broker.port, **options))
        made[-1].config.write_text(made[-1].config.read_text().replace('id = "test"', f'id = "{mat_id}"'))
        return made[-1]

    yield one
    for each in made:
        each.kill()
