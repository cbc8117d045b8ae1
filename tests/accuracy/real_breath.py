"""Breathing on real recordings: a real strip with an ECG beside it, and real belts that drive emulated pads. Needs numpy.

The reference is never ours: the ECG's two traces of breath where they agree, the belt's own peak where it stands out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout, Sensor, grid
from acumat_sim.fsr import Fsr, divider_volts, random_traits
from acumat_sim.streams import stream
from tests.accuracy.figures import Figure, mean

Floats = npt.NDArray[np.float64]

WINDOW_S = 40.0
"""What a value is held against: detection looks back 30 to 50 s."""
EVERY_S = 5.0
COURSE_HZ = 4.0
BAND_HZ = (0.07, 0.5)
PEAK_HALF_HZ = 1.5 / WINDOW_S
"""Half the width of a peak: the main lobe of a Hann window is two of its lengths wide on either side."""
HOLDS = 0.6
ECG_AGREE_PER_MIN = 2.0
STRIP_OHM = 10_000.0
STRIP_LSB_V = 0.000125
STRIP_READ_HZ = 10.0
STRIP_FIRST_S = (0.0, 0.02, 0.04, 0.06, 0.08)
PAD_SWING = 0.003
"""Peak to peak swing of the load on a pad."""
COUPLING = (0.6, 1.2)
"""Each pad swings by a part of that within these, all at the same time."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows with a reference, and the errors of those that had a value."""

    name: str
    with_reference: int
    errors: tuple[float, ...]

    @property
    def answered(self) -> float:
        return len(self.errors) / self.with_reference if self.with_reference else math.nan


def strips(folder: Path) -> list[Windows]:
    """The strip's records: value at the end of each window against the ECG, while somebody lies or sits there.

    They are read as often as the daemon reads a mat, each from several moments on.
    """
    spans = {"bed_a": (10.5, 310.5), "bed_whisper": (9.5, 172.8), "sitting_a": (0.0, 78.0)}
    return [_strip(folder / f"{name}.npz", name, *span) for name, span in spans.items()]


def _strip(path: Path, name: str, from_s: float, to_s: float) -> Windows:
    data = np.load(path)
    layout = Layout("strip", (Sensor("strip", 0.0, 0.0, STRIP_OHM, 0x48, 0, None),), 3.3, STRIP_LSB_V)
    codes = np.rint(data["fsr_mV"].astype(float) / 1000 / STRIP_LSB_V).astype(int)
    fs = float(data["fs_fsr"])
    shift_s = float(data["fsr_start_epoch_s"]) - float(data["ecg_start_epoch_s"])
    ecg_hz = float(data["fs_ecg"])
    beats = _beats(data["ecg_mV"].astype(float), ecg_hz)
    count, errors = 0, list[float]()
    for first_s in STRIP_FIRST_S:
        times_s = np.arange(first_s, len(codes) / fs - 1 / fs, 1 / STRIP_READ_HZ)
        read = codes[np.rint(times_s * fs).astype(int)].tolist()
        frames = (Frame.complete(float(t_s), i, (code,)) for i, (t_s, code) in enumerate(zip(times_s, read, strict=True)))
        values = dict(_values(Pipeline(layout), frames))
        found = _compare(name, values, from_s, to_s, lambda a, b: _ecg_rate(beats, a + shift_s, b + shift_s))
        count += found.with_reference
        errors += found.errors
    return Windows(name, count, tuple(errors))


def _beats(ecg: Floats, ecg_hz: float) -> tuple[Floats, Floats]:
    """Times in seconds and heights of the R waves: local maxima of the steepness that stand far out, 0.4 s apart or more."""
    flat = ecg - _running_median(ecg, round(0.6 * ecg_hz))
    steep = np.abs(np.gradient(flat))
    limit = 0.4 * np.percentile(steep, 99)
    times: list[float] = []
    heights: list[float] = []
    half = round(0.08 * ecg_hz)
    at = 0
    while at < len(flat):
        if steep[at] > limit:
            low = max(0, at - half)
            part = flat[low : at + 2 * half]
            peak = low + int(np.argmax(part))
            times.append(peak / ecg_hz)
            heights.append(float(part.max() - part.min()))
            at = peak + round(0.4 * ecg_hz)
        else:
            at += 1
    return np.array(times), np.array(heights)


def _running_median(values: Floats, width: int) -> Floats:
    padded = np.pad(values, (width // 2, width - width // 2 - 1), mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


def _ecg_rate(beats: tuple[Floats, Floats], from_s: float, to_s: float) -> float | None:
    """Where the heights of the R waves and the times between them tell the same rate."""
    times, heights = beats
    inside = (times >= from_s) & (times <= to_s)
    times, heights = times[inside], heights[inside]
    if len(times) < WINDOW_S / 2:
        return None
    grid_s = np.arange(from_s, to_s, 1 / COURSE_HZ)
    gaps = np.diff(times)
    good = (gaps > 0.4) & (gaps < 1.6)
    if good.sum() < WINDOW_S / 2:
        return None
    by_height = _peak(np.interp(grid_s, times, heights))
    by_gap = _peak(np.interp(grid_s, times[1:][good], gaps[good]))
    if by_height is None or by_gap is None or abs(by_height[0] - by_gap[0]) > ECG_AGREE_PER_MIN:
        return None
    return 0.5 * (by_height[0] + by_gap[0])


def _peak(course: Floats) -> tuple[float, float] | None:
    """Rate a minute of the highest peak in the band, and which share of the band it holds."""
    at = np.arange(len(course))
    rest = course - np.polyval(np.polyfit(at, course, 2), at)
    padded = 4 * len(rest)
    power = np.abs(np.fft.rfft(rest * np.hanning(len(rest)), padded)) ** 2
    hz = np.fft.rfftfreq(padded, 1 / COURSE_HZ)
    band = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    total = power[band].sum()
    if total <= 0:
        return None
    top = hz[band][int(np.argmax(power[band]))]
    near = band & (np.abs(hz - top) <= PEAK_HALF_HZ)
    return 60 * float(top), float(power[near].sum() / total)


def belts(folder: Path, pattern: str = "*_30min_20Hz.npz") -> list[Windows]:
    """Belts over emulated pads: value at the end of each window against the belt's own peak."""
    return [_belt(path, seed) for seed, path in enumerate(sorted(folder.glob(pattern)), start=1)]


def _belt(path: Path, seed: int) -> Windows:
    data = np.load(path)
    fs = float(data["fs"])
    belt = data["belt"].astype(float)
    spans = belt[: len(belt) // round(WINDOW_S * fs) * round(WINDOW_S * fs)].reshape(-1, round(WINDOW_S * fs))
    usual = float(np.median(np.percentile(spans, 95, axis=1) - np.percentile(spans, 5, axis=1)))
    swing = (belt - np.median(belt)) / usual
    layout = grid(4, 2, rm_ohm=3300.0)
    values = dict(_values(Pipeline(layout), _pads(layout, swing, fs, seed)))
    step = round(fs / COURSE_HZ)
    course = belt[: len(belt) // step * step].reshape(-1, step).mean(axis=1) if step > 1 else belt
    course_hz = fs / step

    def reference(a: float, b: float) -> float | None:
        part = course[round((a - LIES_AT_S) * course_hz) : round((b - LIES_AT_S) * course_hz)]
        if course_hz != COURSE_HZ:
            part = np.interp(np.arange(0, b - a, 1 / COURSE_HZ), np.arange(len(part)) / course_hz, part)
        found = _peak(part)
        return found[0] if found is not None and found[1] >= HOLDS else None

    return _compare(path.stem, values, LIES_AT_S + 5, LIES_AT_S + len(belt) / fs, reference)


LIES_AT_S = 20.0


def _pads(layout: Layout, swing: Floats, fs: float, seed: int) -> Iterator[Frame]:
    """Frames at 10 Hz of a body that lies down at LIES_AT_S and then swings with the belt; the parts are the simulator's."""
    random_ = stream(seed, "belt")
    count = len(layout.sensors)
    fsrs = [
        Fsr(random_traits(stream(seed, f"part {i}"), 0.25, exponent=random_.uniform(0.85, 1.25)), stream(seed, f"belt {i}"))
        for i in range(count)
    ]
    usual_n = [random_.uniform(4.0, 14.0) for _ in range(count)]
    shares = [random_.uniform(*COUPLING) for _ in range(count)]
    end_s = LIES_AT_S + len(swing) / fs
    for step in range(int(end_s * 10)):
        t_s = step / 10
        on = min(1.0, max(0.0, (t_s - LIES_AT_S) / 3.0 + 1.0))
        now = float(swing[min(len(swing) - 1, int(max(0.0, t_s - LIES_AT_S) * fs))])
        forces = [n * on * min(2.0, max(0.3, 1 + PAD_SWING * k * now)) for n, k in zip(usual_n, shares, strict=True)]
        volts = [divider_volts(fsr.step(force, 0.1), 3300.0, layout.vcc_v) for fsr, force in zip(fsrs, forces, strict=True)]
        yield Frame.complete(t_s, step, tuple(round(v / layout.lsb_v + random_.gauss(0, 1)) for v in volts))


def _values(pipeline: Pipeline, frames: Iterator[Frame]) -> Iterator[tuple[float, float | None]]:
    """What is reported every few seconds."""
    next_s = 0.0
    for frame in frames:
        pipeline.step(frame)
        if frame.t_mono_s >= next_s:
            yield next_s, pipeline.state.breaths_per_min
            next_s += EVERY_S


def _compare(name: str, values: dict[float, float | None], from_s: float, to_s: float, reference: Any) -> Windows:
    count, errors = 0, []
    for t_s, value in values.items():
        if t_s - WINDOW_S < from_s or t_s > to_s:
            continue
        true = reference(t_s - WINDOW_S, t_s)
        if true is not None:
            count += 1
            if value is not None:
                errors.append(abs(value - true))
    return Windows(name, count, tuple(errors))


def figures(found: list[Windows], *, what: str, answered_pct: float, error_per_min: float | None) -> list[Figure]:
    """All records of one kind together. With no limit of the mean error, nine values in ten must lie within 2 a minute."""
    errors = [error for each in found for error in each.errors]
    count = sum(each.with_reference for each in found)
    reported = Figure(
        f"{what}: without a value", 100 * (1 - len(errors) / count) if count else math.nan, 100 - answered_pct, count, "%"
    )
    if error_per_min is not None:
        return [Figure(f"{what}: error, mean", mean(errors), error_per_min, len(errors), "/min"), reported]
    off = sum(error > 2.0 for error in errors)
    return [
        Figure(f"{what}: more than 2 off", 100 * off / len(errors) if errors else math.nan, 10.0, len(errors), "%"),
        reported,
    ]
