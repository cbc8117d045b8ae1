"""The values that detection learns and that survive restarts, and the progress of a calibration."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WearLoads:
    """Loads per sensor (microsiemens above the baseline, before gains) of the first and the last sessions since a calibration,
    and the reason of what was last advised because of them.
    """

    first_us: tuple[tuple[float, ...], ...] = ()
    recent_us: tuple[tuple[float, ...], ...] = ()
    advised: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What detection has learnt and stores over restarts, all per sensor in the order of the layout.

    `baseline_us` is the conductance in microsiemens with nobody on the mat (None: not known yet). `gains` multiply what is
    above it and average 1. `reference_us` is the person's settled load, None before any was seen.
    `calibrated` says whether the gains come from a calibration, `turned` whether that included a second lie-down end for end.
    `sessions` shows a worn sensor or another surface.
    """

    baseline_us: tuple[float | None, ...]
    gains: tuple[float, ...]
    reference_us: float | None = None
    calibrated: bool = False
    turned: bool = False
    sessions: WearLoads = field(default_factory=WearLoads)

    @classmethod
    def nothing(cls, sensors: int) -> Learned:
        """The state at first power-up."""
        return cls((None,) * sensors, (1.0,) * sensors)


@dataclass(frozen=True, slots=True)
class CalibrationProgress:
    """The progress of a running calibration; `text` is an instruction to the person.

    `seconds_left` is how much longer this stage measures at least, or how much longer it waits for the person.
    """

    stage: str
    text: str
    seconds_left: float


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """The result of a calibration. `margin`: the load of the person as a multiple of what the empty mat still shows."""

    before: Learned
    after: Learned
    margin: float
