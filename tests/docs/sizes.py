"""How large functions, classes and files are, and how many lambdas are handed on: `python -m tests.docs.sizes [folder ...]`.

Lines are those that hold code: no blank ones, no comments, no docstrings. A lambda that is handed on is an argument of a call
or a default of a parameter, but no key to sort by: what it names is looked up when it is called, and no import shows it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PRODUCT = ("daemon/acumat", "hw/acumat_hw", "sim/acumat_sim")
NAMED = 3
"""So many of the largest are named."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Sizes:
    """Lines by name, and the lambdas' places."""

    functions: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    methods: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    lambdas: list[str] = field(default_factory=list)


def measure(folders: Iterable[Path]) -> Sizes:
    """All Python files below these folders."""
    sizes = Sizes()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            _add(sizes, path, f"{path.relative_to(folder.parent)}")
    return sizes


def code_lines(text: str, tree: ast.AST) -> frozenset[int]:
    """The numbers of the lines that hold code."""
    silent = {n for node in ast.walk(tree) for n in _docstring(node)}
    lines = enumerate(text.splitlines(), start=1)
    return frozenset(n for n, line in lines if line.strip() and not line.lstrip().startswith("#") and n not in silent)


def handed_on(tree: ast.AST) -> Iterator[ast.Lambda]:
    """Lambdas that are arguments of a call (those to sort by apart) or defaults of a parameter."""
    for node in ast.walk(tree):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            given = [*node.args, *(each.value for each in node.keywords if each.arg != "key")]
        elif isinstance(node, ast.arguments):
            given = [*node.defaults, *node.kw_defaults]
        yield from (each for each in given if isinstance(each, ast.Lambda))


def quantiles(values: Iterable[int]) -> tuple[int, int, int]:
    """Median, 90th percentile and largest; zeros for nothing."""
    found = sorted(values) or [0]
    return found[(len(found) - 1) // 2], found[(len(found) - 1) * 9 // 10], found[-1]


def _add(sizes: Sizes, path: Path, name: str) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines = code_lines(text, tree)
    sizes.files[name] = len(lines)
    for node in ast.walk(tree):
        if not isinstance(node, Function | ast.ClassDef):
            continue
        where = f"{name}:{node.lineno} {node.name}"
        size = len(lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
        if isinstance(node, Function):
            sizes.functions[where] = size
            continue
        sizes.classes[where] = size
        sizes.methods[where] = sum(isinstance(each, Function) for each in node.body)
        sizes.attributes[where] = len(set(_attributes(node)))
    sizes.lambdas += [f"{name}:{each.lineno}" for each in handed_on(tree)]


def _docstring(node: ast.AST) -> range:
    """Lines of texts that stand alone: docstrings, also those of attributes."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return range(value.lineno, (value.end_lineno or value.lineno) + 1)
    return range(0)


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    """Names that are set on `self`, and those of fields."""
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and ast.unparse(inner.value) == "self":
            yield inner.attr


def main(folders: list[str]) -> None:
    """Print a table, and the largest of each."""
    sizes = measure(Path(folder) for folder in folders or PRODUCT)
    print(f"{'':22}{'n':>6}{'p50':>6}{'p90':>6}{'max':>6}")
    for what in ("functions", "classes", "methods", "attributes", "files"):
        found: dict[str, int] = getattr(sizes, what)
        title = {"methods": "methods of a class", "attributes": "attributes of a class"}.get(what, f"lines of {what}")
        print(f"{title:22}{len(found):6}" + "".join(f"{each:6}" for each in quantiles(found.values())))
        for name, size in sorted(found.items(), key=lambda each: -each[1])[:NAMED]:
            print(f"    {size:6} {name}")
    print(f"{'lambdas handed on':22}{len(sizes.lambdas):6}")


if __name__ == "__main__":
    main(sys.argv[1:])
