"""Which requests are refused as too many: by origin and by what they ask for, never what a person lying there needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acumat.commands.table import COMMANDS
from acumat.contract.commands import CommandName, Origin
from acumat.service.admission import MEASURES, UNCONFIRMED_MOST, WAITING_MOST, Admission, Bucket
from acumat.service.answers import Answers
from tests.hw.bench import JumpingClock

C = CommandName


class Bench:
    """An admission before answers that wait for a disk which never confirms."""

    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.store_works = True
        self.answers = Answers(
            written=self._never, stored=self._never, enqueue=lambda _due: None, monotonic=self.clock.monotonic
        )
        self.admission = Admission(self.clock.monotonic, self.answers, store_works=lambda: self.store_works)

    def _never(self, then: Callable[[bool], None], /) -> None:
        pass

    def refused(self, name: CommandName, *, origin: Origin = "control") -> str | None:
        refusal = self.admission.refusal(origin, COMMANDS[name])
        return None if refusal is None else refusal.text

    def wait(self, count: int) -> None:
        """So many changes wait for the disk."""
        for _ in range(count):
            self.answers.hold({"text": "Done."}, _nobody, safety=False)


def _nobody(_document: dict[str, Any]) -> None:
    pass


@pytest.mark.parametrize(("origin", "name"), [("mqtt", C.STATUS), ("mqtt", C.GUEST), ("control", C.GUEST)])
def test_each_origin_has_a_burst_and_a_rate(origin: Origin, name: CommandName) -> None:
    bench = Bench()
    burst, rate_hz = MEASURES[origin, name is C.STATUS]
    taken = [bench.refused(name, origin=origin) for _ in range(round(burst) + 5)]
    assert taken.count(None) == burst
    assert "Too many" in str(taken[-1])
    bench.clock.sleep(1.0)
    again = [bench.refused(name, origin=origin) for _ in range(round(burst))]
    assert again.count(None) == rate_hz


def test_questions_at_the_socket_have_no_measure_and_a_flood_over_mqtt_costs_it_nothing() -> None:
    bench = Bench()
    assert {bench.refused(C.STATUS) for _ in range(1000)} == {None}
    while bench.refused(C.GUEST, origin="mqtt") is None:
        pass
    assert bench.refused(C.GUEST) is None
    assert bench.refused(C.STATUS, origin="mqtt") is None, "asking is counted apart from changing"


@pytest.mark.parametrize("name", [name for name, spec in COMMANDS.items() if spec.urgent])
def test_what_a_person_lying_there_asks_for_is_never_refused(name: CommandName) -> None:
    bench = Bench()
    bench.wait(UNCONFIRMED_MOST + WAITING_MOST)
    bench.store_works = False
    assert {bench.refused(name, origin="mqtt") for _ in range(1000)} == {None}


@pytest.mark.parametrize(("waiting", "taken"), [(WAITING_MOST - 1, True), (WAITING_MOST, False)])
def test_no_more_waits_for_the_disk_than_can_be_answered(waiting: int, taken: bool) -> None:
    bench = Bench()
    bench.wait(waiting)
    assert (bench.refused(C.GUEST) is None) is taken
    assert (bench.refused(C.STATUS) is None) is taken


@pytest.mark.parametrize(
    ("changes", "store_works", "taken"),
    [(UNCONFIRMED_MOST - 1, False, True), (UNCONFIRMED_MOST, False, False), (UNCONFIRMED_MOST, True, True)],
)
def test_changes_that_the_disk_does_not_confirm_are_bounded_while_it_fails(
    changes: int, store_works: bool, taken: bool
) -> None:
    bench = Bench()
    bench.wait(changes)
    bench.answers.end()  # the askers have their answer; the changes are still not on disk
    bench.store_works = store_works
    assert (bench.refused(C.GUEST) is None) is taken
    assert bench.refused(C.STATUS) is None, "asking changes nothing"


def test_a_bucket_takes_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(3, 2.0)
    assert [bucket.takes(10.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.takes(10.5), bucket.takes(10.5)] == [True, False]
    assert [bucket.takes(1000.0) for _ in range(4)] == [True, True, True, False]
