"""Readings and loads as single steps of detection get them, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Load, Loads
from acumat_hw.layout import Layout
from tests.detect.harness import RM_OHM, layout

P = Parameters()
Us = Sequence[float | None]


def reading(t_s: float, us: Us, *, saturated: Sequence[int] = (), implausible: Sequence[int] = ()) -> Reading:
    """Microsiemens per sensor (None: no reading); sensors at their end, and beyond what a body can press, by their number."""
    xs = tuple(None if each is None else RM_OHM * each / (RM_OHM * each + 1e6) for each in us)
    numbers = range(len(us))
    at_end, beyond = (tuple(each in chosen for each in numbers) for chosen in (saturated, implausible))
    return Reading(t_s, tuple(us), at_end, beyond, xs)


def load(t_s: float, us: Us, *, mat: Layout | None = None, reference_us: float = 1200.0, saturated: Sequence[int] = ()) -> Load:
    """This load above a baseline of nothing; 1200 microsiemens are 100 percent."""
    mat = mat or layout()
    loads = Loads(mat, Learned((0.0,) * len(us), (1.0,) * len(us), reference_us), P)
    return loads.of(reading(t_s, us, saturated=saturated), (0.0,) * len(us))
