"""Short forms of the long runs; `make soak` has the long ones."""

from __future__ import annotations

from tests.faults.soak import healthy, quiet, refusals, restarts


def test_refused_transfers_cost_readings_and_change_no_event() -> None:
    figures = refusals(1500, share=0.03)
    assert figures.frames == 1500
    assert figures.same_events
    assert figures.largest_shift_s <= 0.5
    assert figures.log_lines <= 3


def test_restarts_at_random_moments_are_all_noticed_within_a_second_and_end_nothing() -> None:
    figures = restarts(25, "2x2")
    assert (figures.noticed, figures.false_ends, figures.failed_sensors) == (25, 0, 0)
    assert figures.latest_s <= 1.0


def test_healthy_sensors_are_not_blamed() -> None:
    assert healthy(range(501, 503), "4x2")[0] == 0
    assert quiet(1.0, "4x2", rate_hz=1.0) == 0
