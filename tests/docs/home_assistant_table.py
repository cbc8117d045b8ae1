"""The table of what was done to people who lay there, made from docs/home-assistant.json alone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.docs.costs import conditions
from tests.docs.markdown import table

FILE = Path(__file__).parents[2] / "docs" / "home-assistant.json"


def lying() -> str:
    """By Home Assistant and kind of disturbance; wrong is counted over all of a run."""
    if not FILE.exists():
        return "Not measured with several mats yet."
    whole = json.loads(FILE.read_text("utf-8"))
    parts = []
    for name, run in whole.items():
        found = run["figures"]
        rows = [(kind, str(count)) for kind, count in sorted(found["done"].items())]
        rows += [("all", str(sum(found["done"].values()))), ("**wrong actions**", f"**{found['wrong']}**")]
        words = f"{found['mats']} mats, {found['stays']} stays on each, seed {found['seed']}, {found['minutes']} minutes"
        where = f"Home Assistant {name.removeprefix('lying ')}: {words}; {conditions(run)}."
        parts.append(f"{where}\n\n{table(('disturbance', 'with somebody lying there'), rows)}")
    return "\n\n".join(parts)
