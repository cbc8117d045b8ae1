"""Real stays in bed, on one strip and on pads cut out of a pressure map; labels were set by hand by those who recorded them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acumat.contract.documents import STATE_KEYS
from acumat.detect.parameters import Parameters
from acumat.replay import replay
from acumat_hw.recording import open_recording

DATA = Path(__file__).parents[1] / "data"


def lines(name: str) -> list[str]:
    return list(replay(open_recording(DATA / f"{name}.csv.gz"), Parameters()))


@pytest.mark.parametrize(
    ("name", "first_contact_s", "settled_s", "leaving_s", "empty_s"),
    [("bed_a", 6.5, 10.5, 310.5, 314.5), ("bed_whisper", 7.8, 9.5, 172.8, 175.0)],
)
def test_a_real_stay_is_one_stay_with_its_edges(
    name: str, first_contact_s: float, settled_s: float, leaving_s: float, empty_s: float
) -> None:
    documents = [json.loads(line) for line in lines(name)]
    lying = [each for each in documents if each.get("event_type") == "lying_started"]
    left = [each for each in documents if each.get("event_type") == "got_up"]
    assert len(lying) == len(left) == 1
    assert first_contact_s - 1 <= lying[0]["edge_t_s"] <= settled_s + 1
    assert leaving_s - 1 <= left[0]["edge_t_s"] <= empty_s + 1
    assert documents[-1]["presence"] == "empty"
    assert not [each for each in documents if each.get("event_type") == "lying_withdrawn"]


def test_a_real_body_on_eight_pads_is_one_stay_that_has_not_ended() -> None:
    documents = [json.loads(line) for line in lines("popu_4x2")]
    types = [each["event_type"] for each in documents if "event_type" in each]
    assert types.count("lying_started") == types.count("session_started") == 1
    assert not {"got_up", "lying_withdrawn", "session_ended"} & set(types)
    (began,) = [each for each in documents if each.get("event_type") == "session_started"]
    assert 105 - 1 <= began["edge_t_s"] <= 111 + 1
    assert documents[-1]["presence"] == "lying"
    assert all(each["presence"] == "empty" for each in documents if each["kind"] == "state" and 6 < each["t_s"] < 104)


def test_a_replay_gives_one_whole_state_each_second_and_the_same_bytes_again() -> None:
    output = lines("bed_whisper")
    states = [document for line in output if (document := json.loads(line))["kind"] == "state"]
    assert [int(state["t_s"]) for state in states] == list(range(len(states)))
    assert len(states) == 181
    assert all(tuple(state)[2:] == STATE_KEYS for state in states)
    assert output == lines("bed_whisper")
