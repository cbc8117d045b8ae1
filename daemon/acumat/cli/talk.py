"""Commands that speak to the running daemon over its socket: status, calibrate, tare. They need no broker."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acumat import config as configuration
from acumat.cli import exit_codes
from acumat.control import ANSWER_TIMEOUT_S, ask

ASK_S = 5.0
ORDER_S = ANSWER_TIMEOUT_S + 5.0
"""What changes something is answered once it is stored, which a slow card may delay."""
POLL_S = 0.3


def status(config_path: Path | None, *, as_json: bool) -> int:
    """What the daemon knows now, in words or as JSON."""
    answer = ask(_socket(config_path), {"command": "status"}, ASK_S)
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print("\n".join(status_lines(answer)))
    return exit_codes.OK if answer.get("ok") else exit_codes.REFUSED


def order(config_path: Path | None, command: str, **arguments: Any) -> int:  # noqa: ANN401  what JSON holds
    """One command, one answer."""
    return _told(answer_of(config_path, command, **arguments))


def answer_of(config_path: Path | None, command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401  what JSON holds
    """What the daemon says to one command."""
    return ask(_socket(config_path), {"command": command, **arguments}, ORDER_S)


def calibrate(config_path: Path | None, *, turned: bool) -> int:
    """Start a calibration and say each step until it ends; Ctrl-C cancels it."""
    socket = _socket(config_path)
    answer = ask(socket, {"command": "calibrate", **({"turned": True} if turned else {})}, ASK_S)
    if not answer.get("ok"):
        return _told(answer)
    said = ""
    try:
        while (now := ask(socket, {"command": "status"}, ASK_S)).get("calibration") is not None:
            step = now["calibration"]
            if step["text"] != said:
                said = step["text"]
                print(f"{said} ({step['seconds_left']:.0f} s at most)", flush=True)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        _told(ask(socket, {"command": "calibrate_cancel"}, ASK_S))
        return exit_codes.INTERRUPTED
    outcome = now.get("calibration_outcome")
    return _told(outcome or {"ok": False, "text": "The calibration ended without a result; try again."})


def status_lines(answer: Mapping[str, Any]) -> list[str]:
    """The daemon's answer as a person would want to read it."""
    if not answer.get("ok"):
        return [str(answer.get("text", "The daemon gave no answer that can be read."))]
    state, totals = answer["state"], answer["totals"]
    lines = [f"Mat {answer['mat']} ({answer['layout']}, acumat {answer['version']}): {_presence(state)}", state["reason_text"]]
    if state["load"] is not None:
        lines.append(f"Load {state['load']:g} % of {_reference(state)}." + _balance(state))
    lines.append(
        f"Today {totals['sessions_today']} session(s), {totals['minutes_today']:g} min; "
        f"in total {totals['sessions_total']}, {totals['minutes_total']:g} min."
    )
    if answer["routine"] is not None:
        lines.append(f"Routine: {answer['routine']['text']} {answer['routine']['next_step_text']}")
    if answer["calibration"] is not None:
        lines.append(f"Calibrating: {answer['calibration']['text']}")
    health = answer["health"]
    lines.append(f"Health: {health['health']}.")
    parts = {**{f"sensor {name}": each for name, each in health["sensors"].items()}, **_parts(health)}
    lines += [f"  {name}: {each['text'] or each['code']}" for name, each in parts.items() if each["code"] != "ok"]
    return lines


def _parts(health: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in health.items() if name not in ("health", "sensors")}


def _presence(state: Mapping[str, Any]) -> str:
    if state["presence"] == "lying":
        minutes = f" for {state['contact_s'] / 60:.1f} min" if state["contact_s"] is not None else ""
        return (
            f"somebody lies there{minutes}."
            if state["confirmed"]
            else "something lies there; not yet sure that it is a person."
        )
    return {
        "empty": "empty.",
        "contact": "something touches it.",
        "blind": "blind: the sensors cannot tell.",
    }.get(state["presence"], str(state["presence"]))


def _reference(state: Mapping[str, Any]) -> str:
    return "your usual load" if state["reference"] == "learnt" else "the default reference"


def _balance(state: Mapping[str, Any]) -> str:
    if state["lateral"] is None:
        return ""
    if round(state["lateral"]) == 0:
        return " Balance even."
    side = "right" if state["lateral"] > 0 else "left"
    return f" Balance {abs(state['lateral']):.0f} of 100 to the mat's {side}."


def _told(answer: Mapping[str, Any]) -> int:
    ok = bool(answer.get("ok"))
    print(answer.get("text", ""), file=sys.stdout if ok else sys.stderr)
    return exit_codes.OK if ok else exit_codes.REFUSED


def _socket(config_path: Path | None) -> Path:
    """Where the daemon listens: one that runs on its last good configuration is there while the file is broken."""
    path = configuration.find_config(config_path)
    try:
        return configuration.load_config(path, secrets=False).daemon.control_socket
    except configuration.ConfigError as exc:
        if path is None or not path.is_file():
            raise
        socket = configuration.control_socket_of(path)
        print(f"acumat: warning: {exc.problems[0]} (asking at {socket}; see acumat check-config)", file=sys.stderr)
        return socket
