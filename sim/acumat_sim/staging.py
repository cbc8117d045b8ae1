"""What a simulated mat needs of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from acumat_sim.body import Occupant
from acumat_sim.faults import Fault
from acumat_sim.fsr import FsrTraits
from acumat_sim.mat_traits import MatTraits
from acumat_sim.shaking import Shake


@dataclass(frozen=True, slots=True)
class Glitch:
    """A sensor that reads `volts` for a while, as a loose wire does."""

    sensor: int
    at_s: float
    for_s: float
    volts: float


class Staging(Protocol):
    @property
    def seed(self) -> int: ...
    @property
    def surface(self) -> str: ...
    @property
    def clothing(self) -> str: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def ends(self) -> bool: ...
    @property
    def occupants(self) -> tuple[Occupant, ...]: ...
    @property
    def traits(self) -> tuple[FsrTraits, ...]: ...
    @property
    def glitches(self) -> tuple[Glitch, ...]: ...
    @property
    def faults(self) -> tuple[Fault, ...]: ...
    @property
    def shakes(self) -> tuple[Shake, ...]: ...
    @property
    def mat(self) -> MatTraits: ...
