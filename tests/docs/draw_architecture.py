"""The generated parts of docs/architecture.md: layers and rules from the import contracts, state machines from their tables."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acumat.detect.presence import machine
from tests.docs.markdown import table

ROOT = Path(__file__).parents[2]
SOURCES = {"acumat": ROOT / "daemon", "acumat_hw": ROOT / "hw", "acumat_sim": ROOT / "sim"}


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: in `state`, on `edge`, if `guard` holds, to `following`, and the events that it emits."""

    state: str
    edge: str
    guard: str
    following: str
    emitted: tuple[str, ...] = ()


def contracts() -> list[dict[str, Any]]:
    """The import contracts of pyproject.toml, in their order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


def layers() -> str:
    """The daemon's layers as a diagram, and what each package does."""
    floors = [[f"acumat.{name}" for name in _modules(each)] for each in contracts()[0]["layers"]] + [["acumat_hw"]]
    lines = ["```mermaid", "flowchart TB"]
    lines += [f'  L{number}["{" · ".join(_short(name) for name in names)}"]' for number, names in enumerate(floors)]
    lines += [f"  L{number} --> L{number + 1}" for number in range(len(floors) - 1)]
    described = ((f"`{_short(name)}`", _docstring(name)) for names in floors for name in names)
    return "\n".join([*lines, "```", "", table(("package or module", "what it does"), described)])


def wings() -> str:
    """Every other contract of layers: from the top, each line may use what is below it."""
    parts = []
    for contract in contracts()[1:]:
        if contract["type"] != "layers":
            continue
        inside = contract.get("containers", [""])[0]
        parts.append(f"**{contract['name'].capitalize()}**" + (f" (`{_short(inside)}`)" if inside else "") + "\n")
        parts += [" · ".join(f"`{_short(name)}`" for name in _modules(line)) + "  " for line in contract["layers"]]
        parts.append("")
    return "\n".join(parts).rstrip()


def rules() -> str:
    """The contracts that forbid something, by name."""
    return "\n".join(f"- {each['name'].capitalize()}." for each in contracts() if each["type"] != "layers")


RARE = frozenset({machine.Cue.TAKEN_UP, machine.Cue.LOST, machine.Cue.STOPPED, machine.Cue.SUSPENDED})
"""Possible in nearly every state: in the table alone, or nobody could read the diagram."""


def visit_diagram() -> str:
    """The states of a visit, without what may happen in nearly every one of them."""
    return state_diagram(_visit(), RARE)


def visit_table() -> str:
    """The whole table, and what its words mean."""
    words = ((f"`{word}`", text) for word, text in (*machine.STATES.items(), *machine.CUES.items(), *machine.GUARDS.items()))
    return f"{state_table(_visit())}\n\n{table(('state, cue or guard', 'what it is'), words)}"


def _visit() -> list[Row]:
    return [
        Row(each.state, each.cue, each.transition.guard or "", each.transition.next, each.transition.emits)
        for each in machine.rows()
    ]


def state_diagram(rows: Iterable[Row], left_out: Collection[str] = ()) -> str:
    """A table of transitions as a diagram, with one arrow for each pair of states. Edges `left_out` are in the table alone."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.edge not in left_out:
            guard = f" [{row.guard}]" if row.guard else ""
            emitted = f" / {', '.join(row.emitted)}" if row.emitted else ""
            arrows.setdefault((row.state, row.following), []).append(f"{row.edge}{guard}{emitted}")
    drawn = [f"  {state} --> {following}: {'<br/>'.join(edges)}" for (state, following), edges in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *drawn, "```"])


def state_table(rows: Iterable[Row]) -> str:
    """The same to read."""
    cells = ((row.state, row.edge, row.guard, row.following, ", ".join(f"`{each}`" for each in row.emitted)) for row in rows)
    return table(("state", "edge", "if", "next", "emits"), cells)


def _modules(layer: str | list[str]) -> list[str]:
    return [each.strip() for each in layer.split("|")] if isinstance(layer, str) else list(layer)


def _short(name: str) -> str:
    return name.removeprefix("acumat.")


def _docstring(name: str) -> str:
    """The first line of a module's docstring."""
    path = SOURCES[name.partition(".")[0]].joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").splitlines()[0]
