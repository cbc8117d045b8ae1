"""A recording that is ended, by whatever it is, is whole up to there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.recorder import write_frames
from acumat.config import Config, load_config
from acumat_hw.errors import SourceEndedError, SourceUnavailableError
from acumat_hw.frame import Frame
from acumat_hw.recording import open_recording


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A simulated mat that does not wait."""
    path = tmp_path / "acumat.toml"
    path.write_text('[source]\nkind = "simulated"\nscenario = "one-session"\nspeed = 0\nthrough = "fast"\n')
    return load_config(path, secrets=False)


def ending(error: BaseException) -> Callable[[Frame, float], None]:
    """Raises after two seconds of the recording."""

    def on_frame(_frame: Frame, t_s: float) -> None:
        if t_s >= 2.0:
            raise error

    return on_frame


@pytest.mark.parametrize(
    ("error", "why", "code"),
    [
        (KeyboardInterrupt(), "Ctrl-C ended it", exit_codes.OK),
        (SourceEndedError("the scenario is over"), "the scenario is over", exit_codes.OK),
        (SourceUnavailableError("no bus"), "60 s are over", exit_codes.UNAVAILABLE),
        (OSError(28, "No space left on device"), "60 s are over", exit_codes.UNAVAILABLE),
    ],
)
def test_a_recording_is_whole_up_to_its_end(tmp_path: Path, config: Config, error: BaseException, why: str, code: int) -> None:
    path = tmp_path / "night.csv"
    done = write_frames(path, config, seconds=60.0, force=False, on_frame=ending(error))
    assert (done.frames, done.missed, done.code) == (21, 0, code)
    if code == exit_codes.OK:
        assert done.why == why
    frames = list(open_recording(path).frames())
    assert frames[-1].t_mono_s == pytest.approx(2.0)


def test_each_frame_is_told_with_its_time_in_the_recording(tmp_path: Path, config: Config) -> None:
    times: list[float] = []
    write_frames(
        tmp_path / "night.csv", config, seconds=1.0, force=False, on_frame=lambda _frame, t_s: times.append(round(t_s, 3))
    )
    assert times == [round(0.1 * index, 3) for index in range(10)]
