"""The readable month: made from the rules, and the document is the one that the command prints."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

from acumat.cli.main import main
from acumat.coach import first_month

DOCUMENT = Path(__file__).parents[2] / "docs" / "first-month.md"


def test_the_document_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["programme", "month"]) == 0
    assert capsys.readouterr().out == DOCUMENT.read_text("utf-8"), "run: acumat programme month > docs/first-month.md"


def test_the_month_shows_what_a_beginner_meets() -> None:
    text = DOCUMENT.read_text("utf-8")
    for expected in ("| 1 | 20:00 | 10 min, shirt |", "comfortable", "pause of over a week", "day of rest", "second session"):
        assert expected in text
    planned = [
        int(cell.split(" min")[0])
        for row in text.splitlines()
        if (cell := (row.split("|") + [""] * 4)[3].strip())[:1].isdigit()
    ]
    assert planned[:3] == [10, 10, 10]
    assert max(abs(b - a) for a, b in itertools.pairwise(planned)) <= 4
    assert planned[-1] == 10


@pytest.mark.parametrize("path", sorted(Path(first_month.__file__).parent.glob("*.py")), ids=lambda path: str(path.stem))
def test_no_rule_asks_what_time_it_is(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {call.attr for call in calls if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)}
    assert not names & {"today", "utcnow"}
    assert not [call for call in calls if ast.unparse(call) in ("datetime.now", "datetime.datetime.now", "date.today")]
