"""The inventory as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.config.rules import ID_PATTERN
from acumat.fleet.identity.inventory import Mat, inventory_text, mat_faults, read_inventory, wanted
from acumat_hw.errors import InputError

HEAD = "id,layout,site,label,timezone,revoked\n"
LABELS = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" "), max_size=20).map(str.strip)
MATS = st.builds(
    Mat,
    id=st.from_regex(ID_PATTERN, fullmatch=True),
    layout=st.sampled_from(["4x2", "4x4"]),
    site=st.sampled_from(["", "north"]),
    label=LABELS,
    timezone=st.sampled_from(["", "Europe/Berlin"]),
)


@given(st.lists(MATS.filter(lambda mat: not mat_faults(mat)), unique_by=lambda mat: mat.id, max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, mats: list[Mat]) -> None:
    path = tmp_path_factory.mktemp("fleet") / "mats.csv"
    path.write_text(inventory_text(mats), "utf-8", newline="\n")
    assert read_inventory(path) == mats
    assert len(path.read_text("utf-8").splitlines()) == 1 + len(mats), "one line a mat"


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mats.csv"
    lines = [
        "bedroom,4x2,north,Room 1,,",
        "Bed room,4x2,,,,",
        "kitchen,9x9,,,,",
        "bedroom,4x2,,,,",
        "hall,4x2,,a,b,,",
        "collector,4x2,,,,",
        "bridge-north,4x2,,,,",
        "attic,4x2,No Site,,Berlin now,yesterday",
    ]
    path.write_text(HEAD + "\n".join(lines) + "\n")
    with pytest.raises(InputError) as raised:
        read_inventory(path)
    said = str(raised.value).splitlines()
    assert [line.split(", ", 1)[1].split(":")[0] for line in said] == [f"line {n}" for n in (3, 4, 5, 6, 7, 8, 9, 9, 9)]
    for word in ("'Bed room' is not possible", "layout '9x9'", "'bedroom' is there twice", "7 fields instead of 6"):
        assert word in str(raised.value)
    assert str(raised.value).count("is the name of a service") == 2


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-00-00", "2026-1-1", "20261124", "2026-W48-2"])
def test_what_is_no_day_is_no_day_of_revocation(day: str) -> None:
    assert mat_faults(Mat("bedroom", revoked=day)) == [
        f"revoked {day!r} is no day such as 2026-11-24; empty: the mat may log in"
    ]


def test_a_file_with_other_columns_is_none(tmp_path: Path) -> None:
    path = tmp_path / "mats.csv"
    path.write_text("id;layout\nbedroom;4x2\n")
    with pytest.raises(InputError, match="line 1: the columns are not id,layout,site,label,timezone,revoked"):
        read_inventory(path)


def test_a_mistyped_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="bedroom"):
        wanted([Mat("bedroom"), Mat("kitchen")], ["bedrom"])
    assert wanted([Mat("bedroom"), Mat("kitchen")], []) == [Mat("bedroom"), Mat("kitchen")]
