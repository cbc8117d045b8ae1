"""The counter counts: code and not docstrings, lambdas that are handed on and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.sizes import measure, quantiles

SOURCE = '''"""A module."""

import os

# a comment


class Room:
    """A class."""

    wide: int = 3
    """Its width."""

    def __init__(self, key=lambda: 1):
        """Two lines
        of words."""
        self.high = map(lambda each: each, sorted([], key=lambda each: each))
        self.kept = lambda: 2

    def low(self):
        other = Room()
        other.far = 1

        return os
'''


def test_lines_are_code_and_lambdas_are_those_that_are_handed_on(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "room.py").write_text(SOURCE)
    sizes = measure([folder])
    assert sizes.files == {"house/room.py": 10}
    assert sizes.functions == {"house/room.py:14 __init__": 3, "house/room.py:20 low": 4}
    assert list(sizes.classes.values()) == [9]
    assert list(sizes.methods.values()) == [2]
    assert list(sizes.attributes.values()) == [3]
    assert sizes.lambdas == ["house/room.py:14", "house/room.py:17"]


@pytest.mark.parametrize(("values", "found"), [([], (0, 0, 0)), ([5], (5, 5, 5)), (range(1, 11), (5, 9, 10))])
def test_quantiles_are_sizes_that_exist(values: list[int], found: tuple[int, int, int]) -> None:
    assert quantiles(values) == found
