"""Markdown as the documents are written in: tables to write, links and headings to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LINK = re.compile(r"(?:(?<!`)\]\(|<img src=\")([^)\"\s]+)[)\"]")
HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
CODE = re.compile(r"^(?:```.*?^```|    [^\n]*)$", re.MULTILINE | re.DOTALL)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table with a line for each of `lines`."""
    rule = "|" + "---|" * len(head)
    return "\n".join([_line(head), rule, *(_line(each) for each in lines)])


def links(text: str) -> list[str]:
    """Where the links and pictures of a document lead, those in code left out."""
    return LINK.findall(CODE.sub("", text))


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a document get: lower case, without punctuation, dashes for spaces."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(CODE.sub("", text))}


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in cells) + " |"
