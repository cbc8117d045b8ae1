"""The guided press test: which sensor answers where it is pressed. It finds broken, exchanged, doubled and bridged wires."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from acumat.doctor.board import Board
from acumat.doctor.finding import Finding, fail, ok
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout, Sensor

FRAME_S = 0.05
REST_FRAMES = 20
HELD_FRAMES = 10
PATIENCE_S = 20.0
"""How long the person may take for each press, and for each letting go."""
PRESSED = 0.1
"""A press is this part of 1 / R_m: about a newton on a large pad, and far above drift."""
X_MAX = 0.98
TWINS = 0.003
"""Two inputs that are bridged read the same voltage to this part of the supply; two pads under a hand rarely do."""
TOO_HIGH_X = 0.95
"""Here all dividers read nearly the same, bridged or not."""

SPREAD = 0.45
"""Foam passes a press on to the neighbours: one that answers with less than this part of the press on itself only felt that."""

Risen = tuple[float, ...]
"""By sensor: conductance above rest, in parts of 1 / R_m."""


@dataclass(frozen=True, slots=True)
class PressResult:
    """What answered to one press: the strongest sensor, how strongly in parts of 1 / R_m, and another one that read the same
    voltage. None: nothing did.
    """

    strongest: int | None
    strength: float = 0.0
    twin: int | None = None


def press_test(board: Board, instruct: Callable[[str], None]) -> Iterator[Finding]:
    """Ask for a press on each sensor in turn, and judge what answered. Raises SourceUnavailableError."""
    layout = board.layout
    board.source.open()
    try:
        rest = _rest(layout, [_next(board) for _ in range(REST_FRAMES)])
        answers = []
        for index, sensor in enumerate(layout.sensors):
            instruct(f"{index + 1} of {len(layout.sensors)}: press with a flat hand on {sensor.name}, {place(sensor, layout)}.")
            board.hand(sensor.name)
            answers.append(_answer(board, rest))
            board.hand(None)
            if answers[-1].strongest is None:
                instruct("Nothing answered.")
            else:
                instruct(f"{layout.sensors[answers[-1].strongest].name} answered. Let go.")
                _released(board, rest)
    finally:
        board.source.close()
    yield from verdict(layout, answers)


def place(sensor: Sensor, layout: Layout) -> str:
    """Where a sensor lies, in words."""
    across = (
        "in the middle" if abs(sensor.x_mm) < 1 else f"{abs(sensor.x_mm) / 10:.0f} cm {'right' if sensor.x_mm > 0 else 'left'}"
    )
    from_head = layout.length_mm / 2 - sensor.y_mm
    return f"{across}{'' if abs(sensor.x_mm) < 1 else ' of the middle'}, {from_head / 10:.0f} cm from the head end"


def verdict(layout: Layout, answers: Sequence[PressResult]) -> Iterator[Finding]:
    """One line a sensor, and one for each pair that is exchanged or bridged."""
    reported: set[int] = set()
    answers = [_without_neighbour(index, answer, answers) for index, answer in enumerate(answers)]
    for index, (sensor, answer) in enumerate(zip(layout.sensors, answers, strict=True)):
        if index in reported:
            continue
        other = answer.strongest
        if answer.twin is not None and other is not None:
            first, second = sorted((other, answer.twin))
            reported |= {first, second}
            yield _bridged(layout.sensors[first], layout.sensors[second])
        elif other == index:
            yield ok(f"press on {sensor.name}", "it answered.")
        elif other is None:
            cause = f"Pressed, {sensor.where} showed nothing."
            yield fail(
                f"press on {sensor.name}", "press_open", cause, "Look for a broken wire, and for a pad that lies elsewhere."
            )
        elif answers[other].strongest == index:
            reported.add(other)
            yield _swapped(sensor, layout.sensors[other])
        else:
            yield _elsewhere(sensor, layout.sensors[other], doubled=answers[other].strongest == other)


def _without_neighbour(index: int, answer: PressResult, answers: Sequence[PressResult]) -> PressResult:
    """The answer, or none where only a neighbour has felt the press through the foam."""
    other = answer.strongest
    if other is None or other == index or answers[other].strongest != other:
        return answer
    return PressResult(None) if answer.strength < SPREAD * answers[other].strength else answer


def _bridged(one: Sensor, other: Sensor) -> Finding:
    cause = f"{one.where} and {other.where} always read the same voltage: the two inputs are connected."
    return fail(f"press on {one.name} and {other.name}", "press_bridged", cause, "Look for a bridge between the two wires.")


def _swapped(one: Sensor, other: Sensor) -> Finding:
    cause = f"{one.name} and {other.name} answer for each other: they are exchanged."
    ends = [f"chip 0x{each.chip:02x} channel {each.channel}" for each in (one, other)]
    hint = f"Exchange the wires at {' and '.join(ends)}."
    return fail(f"press on {one.name} and {other.name}", "press_swapped", cause, hint)


def _elsewhere(pressed: Sensor, answered: Sensor, *, doubled: bool) -> Finding:
    if doubled:
        cause = f"{answered.where} answers here too: two sensors hang on one input."
        hint = f"Bring this sensor's wire to chip 0x{pressed.chip:02x} channel {pressed.channel}."
        return fail(f"press on {pressed.name}", "press_doubled", cause, hint)
    cause = f"{answered.where} answered in its place."
    return fail(f"press on {pressed.name}", "press_elsewhere", cause, f"Bring its wire to {pressed.where.split(' on ')[1]}.")


def _next(board: Board) -> Frame:
    board.clock.sleep(FRAME_S)
    return board.source.read()


def _xs(layout: Layout, frame: Frame) -> list[float | None]:
    return [None if code is None else min(max(code * layout.lsb_v / layout.vcc_v, 0.0), X_MAX) for code in frame.codes]


def _rest(layout: Layout, frames: Sequence[Frame]) -> Mapping[int, float]:
    """Each sensor's conductance at rest in parts of 1 / R_m; those that cannot be read are not in it."""
    columns = zip(*(_xs(layout, frame) for frame in frames), strict=True)
    known = {i: [x for x in column if x is not None] for i, column in enumerate(columns)}
    return {index: _ratio(median(xs)) for index, xs in known.items() if xs}


def _ratio(x: float) -> float:
    return x / (1 - x)


def _risen(xs: Sequence[float | None], rest: Mapping[int, float]) -> Risen:
    return tuple(_ratio(x) - rest[i] if x is not None and i in rest else 0.0 for i, x in enumerate(xs))


def _answer(board: Board, rest: Mapping[int, float]) -> PressResult:
    """Wait for a press that is held for half a second."""
    until_s = board.clock.monotonic() + PATIENCE_S
    held: list[list[float | None]] = []
    while board.clock.monotonic() < until_s:
        xs = _xs(board.layout, _next(board))
        held = [*held, xs] if max(_risen(xs, rest)) > PRESSED else []
        if len(held) == HELD_FRAMES:
            return _strongest(held, rest)
    return PressResult(None)


def _strongest(held: Sequence[Sequence[float | None]], rest: Mapping[int, float]) -> PressResult:
    means = [sum(each) / len(held) for each in zip(*(_risen(xs, rest) for xs in held), strict=True)]
    first = max(range(len(means)), key=means.__getitem__)
    for other in range(len(means)):
        pairs = [(xs[first], xs[other]) for xs in held]
        if other != first and all(a is not None and b is not None and abs(a - b) < TWINS and a < TOO_HIGH_X for a, b in pairs):
            return PressResult(first, means[first], other)
    return PressResult(first, means[first])


def _released(board: Board, rest: Mapping[int, float]) -> None:
    until_s = board.clock.monotonic() + PATIENCE_S
    while board.clock.monotonic() < until_s and max(_risen(_xs(board.layout, _next(board)), rest)) > PRESSED / 2:
        pass
