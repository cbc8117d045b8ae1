"""What a step raises is logged once, counted and shown, without its text."""

from __future__ import annotations

import logging

import pytest

from acumat.guard import LOG_EVERY_S, SHOWN_S, Guard
from tests.hw.bench import JumpingClock


def fails(error: BaseException) -> str:
    raise error


def test_a_failure_is_logged_once_a_minute_with_its_place_and_never_with_its_text(caplog: pytest.LogCaptureFixture) -> None:
    clock = JumpingClock()
    guard = Guard(clock.monotonic)
    error = ValueError("wounds=yes")
    for _ in range(100):
        assert guard.run("step", lambda: fails(error), "otherwise") == "otherwise"
        clock.sleep(1.0)
    assert guard.failures == 100
    first, second = caplog.records
    assert "ValueError at" in first.getMessage()
    assert "in fails" in first.getMessage()
    assert f"{LOG_EVERY_S - 1:.0f} more times" in second.getMessage()
    assert "wounds" not in caplog.text
    assert "wounds" not in guard.condition.text


def test_health_shows_it_for_an_hour_and_is_well_then() -> None:
    clock = JumpingClock()
    guard = Guard(clock.monotonic)
    assert guard.condition.code == "ok"
    guard.run("command pause", lambda: fails(OverflowError()), "")
    assert guard.condition.code == "step_failed"
    assert "command pause" in guard.condition.text
    clock.sleep(SHOWN_S - 1)
    assert guard.condition.code == "step_failed"
    clock.sleep(1)
    assert guard.condition.code == "ok"


def test_each_part_and_kind_is_logged_by_itself_and_none_fills_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(JumpingClock().monotonic)
    caplog.set_level(logging.ERROR)
    for number in range(1000):
        guard.run(f"part {number}", lambda: fails(KeyError()), "")
    assert len(caplog.records) == 1000
    assert len(guard._logged) <= 102


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_means_the_process_passes(error: BaseException) -> None:
    guard = Guard(JumpingClock().monotonic)
    with pytest.raises(type(error)):
        guard.run("step", lambda: fails(error), "")
    assert guard.failures == 0


def test_what_a_step_may_raise_passes() -> None:
    guard = Guard(JumpingClock().monotonic)
    with pytest.raises(LookupError):
        guard.run("step", lambda: fails(KeyError()), "", passes=LookupError)


def test_a_step_that_fails_ends_there_and_says_so() -> None:
    guard = Guard(JumpingClock().monotonic)
    done: list[str] = []
    with guard.step("first") as first:
        fails(KeyError("wounds"))
        done.append("first")
    with guard.step("second") as second:
        done.append("second")
    assert (first.failed, second.failed, done, guard.failures) == (True, False, ["second"], 1)
    assert "first" in guard.condition.text


def test_a_call_that_fails_ends_there_and_the_next_one_is_made(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(JumpingClock().monotonic)
    done: list[str] = []
    guard.do("first", fails, KeyError("wounds"))
    guard.do("second", done.append, "second")
    assert (done, guard.failures) == (["second"], 1)
    assert "first" in guard.condition.text
    assert "wounds" not in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_means_the_process_passes_through_a_call(error: BaseException) -> None:
    guard = Guard(JumpingClock().monotonic)
    with pytest.raises(type(error)):
        guard.do("step", fails, error)
    assert guard.failures == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_means_the_process_passes_through_a_step(error: BaseException) -> None:
    guard = Guard(JumpingClock().monotonic)
    with pytest.raises(type(error)), guard.step("step"):
        raise error
    assert guard.failures == 0
