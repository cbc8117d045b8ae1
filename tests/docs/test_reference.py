"""The documents of commands and scenarios say what the code says, and their example works."""

from __future__ import annotations

import re

from acumat.cli.main import COMMANDS
from acumat_hw.toml_file import parse_toml
from acumat_sim.scenario import parse_scenario
from acumat_sim.vocabulary import VERBS
from tests.docs.generate import ROOT

DOCS = ROOT / "docs"


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
