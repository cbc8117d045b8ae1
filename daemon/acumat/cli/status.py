"""The daemon's status in words."""

from __future__ import annotations

import math
import shutil
import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

USES = {
    "back": "on the back",
    "neck": "with the neck on the mat",
    "legs": "with the legs on the mat",
    "sitting": "sitting on it",
    "standing": "standing on it",
}


def status_lines(answer: Mapping[str, Any]) -> list[str]:
    """The daemon's answer in lines no wider than the terminal (80 where there is none)."""
    width = shutil.get_terminal_size().columns
    return [line for each in _sentences(answer) for line in wrapped(each, width)]


def _sentences(answer: Mapping[str, Any]) -> list[str]:
    if not answer.get("ok"):
        return [str(answer.get("text", "The daemon gave no answer that can be read."))]
    state = answer["state"]
    name = f"{mat_name(answer['mat'], answer['layout'], answer['version'])}:"
    lines = [f"{name} {presence_sentence(state)}", state["reason_text"], *measured_sentences(answer)]
    felt = _wellbeing(answer.get("wellbeing", {}))
    return [*lines, *_routine(answer), *felt, *calibration_sentences(answer), *_past(answer), *_health(answer["health"])]


def mat_name(mat: str, layout: str, version: str) -> str:
    """Which mat this is, and which version reads it."""
    return f"Mat {mat} ({layout}, acumat {version})"


def measured_sentences(said: Mapping[str, Any]) -> list[str]:
    """Session, load, use and breath, from the answer to `status` or from a frame of the feed, as far as they are known."""
    state = said["state"]
    lines = [_session(said)] if state["session_id"] is not None and state["contact_s"] is not None else []
    lines += [_load(state)] if state["load"] is not None else []
    return lines + ([_body(state)] if state["presence"] == "lying" and _body(state) else [])


def calibration_sentences(said: Mapping[str, Any]) -> list[str]:
    """The present step of a calibration."""
    return [] if said["calibration"] is None else [f"Calibrating: {said['calibration']['text']}"]


def presence_sentence(state: Mapping[str, Any]) -> str:
    """Who or what is on the mat."""
    if state["presence"] == "lying":
        return "somebody lies there." if state["confirmed"] else "something lies there; not yet sure that it is a person."
    return {
        "empty": "empty.",
        "contact": "something touches it.",
        "blind": "blind: the sensors cannot tell.",
    }.get(state["presence"], str(state["presence"]))


def _session(answer: Mapping[str, Any]) -> str:
    """The progress of the session, in whole minutes."""
    on_s, plan = answer["state"]["contact_s"], answer.get("session_plan_min")
    done = int(on_s // 60)
    if plan is None:
        return f"Session: {_minutes(done)}, not guided."
    left = math.ceil(plan - on_s / 60)
    return f"Session: {done} of {_minutes(plan)}, {left} left." if left > 0 else f"Session: {_minutes(done)} of {plan} planned."


def _load(state: Mapping[str, Any]) -> str:
    reference = "your usual load" if state["reference"] == "learnt" else "the default reference"
    return f"Load {state['load']:g} % of {reference}." + _balance(state)


def _balance(state: Mapping[str, Any]) -> str:
    if state["lateral"] is None:
        return ""
    if round(state["lateral"]) == 0:
        return " Balance even."
    side = "right" if state["lateral"] > 0 else "left"
    return f" Balance {abs(state['lateral']):.0f} of 100 to the mat's {side}."


def _body(state: Mapping[str, Any]) -> str:
    """What is known of use and breath."""
    use = f"Lies {USES[state['mode']]}." if state["mode"] in USES else ""
    breath = "" if state["breaths_per_min"] is None else f"About {state['breaths_per_min']:.0f} breaths a minute."
    doze = "Maybe asleep." if state["possible_doze"] else ""
    return " ".join(each for each in (use, breath, doze) if each)


def _routine(answer: Mapping[str, Any]) -> list[str]:
    """The lines of the routine. While somebody lies there, the next session is left out."""
    routine = answer["routine"]
    if routine is None:
        return []
    following = "" if answer["state"]["presence"] == "lying" else f" {routine['next_step_text']}"
    return [f"Routine: {routine['text']}{following}"]


def _wellbeing(felt: Mapping[str, Any]) -> list[str]:
    """The open question, and other short notes."""
    lines = [f"Question: {felt['question_text']}"] if felt.get("question_text") else []
    lines += [f"Away until {felt['away_until']}."] if felt.get("away_until") else []
    lines += [felt["rhythm_text"]] if felt.get("rhythm_text") else []
    hours = felt.get("cover_hours")
    return lines if hours is None else [*lines, f"The cover was lain on for {hours:g} hours since it was washed."]


def _past(answer: Mapping[str, Any]) -> list[str]:
    totals, last = answer["totals"], answer["last_session"]
    today = f"{_sessions(totals['sessions_today'])}, {totals['minutes_today']:g} min"
    lines = [f"Finished today: {today}; in total: {_sessions(totals['sessions_total'])}, {totals['minutes_total']:g} min."]
    if last is not None and last["session_id"] is not None:
        when = datetime.fromisoformat(last["started_at"]).astimezone()
        lines.append(f"Last session: {when:%Y-%m-%d %H:%M}, {last['contact_s'] / 60:.1f} min on the mat.")
    return lines


def _health(health: Mapping[str, Any]) -> list[str]:
    sensors = {f"sensor {name}": each for name, each in health["sensors"].items()}
    parts = {**sensors, **{name: each for name, each in health.items() if name not in ("health", "sensors")}}
    notes = [f"  {note}" for note in problem_notes({name: each for name, each in parts.items() if each["code"] != "ok"})]
    return [f"Health: {health['health']}{', with notes:' if notes and health['health'] == 'ok' else '.'}", *notes]


def problem_notes(problems: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The parts that are not ok, by name; a sensor is named once."""
    return [
        f"{name}: {each['text'].removeprefix(name.removeprefix('sensor ') + ' ') or each['code']}"
        for name, each in problems.items()
    ]


def _minutes(number: float) -> str:
    return f"{number:g} minute{'' if number == 1 else 's'}"


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def wrapped(line: str, width: int) -> list[str]:
    """The line in pieces no wider than this; an indentation is preserved."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False)
