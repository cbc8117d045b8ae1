"""The questions about health in a real Home Assistant whose owner has switched that on: asked, answered, and told to nobody."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from acumat.coach.screening import ALL, QUESTIONS
from acumat.wiring.broker import questions
from acumat.words import mat_words
from tests.broker import until
from tests.ha.house import BASE, House

pytestmark = pytest.mark.timeout(900)

ASKED = {**mat_words("en", "state"), **questions("en")}
SWITCH = "[routine]\nscreen_over_mqtt = true"
QUESTION, ADVICE, GUIDANCE = "sensor.test_mat_health_question", "sensor.test_mat_advice", "sensor.test_mat_guidance"
BUTTONS = {"no": "health_no", "yes": "health_yes", "unknown": "health_i_do_not_know"}
TOLD = re.compile(rf'"yes"|(?<!"health_question":)"(?:{"|".join(QUESTIONS.keys() - {"skin"})})"')
"""A yes, or the name of a question beside the one that is open. (Skin is what is worn as well.)"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("screening"), stays=[(80_000, 80_100)], extra=SWITCH)
    try:
        made.start()
        yield made
    finally:
        made.close()


def shown(name: str | None) -> str:
    return "unknown" if name is None else ASKED[f"health_question.{name}"]


def asks(house: House, name: str | None) -> None:
    until(lambda: house.home.state(QUESTION) == shown(name), f"{name} is asked")
    open_ = (None if name is None else name,)
    until(
        lambda: all(
            house.home.states()[f"button.test_mat_{each}"]["attributes"].get("question") in open_ for each in BUTTONS.values()
        ),
        "the buttons answer it",
    )


def press(house: House, answer: str) -> None:
    house.home.call("button.press", entity_id=f"button.test_mat_{BUTTONS[answer]}")


def again(house: House) -> None:
    house.home.call("button.press", entity_id="button.test_mat_health_begin_again")


def test_advice_says_where_to_answer_and_where_the_answers_go(house: House) -> None:
    until(lambda: house.home.state(ADVICE) == mat_words("en", "advice_with_questions")["unanswered"], "it is advised")
    assert "Home Assistant stores what you tap" in (house.home.state(ADVICE) or "")
    assert "Home Assistant stores what was tapped" in house.daemon.logged()
    asks(house, ALL)


def test_each_question_is_answered_by_itself_and_a_second_tap_answers_no_other(house: House) -> None:
    press(house, "yes")
    asks(house, "wounds")
    for _ in range(5):  # before Home Assistant can have heard of the next one
        house.listener.publish(f"{BASE}/command/health_answer", '{"question": "wounds", "answer": "no"}')
    asks(house, "bleeding")
    until(lambda: house.answered("not_asked"), "the others are refused")
    for name in list(QUESTIONS)[1:]:
        asks(house, name)
        press(house, "no")
    asks(house, None)
    until(lambda: house.home.state(GUIDANCE) == "On", "guidance is on")


def test_after_a_wrong_tap_it_begins_anew_and_no_to_all_of_it_is_one_tap(house: House) -> None:
    again(house)
    asks(house, ALL)
    assert house.home.state(GUIDANCE) == "Off: questions unanswered"
    press(house, "no")
    asks(house, None)
    until(lambda: house.home.state(GUIDANCE) == "On", "guidance is on")
    press(house, "yes")
    until(lambda: house.answered("bad_value"), "nothing is open, so nothing is answered")
    assert house.home.state(GUIDANCE) == "On"


def test_a_restart_of_home_assistant_or_the_daemon_loses_no_question_and_answers_none(house: House) -> None:
    again(house)
    asks(house, ALL)
    press(house, "unknown")
    asks(house, "wounds")
    house.home.stop()
    house.home.start()
    asks(house, "wounds")
    house.stop_daemon()
    house.daemon.start()
    asks(house, ALL)
    house.seconds_until_right(time.monotonic())


def test_a_yes_waits_for_advice_and_no_button_lifts_that(house: House) -> None:
    press(house, "yes")
    for name in QUESTIONS:
        asks(house, name)
        press(house, "unknown" if name == "pregnancy" else "no")
    asks(house, None)
    until(lambda: house.home.state(GUIDANCE) == "Off: advice needed", "it waits")
    again(house)
    until(lambda: house.answered("advice"), "it is refused")
    assert house.home.state(GUIDANCE) == "Off: advice needed"


def test_an_answer_is_in_no_message_of_the_mat_and_in_no_line_of_its_log(house: House) -> None:
    ours = [each for each in house.listener.received if "/command/" not in each.topic and each.topic.startswith(BASE)]
    assert len(ours) > 50
    told = [each.topic for each in ours if not each.topic.endswith("/picture") and TOLD.search(each.payload)]
    assert told == []
    assert not [line for line in house.daemon.logged().splitlines() if "pregnancy" in line or "health_answer" in line]
    asked = [each for each in house.listener.received if each.topic.startswith(f"{BASE}/command/health")]
    assert asked
    assert not [each for each in asked if each.retained]
    assert b"pregnancy" in (house.daemon.folder / "state" / "safety.slots").read_bytes()


def test_switched_off_again_the_entities_go_and_the_answers_stay(house: House) -> None:
    house.stop_daemon()
    house.daemon.config.write_text(house.daemon.config.read_text().replace(SWITCH, ""))
    house.daemon.start()
    gone = [QUESTION, *(f"button.test_mat_{each}" for each in (*BUTTONS.values(), "health_begin_again"))]
    until(lambda: not {*gone} & house.home.states().keys(), "they are gone")
    house.home.call("mqtt.publish", topic=f"{BASE}/command/health_answer", payload='{"question": "all", "answer": "no"}')
    until(lambda: house.answered("local_only"), "it is refused")
    until(lambda: house.home.state(GUIDANCE) == "Off: advice needed", "the answers hold")
    house.check_quiet()
