"""No text that a person may read promises what nobody can: strings of the package, documents, names of entities."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = (".md", ".toml", ".yaml", ".json", ".items", ".things")

BANNED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bcur(?:e|es|ed|ing|ative)\b",
        r"\bheal(?:s|ed|ing)?\b",
        r"\btreat(?:s|ed|ing|ments?)?\b",
        r"\btherap\w+",
        r"\bremed(?:y|ies)\b",
        r"\bdetox\w*|\btoxins?\b",
        r"no pain,? no gain",
        r"\bendorphins?\b|\boxytocin\b|\bserotonin\b|\bcortisol\b",
        r"\bclinically\b|\bscientifically\b|\bproven\b|\bevidence[- ]based\b",
        r"\bguarantee\w*|\bmiracle\w*|\bmagic\w*",
        r"\b(?:improves?|boosts?|increases?|stimulates?) (?:your |the )?(?:blood|circulation|immun\w+|metabolism|sleep|energy)",
        r"\b(?:relieves?|reduces?|removes?|fights?|lowers?|eases?) (?:your |the )?(?:pain|stress|anxiety|tension|blood)",
        r"\bburns? (?:fat|calories)|\blose weight|\bcellulite\b",
        r"\b(?:push|power|bite) through|\bhold out\b|\btough(?:er|en)?\b|\bharder\b|\bmore is better\b",
        r"\bstreaks?\b|\bhigh ?score\b|\bleader ?board\b|\bchallenges?\b|\bachievements?\b|\bbadges?\b|\bpersonal best\b",
        r"\bmust lie\b|\bdon't give up\b|\bdo not give up\b|\bkeep going\b|\bwell done\b|\bfailed you\b|\blazy\b",
        r"\bacupoints?\b|\bmeridians?\b|\bqi\b|\bchi\b",
    )
)
ALLOWED = (
    "claims no cure",
    "replaces no treatment",
)
"""Says what the mat is not."""


def test_nothing_that_is_reported_promises_or_pushes() -> None:
    found = [f"{place}: {hit}" for place, text in texts() for hit in hits(text)]
    assert not found, "\n".join(found)


def test_there_is_something_to_look_through() -> None:
    said = list(texts())
    assert len(said) > 2000
    assert any("Breathe slowly" in text for _, text in said)
    assert any("Still red" in text for _, text in said)


@pytest.mark.parametrize(
    "claim",
    [
        "This mat cures back pain.",
        "It heals you.",
        "Releases endorphins.",
        "No pain, no gain!",
        "Detox for the body",
        "A proven effect",
        "It improves circulation.",
        "Reduces stress",
        "A treatment for insomnia",
        "A streak of 7 days",
        "Keep going!",
    ],
)
def test_a_claim_would_be_found(claim: str) -> None:
    assert hits(claim)


def test_what_many_people_notice_may_be_reported() -> None:
    assert not hits("Many people notice calm after 10 to 20 minutes. It replaces no treatment.")


def hits(text: str) -> list[str]:
    for sentence in ALLOWED:
        text = text.replace(sentence, "")
    return [match[0] for pattern in BANNED for match in pattern.finditer(text)]


def texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "daemon" / "acumat").rglob("*.py")):
        for line, text in literals(path):
            yield f"{path.relative_to(ROOT)}:{line}", text
    documents = [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        *sorted(p for p in (ROOT / "docs").rglob("*") if p.suffix in TEXTS),
        ROOT / "daemon" / "acumat" / "words" / "en.json",
    ]
    for path in [*documents, *sorted((ROOT / "tests" / "mqtt" / "golden").iterdir())]:
        for line, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{line}", text


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a module that is not a docstring, those inside of f-strings included."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
