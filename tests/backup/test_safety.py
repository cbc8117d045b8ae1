"""What protects people here holds after a restore, wherever it was stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from acumat.coach.moment import Stamp
from acumat.coach.safety import STOPS_KEPT, Safety
from acumat.coach.serialisation import DOCUMENT, to_text
from acumat.coach.state import CoachState
from tests.backup.mats import Mat, mat, now
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
