"""What of the log goes into the bundle: what the mat and its parts did, and nothing of who lay there."""

from __future__ import annotations

import pytest

from acumat.cli.doctor_bundle import about_the_mat
from acumat.contract.events import OF_THE_MACHINE, EventType

AT = "2026-11-29T20:00:00+0000 acumat[412]: "


@pytest.mark.parametrize(
    "line",
    [
        *(f"{each}: Somebody feels something." for each in EventType if each not in OF_THE_MACHINE),
        "button: A symptom is noted.",
        "guest: A guest lies there or comes next.",
        "session 3f2a-s12 continues",
        "session 3f2a-s12 is closed at its last sure moment: The mat was empty.",
    ],
)
def test_lines_about_people_stay_on_the_machine(line: str) -> None:
    assert about_the_mat(f"{AT}before\n{AT}{line}\n{AT}after\n") == f"{AT}before\n{AT}after\n"


@pytest.mark.parametrize(
    "line",
    [
        *(f"{each}: It is so." for each in OF_THE_MACHINE),
        "connected to the broker at broker:1883",
        "the history is damaged",
        "Started acumat.service - acumat.",
    ],
)
def test_what_helps_is_there(line: str) -> None:
    assert about_the_mat(f"{AT}{line}\n") == f"{AT}{line}\n"
