"""What protects people here holds after a restore, wherever it was stored."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from acumat.coach.moment import Stamp
from acumat.coach.safety import STOPS_KEPT, PersonSafety, Safety
from acumat.coach.screening import QUESTIONS, Answer, Screening
from acumat.coach.serialisation import DOCUMENT, to_text
from acumat.coach.state import CoachState
from tests.backup.mats import Mat, mat, now, with_state_of
from tests.history.stores import opened


def stop() -> Stamp:
    """A symptom just now."""
    return Stamp.at(now())


def in_history(of: Mat, safety: Safety) -> None:
    store = opened(of.state / "acumat.db")
    store.save_document(DOCUMENT, to_text(replace(CoachState(), safety=safety), stop()))
    store.close()


def test_a_symptom_since_the_backup_and_an_earlier_cap_stay(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat", extra="[routine]\ncap_min = 60\n")
    of.add_session(1)
    of.protect(Safety(revision=5))
    of.back_up(tmp_path / "b")
    of.config_path.write_text(of.config_path.read_text().replace("cap_min = 60", "cap_min = 30"))
    symptom = stop()
    of.protect(Safety(revision=2, stops=(symptom,)))
    of.restore(tmp_path / "b")
    assert of.config.routine.cap_min == 60
    after = of.safety()
    assert after.stops == (symptom,)
    assert after.cap_min == 30
    assert after.revision > 5, "newer than what the restored history says"


def test_where_the_safety_file_is_lost_the_histories_say_it(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    in_history(of, Safety(revision=3, professional=True))
    of.back_up(tmp_path / "b")
    (of.state / "acumat.db").unlink()
    symptom = stop()
    in_history(of, Safety(revision=1, stops=(symptom,)))
    of.restore(tmp_path / "b")
    after = of.safety()
    assert after.professional, "of the backup's history"
    assert after.stops == (symptom,), "of the history here"


def test_a_configuration_here_that_cannot_be_read_hides_nothing(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    symptom = stop()
    of.protect(Safety(revision=1, stops=(symptom,)))
    of.config_path.write_text("[broken")
    of.restore(tmp_path / "b")
    assert of.safety().stops == (symptom,)


def test_a_symptom_whose_time_nobody_knows_is_not_the_one_that_is_left_out(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.protect(Safety(revision=1, stops=tuple(replace(stop(), boot=f"boot {number}") for number in range(STOPS_KEPT))))
    of.back_up(tmp_path / "b")
    symptom = Stamp(wall_s=3600.0, mono_s=50.0, boot="before the clock was set", known=False)
    of.protect(Safety(revision=2, stops=(symptom,)))
    of.restore(tmp_path / "b")
    assert symptom in of.safety().stops


def test_an_earlier_cap_written_before_the_first_start_stays(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat", extra="[routine]\ncap_min = 60\n")
    of.protect(Safety(revision=1))
    of.back_up(tmp_path / "b")
    of.config_path.write_text(of.config_path.read_text().replace("cap_min = 60", "cap_min = 30"))
    for each in of.state.iterdir():
        each.unlink()
    of.restore(tmp_path / "b")
    assert of.safety().cap_min == 30


def answered(word: str, at: Stamp) -> Screening:
    return Screening(dict.fromkeys(QUESTIONS, Answer.NO) | {"heart": Answer(word)}, at)


def test_the_answers_of_another_person_of_the_same_number_are_nobodys(tmp_path: Path) -> None:
    """A number that is free again is given to the next who comes."""
    of = mat(tmp_path / "mat")
    earlier = replace(stop(), mono_s=stop().mono_s - 100)
    ann = PersonSafety(screening=answered("yes", earlier))
    with_person(of, "Ann", 1e9)
    of.protect(Safety(revision=1, person=1, others={2: ann}))
    of.back_up(tmp_path / "b")
    with_person(of, "Bob", 1.1e9)
    of.protect(Safety(revision=2, person=1, others={2: PersonSafety(screening=answered("no", stop()))}))
    of.restore(tmp_path / "b")
    assert of.safety().others[2].screening.concern(now()) == "advice", "Bob's answers are not Ann's"


def with_person(of: Mat, name: str, since_s: float) -> None:
    with closing(opened(of.state / "acumat.db")) as store, store.transaction() as db:
        db.execute("INSERT OR REPLACE INTO person VALUES (2, ?, ?)", (name, since_s))


def test_the_backup_of_another_mat_brings_its_own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, of = mat(tmp_path / "other", "attic"), mat(tmp_path / "mat")
    other.protect(Safety(revision=1, screening=answered("yes", replace(stop(), mono_s=stop().mono_s - 100))))
    other.back_up(tmp_path / "b")
    symptom = stop()
    of.protect(Safety(revision=2, screening=answered("no", stop()), stops=(symptom,)))
    monkeypatch.setattr("acumat.backup.restore.load_config", with_state_of(of))
    of.restore(tmp_path / "b")
    assert of.safety().screening.concern(now()) == "advice"
    assert of.safety().stops == (symptom,)


@pytest.mark.parametrize("word", ["no", "yes"])
def test_a_yes_of_somebody_whom_the_backup_does_not_know_asks_again(tmp_path: Path, word: str) -> None:
    of = mat(tmp_path / "mat")
    of.protect(Safety(revision=1, screening=answered("no", stop())))
    of.back_up(tmp_path / "b")
    of.protect(Safety(revision=2, person=1, others={2: PersonSafety(screening=answered(word, stop()))}))
    of.restore(tmp_path / "b")
    assert of.safety().screening.concern(now()) == (None if word == "no" else "unanswered")
    assert "yes" not in (of.state / "safety.slots").read_text().rpartition("acumat-safety")[2]
