"""Writes the generated parts of the documents: `make docs`. A test fails where one of them is not fresh.

A part lies between `<!-- generated: NAME -->` and `<!-- end -->`; all else in a document is written by hand.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

from acumat.cli.main import main as acumat
from tests.docs import (
    card_words,
    commands_table,
    companion_states,
    costs,
    dashboards,
    draw_architecture,
    draw_hardware,
    evidence_table,
    feed_schema,
    figure_lines,
    figures,
    fleet_table,
    home_assistant_table,
    parameters_table,
    reference,
)

ROOT = Path(__file__).parents[2]
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def output(*arguments: str) -> Callable[[], str]:
    """What a command prints, as a block of text under its own line."""

    def run() -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = acumat(arguments)
        if code != 0:
            raise RuntimeError(f"acumat {' '.join(arguments)} ended with {code}")
        return "\n".join(["```text", f"$ .venv/bin/acumat {' '.join(arguments)}", printed.getvalue().rstrip(), "```"])

    return run


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {
        "simulate": output("simulate", "one-session"),
        "replay": output("replay", "tests/data/bed_whisper.csv.gz"),
        "short-figures": figures.short,
    },
    "docs/architecture.md": {
        "layers": draw_architecture.layers,
        "wings": draw_architecture.wings,
        "rules": draw_architecture.rules,
        "visit-diagram": draw_architecture.visit_diagram,
        "visit-table": draw_architecture.visit_table,
    },
    "docs/commands.md": reference.COMMANDS,
    "docs/scenarios.md": reference.SCENARIOS,
    "docs/detection.md": {"evidence": evidence_table.evidence, "parameters": parameters_table.main_parameters},
    "docs/figures.md": {
        "strangers": figures.strangers,
        "families": figures.families,
        "people": lambda: figures.by_layout(figure_lines.PEOPLE),
        "things": figures.things,
        "calibration": lambda: figures.by_layout(figure_lines.CALIBRATION),
        "finer": lambda: figures.by_layout(figure_lines.FINER),
        "cost": costs.cost,
        "memory": costs.memory,
        "matrix": costs.matrix,
        "software": costs.software,
        "slow-pi": costs.slow_pi,
        "reader": costs.reader,
        "runs": figures.runs,
    },
    "docs/field-test.md": {"field-test": reference.field_test},
    "docs/fleet.md": {"losses": fleet_table.losses, "costs": fleet_table.costs},
    "docs/measurements/home-assistant.md": {"lying": home_assistant_table.lying},
    "docs/mqtt.md": {"commands": commands_table.table},
}


def fresh(document: str) -> str:
    """The document with its parts made anew. Raises KeyError for a part that nobody makes."""
    text = (ROOT / document).read_text("utf-8")
    return PART.sub(lambda part: f"{part[1]}{PARTS[document][part[2]]()}\n{part[3]}", text)


def main() -> None:
    draw_hardware.write()
    commands_table.write()
    companion_states.write()
    feed_schema.write()
    card_words.write()
    dashboards.write()
    for document in PARTS:
        (ROOT / document).write_text(fresh(document), encoding="utf-8")


if __name__ == "__main__":
    main()
