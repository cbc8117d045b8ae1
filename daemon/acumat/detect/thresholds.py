"""The few levels that sensitivity moves, in one object that all steps share."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.detect.parameters import Parameters


@dataclass(slots=True)
class Thresholds:
    """Loads in percent of the reference. A change is seen by every step at its next reading."""

    contact_on_pct: float
    contact_off_pct: float
    lying_on_pct: float
    lying_off_pct: float
    light_people: bool
    """Whether children may lie here."""

    @classmethod
    def of(cls, parameters: Parameters) -> Thresholds:
        """Those of the table."""
        p = parameters
        return cls(p.contact_on_pct, p.contact_off_pct, p.lying_on_pct, p.lying_off_pct, p.light_people)

    def change_to(self, parameters: Parameters) -> None:
        """Use those of another table from now on."""
        self.contact_on_pct, self.contact_off_pct = parameters.contact_on_pct, parameters.contact_off_pct
        self.lying_on_pct, self.lying_off_pct = parameters.lying_on_pct, parameters.lying_off_pct
        self.light_people = parameters.light_people
