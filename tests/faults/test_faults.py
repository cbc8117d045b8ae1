"""Each fault that a scenario can inject, through the whole chain: what the mat says of it, and within what time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acumat.contract.events import EventType
from acumat.detect.sensors.health import BLIND_TEXTS, FIXES
from acumat_hw.errors import InputError
from acumat_sim.faults import BUS_FAULTS, CHIP_FAULTS, MAT_FAULTS, SENSOR_FAULTS
from acumat_sim.scenario import parse_scenario
from tests.faults.chain import Run, mat_layout, run, story

T = EventType
LIES = [(20.0, 110.0)]
BLEED = mat_layout(bleed_ohm=470_000)


def fault(do: str, at_s: float, for_s: float | None = None, **more: Any) -> dict[str, Any]:
    return {"do": do, "at_s": at_s, **({} if for_s is None else {"for_s": for_s}), **more}


def one_session(done: Run, start_s: float = 20.0, end_s: float = 110.0) -> None:
    (record,) = done.records
    assert record.start_mono_s - done.zero_s == pytest.approx(start_s + 1, abs=2)
    assert record.end_mono_s - done.zero_s == pytest.approx(end_s + 1, abs=2)


# sensors


@pytest.mark.parametrize("layout", ["2x2", "4x2", "4x4"])
def test_a_short_under_a_person_is_reported_after_ten_seconds_and_costs_the_balance_only(layout: str) -> None:
    done = run(story([fault("short", 50, 30, sensor="r2c1")], stays=LIES), mat_layout(layout))
    ((at_s, reason),) = done.failed("r2c1")
    assert reason == "saturated"
    assert 59.9 <= at_s <= 61.0
    assert done.state_at(75).presence == "lying"
    assert done.state_at(75).lateral is None
    assert done.state_at(75).health == "degraded"
    (where,) = [sensor.where for sensor in done.layout.sensors if sensor.name == "r2c1"]
    assert done.condition_of("r2c1", 75).text.startswith(where)
    assert 80 < done.times(T.SENSOR_RECOVERED)[0] < 83.5
    assert done.state_at(105).lateral is not None
    one_session(done)


def test_a_short_on_the_empty_mat_is_reported_as_one_and_becomes_no_person() -> None:
    done = run(story([fault("short", 30, sensor="r2c1")], stays=[(70.0, 130.0)]))
    ((at_s, reason),) = done.failed("r2c1")
    assert reason == "short"
    assert 39.9 <= at_s <= 42.0
    assert not [t_s for t_s in done.times(T.LYING_STARTED) if t_s < 69]
    assert done.presences(45, 69) == {"empty"}
    one_session(done, 70, 130)


def test_a_saturated_sensor_is_reported_under_load_and_is_well_when_nobody_is_there() -> None:
    done = run(story([fault("saturated", 0, sensor="r2c2")], stays=LIES))
    ((at_s, reason),) = done.failed("r2c2")
    assert reason == "saturated"
    assert at_s <= 20 + 2 + 11
    assert "fit a smaller resistor" in done.condition_of("r2c2", 100).text
    assert done.times(T.SENSOR_RECOVERED)[0] < 116
    one_session(done)


@pytest.mark.parametrize(("layout", "amount"), [("4x2", 60), ("4x4", 300)])
@pytest.mark.parametrize("mass_kg", [48, 75])
def test_a_half_shorted_sensor_that_drowns_the_others_is_left_out_and_the_session_found(
    layout: str, amount: float, mass_kg: float
) -> None:
    scenario = story([fault("saturated", 0, sensor="r3c1", amount=amount)], stays=LIES, person={"mass_kg": mass_kg})
    done = run(scenario, mat_layout(layout))
    ((at_s, reason),) = done.failed("r3c1")
    assert reason == "saturated"
    assert at_s <= 20 + 2 + 11
    assert "far beyond the others" in done.condition_of("r3c1", 100).text
    one_session(done)


def test_a_stuck_sensor_is_reported_within_sixty_seconds_in_which_the_others_move() -> None:
    done = run(story([fault("stuck", 60, sensor="r3c1")], stays=[(20.0, 160.0)]))
    ((at_s, reason),) = done.failed("r3c1")
    assert reason == "stuck"
    assert 119.9 <= at_s <= 130
    assert done.state_at(140).lateral is None
    assert done.state_at(140).presence == "lying"
    one_session(done, 20, 160)
    assert done.presences(170, 199) == {"empty"}, "what is stuck under load holds nobody there"


def test_a_broken_wire_is_reported_after_ten_seconds_where_a_bleed_resistor_shows_it() -> None:
    for at_s, stays in ((30.0, []), (60.0, LIES)):
        done = run(story([fault("open", at_s, 40, sensor="r2c2")], stays=stays, duration_s=140), BLEED)
        ((reported_s, reason),) = done.failed("r2c2")
        assert reason == "open"
        assert at_s + 9.9 <= reported_s <= at_s + 11
        assert "check the wire" in done.condition_of("r2c2", reported_s + 1).text
        assert at_s + 40 < done.times(T.SENSOR_RECOVERED)[0] < at_s + 44
        assert len(done.records) == len(stays)


def test_a_broken_wire_without_it_is_suspect_after_three_sessions() -> None:
    stays = [(20.0 + 100 * n, 90.0 + 100 * n) for n in range(3)]
    done = run(story([fault("open", 0, 305, sensor="r2c2")], stays=stays))
    ((reported_s, reason),) = done.failed("r2c2")
    assert reason == "suspect"
    assert 290 < reported_s < 296
    assert len(done.records) == 3
    assert done.condition_of("r2c2", 300).code == "suspect"
    assert done.times(T.SENSOR_RECOVERED), "it reads something again from 305 s on"
    assert next(each for each in done.events if each.event_type is T.SENSOR_FAILED).numbers["sensor"] == "r2c2"


def test_a_sensor_whose_resistor_is_off_follows_others_and_harms_no_session() -> None:
    done = run(story([fault("floating", 0, sensor="r2c1")], stays=LIES))
    one_session(done)
    assert not done.times(T.SENSOR_FAILED)
    assert done.times(T.LYING_STARTED) == pytest.approx([21.6], abs=0.5)
    assert done.times(T.GOT_UP) == pytest.approx([112.0], abs=1.0)
    state = done.state_at(105)
    assert state.shares is not None
    assert state.shares["shoulders"] == pytest.approx(31, abs=4), "it reads about what its neighbours do"


def test_two_sensors_exchanged_harm_no_session() -> None:
    done = run(story([{**fault("swapped", 0, sensor="r2c1"), "with": "r2c2"}], stays=LIES))
    one_session(done)
    assert not done.times(T.SENSOR_FAILED)


def test_a_glitch_of_one_sensor_is_no_event() -> None:
    faults = [fault("short", 5 + 0.7 * n, 0.05, sensor="r2c1") for n in range(100)]
    done = run(story(faults, stays=[], duration_s=90), idle_rate_hz=10)
    assert {each.event_type for each in done.events} == {T.BLIND_ENDED}
    assert done.condition_of("r2c1", 88).code == "spikes", "it is filtered out, and named in the health"


QUIET = {"person": {"mass_kg": 70, "moves_per_min": 0.3}, "surface": "bed", "clothing": "shirt"}


@pytest.mark.parametrize("layout", ["2x2", "4x2", "4x4"])
@pytest.mark.parametrize("amount", [0.01, 0.02, 0.05])
def test_a_noisy_sensor_is_named_left_out_and_costs_no_session(layout: str, amount: float) -> None:
    done = run(story([fault("noisy", 0, sensor="r2c1", amount=amount)], stays=[(40.0, 130.0)], **QUIET), mat_layout(layout))
    assert done.failed("r2c1")[-1][1] in ("noisy", "intermittent")
    assert done.failed("r2c1")[0][0] <= 35
    assert done.condition_of("r2c1", 100).code == "noisy"
    assert done.times(T.LYING_CONFIRMED)[0] <= 60
    assert done.state_at(100).lateral is None
    one_session(done, 40, 130)


@pytest.mark.parametrize("amount", [0.3, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_loose_contact_is_named_and_neither_ends_nor_delays_a_session(amount: float, seed: int) -> None:
    faults = [fault("intermittent", 0, sensor="r2c1", amount=amount)]
    done = run(story(faults, stays=[(20.0, 130.0)], seed=seed, **QUIET))
    ((reported_s, reason),) = done.failed("r2c1")
    assert reason == "intermittent"
    assert reported_s <= 60
    assert done.times(T.LYING_CONFIRMED)[0] <= 52
    assert not done.times(T.LYING_WITHDRAWN)
    one_session(done, 20, 130)


def test_spikes_on_every_sensor_are_named_and_cost_no_breath() -> None:
    sensors = [sensor.name for sensor in mat_layout().sensors]
    faults = [fault("spikes", 0, sensor=name, amount=0.03) for name in sensors]
    done = run(story(faults, stays=[(20.0, 170.0)], **QUIET))
    assert not done.times(T.SENSOR_FAILED)
    assert {done.condition_of(name, 165).code for name in sensors} == {"spikes"}
    one_session(done, 20, 170)
    clean = run(story([], stays=[(20.0, 170.0)], **QUIET))
    assert done.breath_s >= 0.5 * clean.breath_s > 20


# the sensors' supply


def test_without_the_common_supply_the_mat_is_blind_with_a_reason_and_knows_again_afterwards() -> None:
    done = run(story([fault("no_supply", 30, 40)], stays=[(90.0, 150.0)]), BLEED)
    assert done.presences(33, 70) == {"blind"}
    assert done.state_at(50).reason == "no_supply"
    assert "common supply wire" in done.state_at(50).reason_text
    assert not done.times(T.SENSOR_FAILED)
    assert done.presences(71, 89) == {"empty"}
    one_session(done, 90, 150)


def test_a_supply_that_goes_while_somebody_lies_there_is_no_getting_up() -> None:
    done = run(story([fault("no_supply", 60, 30)], stays=LIES), BLEED)
    assert done.presences(63, 90) == {"blind"}
    assert [t_s for t_s in done.times(T.GOT_UP) if t_s < 109] == []
    one_session(done)


@pytest.mark.parametrize("amount", [0.95, 1.05])
@pytest.mark.parametrize("layout", ["2x2", "4x2"])
def test_a_supply_that_is_off_by_a_twentieth_is_no_fault_and_no_event(amount: float, layout: str) -> None:
    done = run(story([fault("supply", 0, amount=amount)], stays=LIES), mat_layout(layout))
    one_session(done)
    assert not done.times(T.SENSOR_FAILED)


def test_a_short_shows_where_the_supply_is_less_than_configured() -> None:
    """At 0.95 of the supply no sensor comes to its end: it reads far more than the others, or, of four, only stands still."""
    faults = [fault("short", 60, sensor="r2c1"), fault("supply", 0, amount=0.95)]
    for layout, why in (("2x2", "stuck"), ("4x2", "saturated")):
        done = run(story(faults, stays=[(20.0, 160.0)], duration_s=165), mat_layout(layout))
        assert [reason for _, reason in done.failed("r2c1")] == [why]
    reported = mat_layout(vcc_v=3.3 * 0.95)
    done = run(story([fault("short", 60, sensor="r2c1")], stays=[(20.0, 160.0)], duration_s=165), reported)
    assert [reason for _, reason in done.failed("r2c1")] == ["saturated"]


# converters


@pytest.mark.parametrize(
    ("do", "reason"), [("absent", "no_answer"), ("busy", "not_ready"), ("zero", "bus_fault"), ("moved", "no_answer")]
)
def test_a_lost_chip_is_reported_within_three_seconds_and_comes_back_by_itself(do: str, reason: str) -> None:
    more = {"amount": 0x4A} if do == "moved" else {}
    done = run(story([fault(do, 60, 40, chip=0x49, **more)], stays=[(20.0, 180.0)]))
    for sensor in ("r3c1", "r3c2", "r4c1", "r4c2"):
        assert [why for _, why in done.failed(sensor)] in ([reason], [reason, "absent"], ["absent"])
        assert done.failed(sensor)[0][0] <= 63.0
    assert done.state_at(90).presence == "lying"
    assert done.state_at(90).lateral is None
    assert len(done.times(T.SENSOR_RECOVERED)) == 4
    assert max(done.times(T.SENSOR_RECOVERED)) <= 135.0
    one_session(done, 20, 180)


def test_a_chip_absent_at_boot_joins_without_a_restart() -> None:
    done = run(story([fault("absent", 0, 50, chip=0x49)], stays=[(90.0, 140.0)]))
    assert {done.condition_of(name, 20).code for name in ("r3c1", "r4c2")} == {"absent"}
    assert max(done.times(T.SENSOR_RECOVERED)) <= 85.0
    assert done.state_at(130).lateral is not None
    one_session(done, 90, 140)


def test_a_chip_that_moved_is_named_in_the_health_of_the_bus() -> None:
    done = run(story([fault("moved", 30, 60, chip=0x48, amount=0x4B)], duration_s=125))
    reported = [condition for t_s, condition in done.bus if 30 < t_s < 90 and condition.code == "moved"]
    assert "0x48 is gone and 0x4b answers" in reported[0].text
    assert done.bus[-1][1].code == "ok"


def test_restarts_lose_no_session_and_are_counted() -> None:
    done = run(story([fault("restarts", 10, 120, amount=60)], stays=LIES))
    one_session(done)
    assert done.reader is not None
    assert sum(done.reader.remarks.restarts.values()) > 150
    assert any(condition.code == "restarts" for _, condition in done.bus)
    assert not done.times(T.SENSOR_FAILED)
    assert [t_s for t_s in done.times(T.GOT_UP) if t_s < 109] == []


def test_a_slow_clock_and_flipped_bits_harm_no_session() -> None:
    done = run(story([fault("slow", 0, amount=0.2), fault("flips", 0, amount=0.002)], stays=LIES))
    one_session(done)
    assert not done.times(T.SENSOR_FAILED)
    assert [t_s for t_s in done.times(T.GOT_UP) if t_s < 109] == []


# the bus


@pytest.mark.parametrize("timeout_s", [0.01, 0.2, 1.0])
def test_a_hung_bus_is_blind_and_never_empty_and_costs_the_session_nothing_if_it_is_short(timeout_s: float) -> None:
    done = run(story([fault("hang", 60, 20, amount=timeout_s)], stays=[(20.0, 180.0)]))
    blind_s = next(t_s for t_s, state in done.states if t_s > 60 and state.presence == "blind")
    assert blind_s <= 63.0 + 2 * timeout_s  # here the loop waits for the bus itself; in the daemon a thread does
    assert done.presences(blind_s, 80) == {"blind"}
    assert "empty" not in done.presences(60, 100)
    assert done.times(T.BLIND_ENDED)[-1] <= 115.0
    assert not done.times(T.SENSOR_FAILED)
    assert done.slowest_s <= 2 * timeout_s + 0.05, "a frame is given up at the first time-out; opening looks twice"
    one_session(done, 20, 180)


def test_refused_transfers_change_nothing_that_is_reported() -> None:
    calm = run(story([], stays=LIES))
    done = run(story([fault("nacks", 0, amount=0.01)], stays=LIES))
    assert [each.event_type for each in done.events] == [each.event_type for each in calm.events]
    one_session(done)


# healthy mats


@pytest.mark.parametrize("layout", ["2x2", "4x2", "4x4"])
def test_a_healthy_mat_blames_no_sensor(layout: str) -> None:
    done = run(story([], stays=[(20.0, 120.0), (180.0, 260.0)]), mat_layout(layout, bleed_ohm=470_000))
    assert not done.times(T.SENSOR_FAILED)
    assert len(done.records) == 2
    assert [chip.early_reads + chip.starts_while_busy for chip in done.chips] == [0] * len(done.chips)
    assert {condition.code for _, condition in done.bus} == {"ok"}


# what stands in a scenario


@pytest.mark.parametrize(
    ("table", "reported"),
    [
        ({"do": "melt", "at_s": 1}, 'mine: fault[1].do: "melt" is not possible'),
        ({"do": "open", "at_s": 1}, "sensor: is missing; allowed: r1c1"),
        ({"do": "open", "at_s": 1, "sensor": "r9c9"}, 'sensor: "r9c9" is not possible; allowed: r1c1'),
        ({"do": "swapped", "at_s": 1, "sensor": "r1c1"}, "with: is missing"),
        ({"do": "absent", "at_s": 1, "chip": 0x4B}, "chip: 75 is not possible; allowed: 0x48, 0x49"),
        ({"do": "nacks", "at_s": 1, "amount": 2}, "amount: 2 is not possible; allowed: a number from 0 to 1"),
        ({"do": "moved", "at_s": 1}, "amount: is missing; allowed: a number from 72 to 75"),
        ({"do": "hang", "at_s": -1}, "at_s: -1 is not possible"),
        ({"do": "hang", "at_s": 1, "wher": 2}, "fault[1].wher: not a known key here"),
    ],
)
def test_a_fault_that_cannot_be_is_reported_with_what_is_allowed(table: dict[str, Any], reported: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario("mine", story([table]), mat_layout())
    assert reported in str(caught.value)


def test_every_fault_stands_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    for do in (*SENSOR_FAULTS, *MAT_FAULTS, *CHIP_FAULTS, *BUS_FAULTS):
        assert f"`{do}`" in document, do


def test_every_condition_and_every_cause_of_blindness_stands_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    for code in (*FIXES, *BLIND_TEXTS):
        assert f"`{code}`" in document, code


def test_every_fault_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for do in (*SENSOR_FAULTS, *MAT_FAULTS, *CHIP_FAULTS, *BUS_FAULTS):
        assert f'"{do}"' in source, do
