"""The documents of commands and scenarios say what the code says, and their example works."""

from __future__ import annotations

import re

import pytest

from acumat.cli.main import COMMANDS
from acumat_hw.toml_file import parse_toml
from acumat_sim.scenario import parse_scenario
from acumat_sim.vocabulary import VERBS
from tests.docs.reference import DOCS, PART, PARTS, fresh


@pytest.mark.parametrize("document", PARTS)
def test_each_document_is_what_would_be_written_now(document: str) -> None:
    assert fresh(document) == (DOCS / document).read_text("utf-8"), "python -m tests.docs.reference writes it anew"


@pytest.mark.parametrize("document", PARTS)
def test_each_part_has_its_place_once(document: str) -> None:
    places = [part[2] for part in PART.finditer((DOCS / document).read_text("utf-8"))]
    assert sorted(places) == sorted(PARTS[document])


def test_every_command_and_every_verb_is_there() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    assert re.findall(r"^### acumat (\S+)$", text, re.MULTILINE) == list(COMMANDS)
    scenarios = (DOCS / "scenarios.md").read_text("utf-8")
    assert all(f"| `{do}` |" in scenarios for do in VERBS)


def test_the_example_is_a_scenario() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "scenarios.md").read_text("utf-8"), re.DOTALL)
    document = parse_toml(example, "example")
    scenario = parse_scenario("example", document.data, file=document)
    assert [round(at_s) for at_s, _ in scenario.story] == [20, 60, 100, 150, 240]
