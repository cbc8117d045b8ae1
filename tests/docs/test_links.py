"""Every relative link of every document leads to a file, and to a heading where it names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import anchors, links

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for link in links(document.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        if link.startswith(("https://", "http://")):
            continue
        path = (document.parent / target).resolve() if target else document
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(link)
    assert not broken


def test_the_index_names_every_document() -> None:
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / link).resolve() for link in links(index.read_text("utf-8"))}
    documents = {path for path in (ROOT / "docs").iterdir() if path.suffix in (".md", ".toml", ".yaml") and path != index}
    assert documents <= named


def test_links_in_code_do_not_count_and_anchors_are_those_of_a_forge() -> None:
    text = "# One: two, `three`!\n\n    [no](none.md)\n\n```\n[no](none.md)\n# no\n```\n[yes](a.md#b) ![picture](b.png)\n"
    assert links(text) == ["a.md#b", "b.png"]
    assert anchors(text) == {"one-two-three"}
