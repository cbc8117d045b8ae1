"""The lessons of a confirmed lying: the person's settled load, and whether the mat still answers as it did."""

from __future__ import annotations

from acumat.contract.learned import WearLoads
from acumat.detect.lying.stillness import Stillness
from acumat.detect.narration import Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.session import Open
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.sensors.wear import Wear
from acumat.detect.signal.load import Load, Loads
from acumat_hw.layout import Layout


class Learning:
    """Learns once a lying, and nothing of a guest."""

    def __init__(
        self,
        layout: Layout,
        parameters: Parameters,
        *,
        loads: Loads,
        settled: SettledLoad,
        wear_loads: WearLoads,
        narration: Narration,
    ) -> None:
        """`loads` holds the reference that is learnt, `settled` what the person rests on each sensor."""
        self._p = parameters
        self._loads = loads
        self._settled = settled
        self._narration = narration
        self.wear = Wear(layout, parameters, wear_loads)
        self.done = False
        """Whether this lying has taught the person's load already."""
        self._quiet_us: tuple[float, ...] | None = None
        """Load per sensor at a quiet moment of the session under way, before gains."""

    def step(
        self, load: Load, stillness: Stillness, session: Open, since_s: float, *, sound: bool, doubtful: bool = False
    ) -> None:
        """One load of a session that has taught nothing yet.

        `sound` says whether no sensor has failed, `doubtful` whether this is likelier a pet than the owner.
        """
        if load.t_mono_s - since_s < self._p.learn_after_s or doubtful:
            return
        self.done = True
        if not session.guest:
            self._learn(load, stillness, sound=sound)

    def session_over(self, *, guest: bool) -> None:
        """Compare the session's quiet moment with earlier ones; a guest's body would look like another mat."""
        us, self._quiet_us = self._quiet_us, None
        advice = None if us is None or guest else self.wear.note(us)
        if advice is not None:
            self._narration.recalibration_advised(advice.reason, advice.text, advice.sensor, advice.change_pct)

    def _learn(self, load: Load, stillness: Stillness, *, sound: bool) -> None:
        """The mean of an epoch moves what is known of the person's settled load, never a moment."""
        mean_us = stillness.epoch_mean
        if mean_us is None or any(load.saturated) or any(us is None for us in load.us):
            return
        known = self._loads.reference_us
        share = 1.0 if known is None else self._p.learn_share
        self._loads.reference_us = mean_us * share + (known or 0.0) * (1.0 - share)
        settled_us = [us for us in self._settled.us or () if us is not None and us > 0]
        if len(settled_us) == len(load.us) and stillness.still and sound:
            self._quiet_us = tuple([us / gain for us, gain in zip(settled_us, self._loads.gains, strict=True)])
