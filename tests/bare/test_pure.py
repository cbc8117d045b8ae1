"""The tests that need nothing big are collected without what only the developers' extras bring."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = tuple(ROOT / name for name in (".", "daemon", "hw", "sim", "update"))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
(PURE,) = re.findall(r"^PURE = (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)


def names_of(*extras: str) -> set[str]:
    """The distributions that these extras name, other extras of acumat not among them."""
    named = (re.split(r"[<>=~!;\[ ]", each)[0].lower() for extra in extras for each in EXTRAS[extra])
    return {name for name in named if name != "acumat"}


ABSENT = names_of("demo", "fleet", "fleet-demo", "dev") - names_of("test", "web")
MODULES = {module for module, of in packages_distributions().items() if {name.lower() for name in of} <= ABSENT}


@cache
def file_of(module: str) -> Path | None:
    """Of a module of this repository."""
    below = Path(*module.split("."))
    candidates = (place / path for place in PLACES for path in (below.with_suffix(".py"), below / "__init__.py"))
    return next((path for path in candidates if path.is_file()), None)


@cache
def imported(path: Path) -> tuple[str, ...]:
    """What a file imports as soon as it is imported itself; the names of `from x import y` may be modules."""
    found: list[str] = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return tuple(found)


def reached(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """These files and all that come with them, each with what it imports."""
    seen, ahead = set(paths), list(paths)
    while ahead:
        each = ahead.pop()
        for module in imported(each):
            yield each, module
            for inner in map(file_of, packages_of(module)):
                if inner is not None and inner not in seen:
                    seen.add(inner)
                    ahead.append(inner)


@cache
def packages_of(module: str) -> tuple[str, ...]:
    """Those around it, the outermost first, and itself."""
    parts = module.split(".")
    return tuple(".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def files_in(folder: str) -> list[Path]:
    return sorted((ROOT / "tests" / folder).rglob("test_*.py"))


def needs(folder: str) -> set[str]:
    """What its tests import that only developers have."""
    return {f"{at.relative_to(ROOT)}: {each}" for at, each in reached(files_in(folder)) if packages_of(each)[0] in MODULES}


def starts_a_broker(folder: str) -> bool:
    return any(module == "tests.broker.Broker" for _, module in reached(files_in(folder)))


@pytest.mark.parametrize("folder", PURE.split())
def test_a_pure_folder_imports_nothing_that_only_developers_have(folder: str) -> None:
    assert {"websockets", "numpy", "yaml"} <= MODULES
    assert files_in(folder)
    assert not needs(folder)


def test_every_folder_that_needs_nothing_big_is_pure() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if files_in(path.name)}
    big = {folder for folder in folders if needs(folder) or starts_a_broker(folder)}
    folders_with_less = folders - big - {"bare"}  # this one looks for the developers' packages
    assert folders_with_less == set(PURE.split())
