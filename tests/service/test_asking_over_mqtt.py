"""The questions about health over MQTT, with the whole daemon: nobody else learns an answer, and none is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import ALL, QUESTIONS
from tests.chaos.house import BASE, House

ALLOWED = "[routine]\nscreen_over_mqtt = true\n"
FIRST = tuple(QUESTIONS)[:5]


def started(folder: Path, monkeypatch: pytest.MonkeyPatch, extra: str = ALLOWED) -> House:
    folder.mkdir(exist_ok=True)
    house = House(folder, monkeypatch, extra=extra)
    house.set_clock()
    house.start()
    house.wait(5.0)
    return house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = started(tmp_path, monkeypatch)
    yield house
    house.close()


def say(house: House, question: str, answer: str, *, retained: bool = False) -> None:
    document = json.dumps({"question": question, "answer": answer, "correlation": "c"})
    house.broker.send(f"{BASE}/command/health_answer", document.encode(), retained=retained)
    house.wait(2.0)


def routine(house: House) -> dict[str, Any]:
    return dict(json.loads(house.broker.retained[f"{BASE}/routine"]))


def test_answers_that_differ_look_alike_to_everybody_else_and_are_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    found: list[str] = []
    for answer in ("no", "yes"):
        caplog.clear()
        house = started(tmp_path / answer, monkeypatch)
        for question, said in ((ALL, "unknown"), *((name, answer) for name in FIRST)):
            say(house, question, said)
        assert routine(house)["health_question"] not in FIRST
        assert len([each for topic, each in house.broker.said if topic == f"{BASE}/response"]) == 1 + len(FIRST)
        everything = [house.broker.shown, house.broker.listened, house.broker.said, caplog.messages]
        assert house._store is not None
        found.append(json.dumps(everything).replace(house._store.install, "").replace(str(house.state_dir), ""))
        files = [path for path in house.state_dir.rglob("*") if path.is_file()]
        assert files
        assert [path for path in files if b"wounds" in path.read_bytes()] == []
        house.close()
    assert found[0] == found[1]


def test_after_a_power_cut_in_between_it_begins_anew_and_what_comes_late_answers_nothing(house: House) -> None:
    say(house, ALL, "yes")
    for name in FIRST:
        say(house, name, "yes")
    house.cut_power(dark_s=60.0, wrong_by_s=0.0)
    house.start()
    house.wait(5.0)
    assert routine(house)["health_question"] == ALL
    for name in QUESTIONS:
        say(house, name, "no")
    assert routine(house)["health_question"] == ALL
    assert routine(house)["guidance"] is False


def test_an_answer_that_the_broker_retains_is_none_and_goes(house: House) -> None:
    say(house, ALL, "no", retained=True)
    assert routine(house)["health_question"] == ALL
    assert house.broker.retained.get(f"{BASE}/command/health_answer", b"") in ("", b"")


def test_without_the_key_it_is_refused_and_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = started(tmp_path, monkeypatch, extra="")
    say(house, ALL, "no")
    assert "health_question" not in routine(house)
    assert routine(house)["guidance"] is False
    house.close()
