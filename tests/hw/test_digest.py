"""SHA-256 is the same from whichever code it comes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat_hw import digest


@given(st.binary())
def test_it_is_what_hashlib_gives(data: bytes) -> None:
    assert digest.sha256(data) == hashlib.sha256(data).digest()


def test_a_python_without_code_of_its_own_takes_that_of_hashlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "OWN", ("not_a_module", "math"))
    digest._algorithm.cache_clear()
    try:
        assert digest.sha256(b"abc").hex().startswith("ba7816bf8f01cfea")  # FIPS 180-4's own example
    finally:
        digest._algorithm.cache_clear()
