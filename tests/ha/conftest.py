"""Tests against a real Home Assistant: only where `make test-ha` has said how to start one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("ACUMAT_HASS"):
        return
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.skip("needs a real Home Assistant: make test-ha"))


@pytest.fixture(autouse=True)
def closes_what_it_opens() -> None:
    """A house lives through a whole file, and its connections come and go within a test."""
