"""The short form over strangers' families: a few of each, which no change may make worse; and how a trial is judged.

Seeds are the gate's own, so that the published people, pets and things stay unseen.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acumat_sim.scenario import Interval
from acumat_sim.strangers import FAMILIES
from tests.accuracy.corpora import GATE
from tests.accuracy.document import FAMILY
from tests.accuracy.measures import MEASURES
from tests.accuracy.stranger_measures import ASKED, WORDS, other_rows, people_rows, wrong
from tests.accuracy.stranger_trials import Session, StrangerTrial, merged, trial

COMMITTED = Path(__file__).with_name("short_strangers.json")
AGAIN = "python -m tests.accuracy.short strangers"
OF_EACH = 3
LAYOUT_OF = {
    "ordinary": "4x4",
    "still": "4x2",
    "weak_breath": "4x3",
    "heavy_hips": "4x2",
    "sits_then_lies": "4x2",
    "loose_contact": "3x1",
    "standing": "4x2",
    "sitting": "4x2",
    "cat": "2x2",
    "box_12bit": "4x2",
}
"""What takes a minute in all; `make accuracy` has every family on every layout."""
CASES = tuple(LAYOUT_OF)


def count(family: str) -> int:
    """How many of the family are judged wrong; seeds are fixed, so that the same code gives the same number."""
    return sum(wrong(trial((family, GATE + 500 + index, LAYOUT_OF[family]))) for index in range(OF_EACH))


@pytest.mark.parametrize("family", CASES)
def test_no_family_falls_back_behind_the_committed_count(family: str) -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert set(committed) == set(CASES), f"run {AGAIN}"
    assert count(family) <= committed[family], f"if this is meant, run {AGAIN} and commit the table"


def test_every_family_has_a_measure_and_what_is_asked_of_it() -> None:
    assert ASKED.keys() == WORDS.keys() == FAMILIES.keys() - {"real_breath"}
    assert {FAMILY + name for name in ASKED} <= MEASURES.keys()


def made(family: str, stays: int, *sessions: Session, **rest: object) -> StrangerTrial:
    result = StrangerTrial(family, 1, "4x2", 0.1, stays=stays, sessions=sessions)
    for name, value in rest.items():
        setattr(result, name, value)
    return result


OWN, GUEST = Session(30.0, 300.0, guest=False), Session(30.0, 300.0, guest=True)


@pytest.mark.parametrize(
    ("each", "judged_wrong"),
    [
        (made("still", 1, OWN, found=1), False),
        (made("still", 1, found=0), True),
        (made("still", 1, OWN, OWN, found=1), True),
        (made("still", 1, OWN, found=1, false_ends=1), True),
        (made("still", 1, GUEST, found=1), True),
        (made("owner_then_dog", 1, OWN, found=1, end_errors_s=[60.0]), True),
        (made("owner_then_dog", 1, OWN, GUEST, found=1, end_errors_s=[0.3]), False),
        (made("dog", 0, GUEST), False),
        (made("dog", 0, OWN), True),
        (made("box", 0), False),
        (made("box", 0, OWN), True),
    ],
)
def test_a_trial_is_judged_by_what_the_owner_finds_in_the_record(each: StrangerTrial, judged_wrong: bool) -> None:
    assert wrong(each) is judged_wrong


def test_rows_count_what_was_lost_and_what_was_taken_for_a_person() -> None:
    people = [made("still", 1, OWN, found=1, confirmed_s=[20.0]), made("still", 1, withdrawn=2)]
    rows = {row.name: row.figure for row in people_rows("still", "4x2", people, "1-2")}
    assert rows["people dead still: not found"] == rows["people dead still: withdrawn for a time"] == 50.0
    assert rows["people dead still: confirmed, p95"] == 20.0
    dogs = [made("dog", 0, GUEST), made("dog", 0, OWN), made("dog", 0), made("dog", 0)]
    rows = {row.name: row.figure for row in other_rows("dog", "4x2", dogs, "1-4")}
    assert rows["dogs of 20 to 35 kg: taken for a person"] == 50.0
    assert rows["dogs of 20 to 35 kg: in the owner's record"] == 1.0
    assert rows["dogs of 20 to 35 kg: hours of such sessions"] == pytest.approx(540 / 3600)


def test_a_lift_of_up_to_twenty_seconds_belongs_to_the_stay() -> None:
    lyings = [Interval(10, 50), Interval(70, 90), Interval(111, 120)]
    assert list(merged(lyings)) == [Interval(10, 90), Interval(111, 120)]
    assert list(merged([])) == []
