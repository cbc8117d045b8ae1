"""A verdict is a table that can be read again, and names what is worse."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.fieldtest import verdict
from acumat.fieldtest.judge import Finding, Outcome
from acumat.fieldtest.marks import Mark
from acumat.fieldtest.numbers import Number
from acumat.fieldtest.script import SCRIPT
from acumat_hw.errors import InputError

NUMBERS = [Number("noise", "bag", 0.01234, "%"), Number("creep", "bag", None, "%")]


def findings(*outcomes: Outcome) -> list[Finding]:
    return [
        Finding(Mark(position, 60.0, 90.0), "contact", 1.26, outcome)
        for position, outcome in zip(SCRIPT, outcomes, strict=False)
    ]


def test_it_lies_beside_the_recording_and_gives_each_outcome_again(tmp_path: Path) -> None:
    recording = tmp_path / "field.csv.gz"
    made = findings(Outcome.PASS, Outcome.FAIL, Outcome.NO_ANSWER)
    path = verdict.write(recording, made, NUMBERS)
    assert path == tmp_path / "field.verdict.md"
    assert "| empty | 1:00 | an empty mat at the end, no session | contact | 1.3 | pass |" in path.read_text()
    assert "3 positions: 1 pass, 1 FAIL, 1 no answer." in path.read_text()
    assert "| noise | bag | 0.0123 | % |" in path.read_text()
    assert "| creep | bag |  | % |" in path.read_text()
    assert list(verdict.written(recording).values()) == [Outcome.PASS, Outcome.FAIL, Outcome.NO_ANSWER]
    verdict.write(recording, findings(Outcome.FAIL), [])
    assert list(verdict.written(recording).values()) == [Outcome.FAIL]


def test_another_file_of_that_name_stays(tmp_path: Path) -> None:
    (tmp_path / "field.verdict.md").write_text("my own words")
    with pytest.raises(InputError, match="is no verdict"):
        verdict.write(tmp_path / "field.csv", findings(Outcome.PASS), [])
    assert (tmp_path / "field.verdict.md").read_text() == "my own words"


def test_nothing_is_worse_than_no_verdict(tmp_path: Path) -> None:
    assert verdict.written(tmp_path / "field.csv") == {}
    assert verdict.worse(findings(Outcome.FAIL), {}) == []


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        (Outcome.PASS, Outcome.PASS, False),
        (Outcome.PASS, Outcome.FAIL, True),
        (Outcome.PASS, Outcome.NO_ANSWER, True),
        (Outcome.NO_ANSWER, Outcome.FAIL, False),
        (Outcome.FAIL, Outcome.FAIL, False),
    ],
)
def test_worse_is_what_was_as_expected_and_is_not_now(before: Outcome, now: Outcome, worse: bool) -> None:
    assert bool(verdict.worse(findings(now), {SCRIPT[0].name: before})) is worse
