"""The order of the examination: what rests on something that is broken is not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from acumat.doctor.board import Board
from acumat.doctor.bus import BUS, TRIES, BusHangsError, answers, check_addresses, check_device, check_speed
from acumat.doctor.chips import check_chip, check_supply
from acumat.doctor.finding import Finding, Level, fail, ok, warn
from acumat.doctor.sensors import check_sensors, read_frames
from acumat_hw.errors import SourceUnavailableError

UNSURE_PARTS = {"calibration": "not_calibrated", "broker": "off"}
"""Conditions of the daemon's health that are no faults."""

UNCERTAIN = ("starting", "connecting", "publish_unseen")
"""Conditions that may be none: what has not come yet, or cannot be seen."""


def check_board(board: Board, vcc_input: tuple[int, int] | None) -> Iterator[Finding]:
    """Bus, chips and sensors, each only if what is below it works."""
    device = list(check_device(board.facts))
    yield from device
    if failed(device):
        return
    yield from check_speed(board.facts, board.layout, board.model, board.rate_hz)
    try:
        bus = board.open_bus()
    except SourceUnavailableError as error:
        yield fail(BUS, "bus_unopened", f"It cannot be opened: {error}.", "")
        return
    found: list[Finding] = []
    bus.try_lock()  # nobody else uses this object; PureIO's buses want it all the same
    try:
        for finding in _check_chips(board, bus, vcc_input):
            found.append(finding)
            yield finding
    except BusHangsError:
        hint = "Look for a short of SDA or SCL to ground, then take the converters' power away once."
        yield fail(BUS, "bus_hangs", "The bus hangs: a line is held low, and the kernel gives up after a second.", hint)
        return
    finally:
        bus.unlock()
        bus.deinit()
    if failed(found):
        return
    try:
        frames = read_frames(board)
    except SourceUnavailableError as error:
        yield fail("sensors", "unreadable", f"They cannot be read: {error}.", "")
        return
    yield from check_sensors(board.layout, frames)


def _check_chips(board: Board, bus: Any, vcc_input: tuple[int, int] | None) -> Iterator[Finding]:  # noqa: ANN401
    answered = answers(bus)
    yield from check_addresses(board, answered)
    for address in sorted({sensor.chip for sensor in board.layout.sensors}):
        if answered[address] == TRIES:  # of one that hardly answers nothing else is known
            yield from check_chip(board, bus, address)
    if vcc_input is not None:
        yield check_supply(board, bus, vcc_input)


def check_daemon(status: Mapping[str, Any]) -> Iterator[Finding]:
    """What the running daemon says of itself: it alone may touch the bus."""
    yield ok(
        "daemon", f"runs (acumat {status['version']}) and reads the mat; this is what it says. To examine the board, stop it."
    )
    health = status["health"]
    parts = {**{f"sensor {name}": each for name, each in health["sensors"].items()}, **health}
    for name, each in parts.items():
        if name not in ("health", "sensors"):
            yield _condition(name, each)


def _condition(name: str, condition: Mapping[str, str]) -> Finding:
    code, text = condition["code"], condition["text"]
    if code == "ok":
        return ok(name, "the daemon finds nothing wrong with it.")
    if UNSURE_PARTS.get(name) == code:
        return ok(name, text)
    return (warn if code in UNCERTAIN else fail)(name, code, text, "")


def failed(findings: list[Finding]) -> bool:
    """Whether anything does not work."""
    return any(finding.level is Level.FAIL for finding in findings)
