"""A whole daemon on simulated chips, for the tests that start from an empty mat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a baseline, and nobody on the mat."""
    with pytest.MonkeyPatch.context() as patch:
        made = House(tmp_path, patch)
        made.set_clock()
        made.start()
        made.wait(40)
        yield made
        made.close()
