"""Why the mat thought what it did: sentences that carry the right numbers, of recordings and of the stored history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acumat.cli.explain import seconds_of, wall_of
from acumat.cli.main import main
from acumat.contract.documents import event_document, rfc3339
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord
from acumat.detect.parameters import Parameters
from acumat.explain.recording import moment_document, moment_of, moment_sentences
from acumat.history.explained import FOLDS, Past, past_sentences, past_state
from acumat.history.rows import SessionRow
from acumat.history.store import Store
from acumat_hw.errors import InputError
from acumat_hw.recording import open_recording
from tests.detect.harness import PipelineHarness

DATA = Path(__file__).parents[1] / "data"
WALL_S = 1_795_000_000.0


def text_at(name: str, at_s: float) -> str:
    return "\n".join(moment_sentences(moment_of(open_recording(DATA / f"{name}.csv.gz"), at_s, Parameters())))


def test_a_lying_is_explained_by_load_own_share_zones_and_sensors() -> None:
    text = text_at("popu_4x2", 200.0)
    assert "At 200.0 s the mat said lying, confirmed" in text
    assert "getting up is reported below 33 %" in text
    assert "neck " in text
    assert "30 % are needed" in text
    assert "Session replay-s1 was open since 1" in text
    assert text.count(" %, r") == 7  # eight sensors in one line


def test_while_it_is_not_confirmed_the_search_for_life_is_reported() -> None:
    text = text_at("popu_4x2", 114.0)
    assert "lying, not confirmed yet, sharp" in text
    assert "the evidence is +0.0 nats (none yet)" in text
    assert "From +4.6 on it is a person" in text
    assert "With -4.6 or less after 60 s at rest it is withdrawn" in text


def test_an_empty_mat_says_what_it_would_take() -> None:
    text = text_at("bed_whisper", 6.0)
    assert "the mat said empty" in text
    assert "from 5 % on" in text
    assert "No session was open." in text


def test_numbers_are_those_of_the_state_and_of_the_parameters() -> None:
    moment = moment_of(open_recording(DATA / "popu_4x2.csv.gz"), 200.0, Parameters())
    document = moment_document(moment)
    seen = document["seen"]
    assert seen["load_pct"] == pytest.approx(document["state"]["load"], abs=0.06)
    assert seen["lying_on_pct"] == Parameters().lying_on_pct
    assert sum(each["share_pct"] for each in seen["sensors"]) == pytest.approx(100, abs=0.01)
    assert sum(seen["spread"]["zones_pct"].values()) == pytest.approx(100, abs=0.01)
    assert 0.9 < seen["settled_share"]["value"] < 1.1
    assert len(document["events"]) == 5
    json.dumps(document, allow_nan=False)


def test_looking_changes_nothing_and_is_the_same_twice() -> None:
    drive = PipelineHarness()
    drive.empty(6)
    drive.person(20)
    before = drive.pipeline.state
    assert drive.pipeline.inspect() == drive.pipeline.inspect()
    assert drive.pipeline.state == before


def test_a_box_that_was_withdrawn_says_so() -> None:
    drive = PipelineHarness()
    drive.empty(6)
    drive.box(90)
    seen = drive.pipeline.inspect()
    assert not seen.lying
    assert seen.withdrawn_pct == pytest.approx(drive.pipeline.state.load, rel=0.1)


@pytest.mark.parametrize("at_s", [-1.0, 1e6])
def test_a_time_outside_the_recording_is_refused_with_its_end(at_s: float) -> None:
    with pytest.raises(InputError, match="give a time within it"):
        moment_of(open_recording(DATA / "bed_whisper.csv.gz"), at_s, Parameters())


@pytest.mark.parametrize(("text", "seconds"), [("312", 312.0), ("5:12", 312.0), ("0.5", 0.5)])
def test_a_recordings_time_is_seconds_or_minutes_and_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01 10:00"])
def test_a_wall_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="give a date and a time"):
        wall_of(text)


def test_a_wall_time_with_a_zone_is_that_moment() -> None:
    assert wall_of("2026-11-24T22:31:00+01:00") == wall_of("2026-11-24T21:31:00Z")


def test_every_folded_event_is_one_that_is_reported() -> None:
    assert set(FOLDS) <= {str(each) for each in EventType}


@pytest.mark.parametrize(
    ("types", "presence", "confirmed", "session"),
    [
        (["blind_ended"], None, None, False),
        (["lying_started", "lying_confirmed", "session_started", "blind_ended"], None, None, True),
        (["lying_started", "session_started", "blind_ended", "contact_started", "lying_started"], "lying", True, True),
        (["contact_started", "lying_started"], "lying", False, False),
        (["contact_started", "lying_started", "lying_confirmed", "session_started"], "lying", True, True),
        (["lying_started", "lying_withdrawn"], "contact", None, False),
        (["lying_started", "lying_confirmed", "session_started", "got_up", "lying_started"], "lying", True, True),
        (["lying_started", "session_started", "got_up", "contact_ended", "session_ended"], "empty", None, False),
        (["lying_started", "session_started", "blind_started"], "blind", None, True),
    ],
)
def test_events_fold_into_the_state_that_they_led_to(
    types: list[str], presence: str | None, confirmed: bool | None, session: bool
) -> None:
    state = past_state([{"event_type": each} for each in types])
    assert (state["presence"], state["confirmed"], state["session"]) == (presence, confirmed, session)


def past_line(*events: tuple[str, str]) -> str:
    reported = tuple({"event_type": event_type, "text": text, "at": "A"} for event_type, text in events)
    return past_sentences(Past("A", reported, None, None, inside=False))[0]


def test_the_mats_word_is_its_own_and_not_the_routines() -> None:
    lies = (("lying_started", "Load 66 %."), ("session_started", "The session began."))
    routine = (("cue_half", "Half of the time is over."), ("check_in", "Thank you, that is noted."))
    assert past_line(*lies, *routine) == "At A the mat said lying, confirmed. The session began."
    assert past_line(*routine) == "At A the history does not say whether anybody was there."


def test_readings_that_are_back_do_not_say_that_nobody_is_there() -> None:
    line = past_line(("lying_started", "Load 66 %."), ("session_started", "It began."), ("blind_ended", "Readings are there."))
    assert line == "At A the history does not say whether anybody was there. Readings are there."


@pytest.mark.parametrize(("lateral", "says"), [(-0.3, "was even;"), (0.0, "was even;"), (-1.2, "1 of 100 to the mat's left")])
def test_a_balance_of_nothing_has_no_side(lateral: float, says: str) -> None:
    moment = moment_of(open_recording(DATA / "popu_4x2.csv.gz"), 200.0, Parameters())
    lines = moment_sentences(replace(moment, seen=replace(moment.seen, lateral=lateral)))
    assert [line for line in lines if line.startswith("The balance") and says in line]


def entry(at_s: float, event_type: EventType, text: str, **numbers: Any) -> tuple[float, float, Mapping[str, Any]]:
    event = Event(event_type, at_s, "why", text, None, numbers)
    return WALL_S + at_s, at_s, event_document(event, lambda t_s: WALL_S + t_s)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nstate_dir = "{tmp_path}"\n')
    return path


def fill(store: Store) -> None:
    store.record(
        [
            entry(0, EventType.BLIND_ENDED, "Readings are there."),
            entry(10, EventType.CONTACT_STARTED, "Load rose.", load=12.25),
            entry(12, EventType.LYING_STARTED, "Spread as a body's.", load=71.0),
            entry(20, EventType.SENSOR_FAILED, "r1c1 does not answer.", sensor="r1c1"),
            entry(30, EventType.LYING_CONFIRMED, "It breathes.", swing_pct=0.31),
            entry(30, EventType.SESSION_STARTED, "The session began.", session_id="i-s1"),
        ]
    )
    done = SessionRecord("i-s1", 12.0, 612.0, 600.0, 0, "got_up", load=98.0, lateral=-4.0, head_foot=-0.3)
    store.record([entry(613, EventType.GOT_UP, "Load fell.", load=3.0)], SessionRow(1, done, WALL_S + 12, WALL_S + 612))


@pytest.mark.parametrize("running", [True, False])
def test_the_history_is_explained_with_and_without_a_daemon_that_has_it_open(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], running: bool
) -> None:
    store = Store(tmp_path / "acumat.db")
    store.open()
    fill(store)
    if not running:
        store.close()
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main(["explain", "--at", rfc3339(WALL_S + 40), "--config", str(config)]) == 0
    text = capsys.readouterr().out
    assert "said lying, confirmed. The session began." in text
    assert "It lies inside i-s1" in text
    assert "10.0 min, 10.0 of them on the mat" in text
    assert "mean load % 98, lateral -4, head-foot 0." in text
    assert "Sensor r1c1 had failed: r1c1 does not answer." in text
    assert "lying_confirmed [why] It breathes. (swing_pct 0.31)" in text
    assert "Next event:" in text
    assert "got_up" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    store.close()


def test_a_session_is_explained_by_its_id_or_number_and_as_json(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_store = Store(tmp_path / "acumat.db")
    with_store.open()
    fill(with_store)
    with_store.close()
    for name in ("i-s1", "1"):
        assert main(["explain", "--session", name, "--json", "--config", str(config)]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["session"]["session_id"] == "i-s1"
        assert document["session"]["session_s"] == 600.0
        assert document["following"]["event_type"] == "got_up"
    for name, shown in (("7", "7"), ("\udcff", r"\udcff")):  # the second: a byte that is no UTF-8
        assert main(["explain", "--session", name, "--config", str(config)]) == 65
        assert f"no session '{shown}' is stored" in capsys.readouterr().err


def test_before_everything_nothing_is_known(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "acumat.db")
    store.open()
    fill(store)
    store.close()
    assert main(["explain", "--at", rfc3339(WALL_S - 60), "--config", str(config)]) == 0
    assert "nothing is known of that moment" in capsys.readouterr().out


def test_without_a_history_the_message_says_what_to_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--at", "2026-11-24 22:31", "--config", str(config)]) == 69
    assert "there is no history yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [["explain"], ["explain", "x.csv.gz"], ["explain", "--at", "1", "--session", "2"], ["explain", "x.csv", "--session", "1"]],
)
def test_a_wrong_use_says_what_to_give(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 65
    assert "give" in capsys.readouterr().err
