"""Commands that ask the running daemon over its socket. They need no broker."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acumat import config as configuration
from acumat.cli import exit_codes
from acumat.cli.status import status_lines
from acumat.control import ANSWER_TIMEOUT_S, ask

ASK_S = 5.0
ORDER_S = ANSWER_TIMEOUT_S + 5.0
"""Seconds to wait for an answer: a change is answered once it is stored, which a slow card may delay."""
POLL_S = 0.3


def status(config_path: Path | None, *, as_json: bool) -> int:
    """Print what the daemon knows now, in words or as JSON."""
    answer = ask(socket_of(config_path), {"command": "status"}, ASK_S)
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print("\n".join(status_lines(answer)))
    return exit_codes.OK if answer.get("ok") else exit_codes.REFUSED


def order(config_path: Path | None, command: str, **arguments: Any) -> int:  # noqa: ANN401  what JSON holds
    """Send one command with the given arguments, and print its answer."""
    return _print_answer(answer_of(config_path, command, **{key: each for key, each in arguments.items() if each is not None}))


def answer_of(config_path: Path | None, command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401  what JSON holds
    """The daemon's answer to one command."""
    return ask(socket_of(config_path), {"command": command, **arguments}, ORDER_S)


def calibrate(config_path: Path | None, *, turned: bool, undo: bool, cancel: bool) -> int:
    """Start a calibration and print each step until it ends; Ctrl-C cancels it. Or undo the last one, or cancel this one."""
    if undo or cancel:
        return order(config_path, "calibrate_undo" if undo else "calibrate_cancel")
    socket = socket_of(config_path)
    answer = ask(socket, {"command": "calibrate", **({"turned": True} if turned else {})}, ASK_S)
    if not answer.get("ok"):
        return _print_answer(answer)
    shown = ""
    try:
        while (now := ask(socket, {"command": "status"}, ASK_S)).get("calibration") is not None:
            step = now["calibration"]
            if step["text"] != shown:
                shown = step["text"]
                print(f"{shown} ({step['seconds_left']:.0f} s at most)", flush=True)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        _print_answer(ask(socket, {"command": "calibrate_cancel"}, ASK_S))
        return exit_codes.INTERRUPTED
    outcome = now.get("calibration_outcome")
    return _print_answer(outcome or {"ok": False, "text": "The calibration ended without a result; try again."})


def _print_answer(answer: Mapping[str, Any]) -> int:
    ok = bool(answer.get("ok"))
    print(answer.get("text", ""), file=sys.stdout if ok else sys.stderr)
    return exit_codes.OK if ok else exit_codes.REFUSED


def socket_of(config_path: Path | None) -> Path:
    """The socket of the daemon. While the file is broken, a daemon may still run on its last good configuration."""
    path = configuration.find_config(config_path)
    try:
        return configuration.load_config(path, secrets=False).daemon.control_socket
    except configuration.ConfigError as exc:
        if path is None or not path.is_file():
            raise
        socket = configuration.control_socket_of(path)
        print(f"acumat: warning: {exc.problems[0]} (asking at {socket}; see acumat check-config)", file=sys.stderr)
        return socket
