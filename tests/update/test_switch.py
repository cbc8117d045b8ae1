"""A switch of releases: what stays, what comes back, and that a power cut at any step leaves the old release or the new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from acumat_update.journal import Journal, Outcome
from acumat_update.switch import POLL_S, TRIAL_S, Switch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.update.world import LONGEST_S, NEW, OLD, Behaviour, PowerCutError, World

GOOD = Behaviour()
BAD = {
    "crashes at its start": Behaviour(crash_s=0.5),
    "crashes after half a minute": Behaviour(crash_s=30.0),
    "ends for good": Behaviour(crash_s=2.0, ends=True),
    "is never ready": Behaviour(ready_s=None),
    "cannot use its history": Behaviour(schema=2, ailing=frozenset({"store"})),
    "migrates and crashes": Behaviour(schema=2, crash_s=3.0),
    "sees nothing": Behaviour(ailing=frozenset({"mat", "bus"})),
    "does not answer": Behaviour(ailing=None),
}
WHY = {
    "crashes at its start": "it ended by itself within 1 s",
    "crashes after half a minute": "it ended by itself within 30 s",
    "ends for good": "it ended by itself within 2 s",
    "is never ready": "it was not ready within 60 s",
    "cannot use its history": "not well, and well before: store",
    "migrates and crashes": "it ended by itself within 3 s",
    "sees nothing": "not well, and well before: bus, mat",
    "does not answer": "it did not answer",
}


def world(new: Behaviour, **journal: Any) -> World:
    begun = replace(Journal(OLD, NEW), **journal)
    return World({OLD: GOOD, NEW: new, "0.1.0": GOOD}, journal=begun, running=OLD if begun.running else None)


def boot(machine: World) -> None:
    """The power is back: what is cut off is made whole, then the daemon and the switch start."""
    machine.running, machine.now_s, machine.begun_s = None, 0.0, 0.0
    switch = Switch(machine)
    switch.settle()
    machine.started()
    switch.run()


def test_a_release_that_runs_well_stays_and_the_one_before_can_come_back() -> None:
    machine = world(GOOD)
    Switch(machine).run()
    assert (machine.current, machine.running, machine.journal) == (NEW, NEW, None)
    assert machine.record_ is not None
    assert machine.record_.outcome is Outcome.KEPT
    assert set(machine.releases) == {OLD, NEW}
    assert TRIAL_S <= machine.now_s < LONGEST_S


@pytest.mark.parametrize("fault", BAD)
def test_a_release_that_does_not_run_well_gives_way_to_the_one_before_and_its_database(fault: str) -> None:
    machine = world(BAD[fault])
    Switch(machine).run()
    assert (machine.current, machine.running, machine.journal) == (OLD, OLD, None)
    assert machine.read_by[-1] == (OLD, "schema 1 of 0.2.0")
    assert machine.record_ is not None
    assert (machine.record_.outcome, machine.record_.why) == (Outcome.RETURNED, WHY[fault])
    assert set(machine.releases) == {"0.1.0", OLD}, "the bad one goes, and there is still one to go back to"
    assert machine.now_s < LONGEST_S


def test_what_was_not_well_before_is_not_the_new_releases_fault() -> None:
    machine = world(Behaviour(ailing=frozenset({"broker"})), ailing=("broker", "bus"))
    Switch(machine).run()
    assert machine.current == NEW


@pytest.mark.parametrize(("well_s", "stays"), [(55.0, True), (TRIAL_S, True), (70.0, False)])
def test_the_last_answer_of_the_minute_counts(well_s: float, *, stays: bool) -> None:
    machine = world(Behaviour(ailing=frozenset({"broker"}), well_s=well_s))
    Switch(machine).run()
    assert (machine.current == NEW) is stays


def test_after_a_daemon_that_did_not_answer_an_answer_is_enough() -> None:
    machine = world(Behaviour(ailing=frozenset({"store"})), ailing=None)
    Switch(machine).run()
    assert machine.current == NEW
    silent = world(BAD["does not answer"], ailing=None)
    Switch(silent).run()
    assert silent.current == OLD


@pytest.mark.parametrize(("waits_s", "stays"), [(59.0, True), (200.0, True), (400.0, False)])
def test_the_minute_begins_when_the_daemons_turn_comes(waits_s: float, *, stays: bool) -> None:
    machine = world(Behaviour(waits_s=waits_s, ready_s=50.0))
    Switch(machine).run()
    assert (machine.current == NEW) is stays
    assert not stays or machine.now_s >= waits_s + TRIAL_S - POLL_S


def test_a_database_with_the_schema_of_before_keeps_what_the_trial_wrote() -> None:
    machine = world(Behaviour(crash_s=30.0))
    machine.database = "schema 1 with an event of the trial"
    Switch(machine).run()
    assert machine.read_by[-1] == (OLD, "schema 1 with an event of the trial")


def test_a_database_that_cannot_be_copied_leaves_everything_as_it_is() -> None:
    machine = world(GOOD)
    machine.cannot_copy = "no space left on device"
    Switch(machine).run()
    assert (machine.current, machine.running, machine.journal) == (OLD, OLD, None)
    assert machine.record_ is not None
    assert (machine.record_.outcome, machine.record_.why) == (Outcome.NOT_SWITCHED, "no space left on device")


def test_a_daemon_that_did_not_run_is_not_started() -> None:
    machine = world(BAD["crashes at its start"], running=False)
    Switch(machine).run()
    assert (machine.current, machine.running) == (NEW, None)


def test_going_back_takes_the_database_that_the_earlier_release_can_read() -> None:
    machine = World({OLD: GOOD, NEW: Behaviour(schema=2)}, current=NEW, running=NEW, database="schema 2 of 0.3.0")
    machine.copies[OLD] = "schema 1 of 0.2.0"
    machine.journal = Journal(NEW, OLD, rollback=True)
    Switch(machine).run()
    assert machine.read_by == [(OLD, "schema 1 of 0.2.0")]
    assert machine.copies[NEW] == "schema 2 of 0.3.0", "the way forward again"
    assert set(machine.releases) == {OLD, NEW}


@settings(deadline=None, max_examples=300)
@given(
    fault=st.sampled_from(["", *BAD]),
    cuts=st.lists(st.integers(0, 90), max_size=4),
    rollback=st.booleans(),
)
def test_power_cuts_at_any_steps_leave_the_old_release_or_the_new_one(fault: str, cuts: list[int], rollback: bool) -> None:
    new = BAD.get(fault, GOOD)
    machine = world(new, rollback=rollback)
    for number, cut in enumerate(cuts):
        machine.cut_after, machine.steps = cut, 0
        try:
            Switch(machine).run() if number == 0 else boot(machine)
        except PowerCutError:
            assert machine.current in (OLD, NEW)
    machine.cut_after = None
    boot(machine)
    assert machine.journal is None
    assert machine.running == machine.current
    if fault:
        assert machine.current == OLD, "a bad release does not get by through power cuts"
    if machine.record_ is not None and machine.current == OLD:
        assert machine.record_.outcome in (Outcome.RETURNED, Outcome.NOT_SWITCHED)


@pytest.mark.parametrize("fault", ["", *BAD])
def test_one_power_cut_after_each_single_step(fault: str) -> None:
    """Exhaustive, where the cuts above are drawn."""
    whole = world(BAD.get(fault, GOOD))
    Switch(whole).run()
    for cut in range(whole.steps + 1):
        machine = world(BAD.get(fault, GOOD))
        machine.cut_after = cut
        try:
            Switch(machine).run()
        except PowerCutError:
            machine.cut_after = None
            boot(machine)
        assert (machine.current, machine.running, machine.journal) == (OLD if fault else NEW,) * 2 + (None,)


def test_a_release_that_brings_down_the_machine_gets_no_third_trial() -> None:
    machine = world(GOOD)
    machine.cut_after = 10  # seconds into the trial
    with pytest.raises(PowerCutError):
        Switch(machine).run()
    for _ in range(3):
        machine.steps = 0
        try:
            boot(machine)
            break
        except PowerCutError:
            assert machine.journal is not None
    assert machine.current == OLD
    assert machine.record_ is not None
    assert machine.record_.why == "the machine stopped twice during the trial"
