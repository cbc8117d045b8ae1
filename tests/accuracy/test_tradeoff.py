"""The curve of lost people against things taken for people."""

from __future__ import annotations

from acumat.detect.presence import evidence
from tests.accuracy.corpora import GATE
from tests.accuracy.tradeoff import THRESHOLDS, most_nats, points


def test_a_higher_threshold_loses_more_people_and_takes_fewer_things() -> None:
    found = points([0.7, 3.0, 20.0, 20.0], [0.0, 1.2, 2.2, 9.0])
    assert found[0] == (0.0, 75.0, "0.5")
    assert found[1] == (25.0, 75.0, "1")
    assert found[-1] == (50.0, 0.0, f"{THRESHOLDS[-1]:g}")
    assert [lost for lost, _, _ in found] == sorted(lost for lost, _, _ in found)
    assert [taken for _, taken, _ in found] == sorted((taken for _, taken, _ in found), reverse=True)
    assert len({point[:2] for point in found}) == len(found)


def test_evidence_goes_on_where_a_person_would_have_been_confirmed_and_a_box_gives_none() -> None:
    limit = evidence.CONFIRM_NATS
    assert most_nats(("ordinary", GATE + 600, "4x2")) > limit
    assert most_nats(("box", GATE + 600, "4x2")) < limit
    assert limit == evidence.CONFIRM_NATS
