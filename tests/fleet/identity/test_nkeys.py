"""Keys in NATS' own writing."""

from __future__ import annotations

import pytest

from acumat.fleet.identity.nkeys import PREFIX, Owner, key_of, new_key

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
"""The pair of NATS' own documentation (docs.nats.io, Authenticating with an NKey)."""


def test_a_seed_gives_the_public_key_that_nats_gives() -> None:
    key = key_of(SEED)
    assert (key.owner, key.public, key.seed) == ("user", PUBLIC, SEED)


@pytest.mark.parametrize(("owner", "letter"), [("operator", "O"), ("account", "A"), ("user", "U")])
def test_a_key_says_whose_it_is_and_comes_back_from_its_seed(owner: Owner, letter: str) -> None:
    assert set(PREFIX) == {"operator", "account", "user"}
    key = new_key(owner)
    assert key.public[0] == letter
    assert key.seed[:2] == f"S{letter}"
    again = key_of(key.seed)
    assert (again.public, again.sign(b"x")) == (key.public, key.sign(b"x"))
    assert new_key(owner).seed != key.seed


@pytest.mark.parametrize(
    "text", ["", "SU", PUBLIC, SEED[:-1] + "A", SEED.replace("SUAC", "SUAD"), "1" * 58, SEED.lower() + "!"]
)
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        key_of(text)
