"""Whatever lies there is in contact as well, however little of a load it is."""

from __future__ import annotations

import pytest

from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Loads
from tests.detect.harness import layout

P = Parameters()
LOADS = Loads(layout(), Learned.nothing(8), P)


def detected(pct: float, settled_pct: float, seconds: float = 3.0) -> tuple[PresenceDetector, list[Edges]]:
    """This load from an empty mat on, slower than a jump, under a person who is known to rest `settled_pct` when settled."""
    settled = SettledLoad(LOADS.shape.head_half, P)
    settled.carry_on((settled_pct / 100 * LOADS.default_us / 8,) * 8)
    detector, edges = PresenceDetector(P, settled), []
    for index in range(round(seconds * 10)):
        us = (pct / 100 * LOADS.default_us / 8,) * 8
        reading = Reading(index / 10, us, (False,) * 8, (False,) * 8, (0.1,) * 8)
        edges.append(detector.step(LOADS.of(reading, (0.0,) * 8)))
    return detector, edges


def test_most_of_a_very_light_person_is_lying_and_contact() -> None:
    detector, edges = detected((P.contact_on_pct + P.contact_off_pct) / 2, settled_pct=6.0)
    assert (detector.contact, detector.lying) == (True, True)
    contact_s = [each.contact_on_s for each in edges if each.contact_on_s is not None]
    lying_s = [each.lying_on_s for each in edges if each.lying_on_s is not None]
    assert (len(contact_s), len(lying_s)) == (1, 1)
    assert contact_s[0] <= lying_s[0]


@pytest.mark.parametrize("settled_pct", [3.0, 6.0])
def test_a_load_that_counts_as_gone_is_nobody(settled_pct: float) -> None:
    detector, edges = detected(P.contact_off_pct - 0.5, settled_pct=settled_pct, seconds=10.0)
    assert (detector.contact, detector.lying) == (False, False)
    assert set(edges) == {Edges()}
