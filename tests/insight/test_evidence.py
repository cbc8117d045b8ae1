"""What is known of such mats: the document is the command's, each study has its numbers, no caution is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acumat.cli.main import main
from acumat.coach.screening import QUESTIONS
from acumat.insight.evidence import ASK_FIRST, MYTHS, NOT_THERE, STUDIES, Study

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"
WORDS = {
    "wounds": "open wounds",
    "bleeding": "clotting disorder",
    "circulation": "circulation",
    "sensation": "sense of touch",
    "skin": "sensitive skin",
    "pregnancy": "pregnancy",
    "condition": "other condition",
    "anticoagulants": "thins the blood",
    "corticoids": "corticoids",
    "spine": "spinal surgery",
    "heart": "heart disease",
}


def test_the_document_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["about", "--all"]) == 0
    assert capsys.readouterr().out == DOCUMENT.read_text("utf-8"), "run: acumat about --all > docs/evidence.md"


def test_the_short_form_fits_a_terminal_and_says_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["about"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 100
    flat = " ".join(said.split())
    assert all(text in flat for text in (*MYTHS, *MYTHS.values(), NOT_THERE, *ASK_FIRST))


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.citation.split(",")[0])
def test_each_study_has_its_year_and_its_number_of_people(study: Study) -> None:
    assert re.search(r"\b20\d\d\b", study.citation)
    assert re.search(r"\b\d+ (?:healthy )?(?:people|students)", study.people)
    assert study.design
    assert study.side_effects


def test_everything_that_the_screening_asks_is_named() -> None:
    assert WORDS.keys() == QUESTIONS.keys()
    text = " ".join((NOT_THERE, *ASK_FIRST))
    assert [name for name, words in WORDS.items() if words not in text] == []
