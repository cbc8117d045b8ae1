"""What is generated in the documents is fresh: figures, layers, parameters and what the commands print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.record import record
from tests.docs.draw_architecture import Row, state_diagram, state_table
from tests.docs.generate import PART, PARTS, ROOT, fresh


@pytest.mark.parametrize("document", PARTS)
def test_each_document_is_what_make_docs_would_write(document: str) -> None:
    assert fresh(document) == (ROOT / document).read_text("utf-8"), "make docs writes it anew"


@pytest.mark.parametrize("document", PARTS)
def test_each_part_has_its_place_once(document: str) -> None:
    places = [part[2] for part in PART.finditer((ROOT / document).read_text("utf-8"))]
    assert sorted(places) == sorted(PARTS[document])


def test_a_bench_replaces_its_own_section_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    record("reader", {"hz": 1}, file)
    record("daemon", {"ms": 1}, file)
    record("daemon", {"ms": 2}, file)
    stored = json.loads(file.read_text("utf-8"))
    assert {section: each["figures"] for section, each in stored.items()} == {"reader": {"hz": 1}, "daemon": {"ms": 2}}
    assert {"version", "commit", "machine", "python", "load"} <= stored["daemon"].keys()


def test_the_first_page_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


def test_a_table_of_transitions_becomes_a_diagram_and_a_table() -> None:
    rows = [
        Row("empty", "load", "", "contact", ("contact_started",)),
        Row("contact", "load", "spread", "lying"),
        Row("contact", "alive", "", "lying"),
        Row("contact", "lost", "", "empty"),
    ]
    assert state_diagram(rows, left_out={"lost"}).splitlines()[2:-1] == [
        "  empty --> contact: load / contact_started",
        "  contact --> lying: load [spread]<br/>alive",
    ]
    assert state_table(rows).splitlines()[2] == "| empty | load |  | contact | `contact_started` |"
    assert len(state_table(rows).splitlines()) == 2 + len(rows)
