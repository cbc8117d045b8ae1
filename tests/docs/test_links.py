"""Every relative link of every document leads to a file, and to a heading where it names one."""

from __future__ import annotations

import re
import subprocess
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


def test_an_installed_document_links_only_to_what_is_installed() -> None:
    printed = subprocess.run(
        ["make", "-s", "--eval", "print:; @echo $(DOCUMENTS)", "print"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    installed = {ROOT / name for name in printed.stdout.split()}
    outside = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in installed
        if path.suffix == ".md"
        for link in links(path.read_text("utf-8"))
        if not link.startswith("https://")
        and (target := (path.parent / link.partition("#")[0]).resolve()) not in installed
        and target.is_file()
    ]
    assert not outside


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(document: Path) -> None:
    named = re.findall(r"`((?:daemon|hw|sim|tests|docs|systemd)/[\w/.-]+)`", document.read_text("utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_links_in_code_do_not_count_and_anchors_are_those_of_a_forge() -> None:
    code = "\n\n    [no](none.md)\n\n```\n[no](none.md)\n# no\n```\n"
    text = f'# One: two, `three`!{code}[yes](a.md#b) ![picture](b.png) <img src="c.png" height="9">\n'
    assert links(text) == ["a.md#b", "b.png", "c.png"]
    assert anchors(text) == {"one-two-three"}
