"""What a reader has noticed about its converters beside their readings: each change is logged once and can be asked for."""

from __future__ import annotations

import logging
from collections import Counter

from acumat_hw.clock import Clock

RECENT_S = 600.0
"""A restart is worth a remark for this long."""
QUIET_S = 60.0
"""Without a further restart for this long, a series of them is over and is summed up in the log."""
DISTINCT_CODES = 8
"""So many different codes whose last four bits are all zero are no chance: one in 16 to this power."""

_log = logging.getLogger(__name__)


class Remarks:
    """Restarts, chips that answer elsewhere, and converters that are not what they were sold as."""

    def __init__(self, model: str, clock: Clock) -> None:
        self._clock = clock
        self._model = model
        self.restarts: Counter[int] = Counter()
        """By address, since the program began."""
        self._unsummed: Counter[int] = Counter()
        self._last_restart_s: dict[int, float] = {}
        self._elsewhere: dict[int, int] = {}
        self._coarse: dict[int, set[int]] = {}
        """Codes of the chips that have not yet shown whether their last four bits ever move."""
        self.fine: set[int] = set() if model == "ads1115" else {0x48, 0x49, 0x4A, 0x4B}
        """Chips that are what they were sold as: of these no further reading needs to be looked at."""

    def current(self) -> tuple[str, str] | None:
        """A code and a sentence of what is most worth saying now."""
        for address, other in self._elsewhere.items():
            return "moved", (
                f"The converter at 0x{address:02x} is gone and 0x{other:02x} answers instead: check the wire at its ADDR pin."
            )
        recent = [a for a, at_s in self._last_restart_s.items() if self._clock.monotonic() - at_s < RECENT_S]
        if recent:
            each = ", ".join(f"0x{address:02x} {self.restarts[address]} times" for address in sorted(recent))
            return "restarts", f"Converters lost their supply for a moment ({each}): check the supply's wires and contacts."
        for address, codes in self._coarse.items():
            if len(codes) >= DISTINCT_CODES:
                return "coarse", _coarse(address)
        return None

    def restart(self, address: int) -> None:
        """A chip has lost its settings."""
        self.restarts[address] += 1
        self._last_restart_s[address] = self._clock.monotonic()
        if not self._unsummed[address]:
            _log.warning("%s at 0x%02x has restarted; check its supply and its contacts", self._model.upper(), address)
        self._unsummed[address] += 1

    def moved(self, address: int, elsewhere: int | None) -> None:
        """A chip that is gone, and the unexpected address that answers; None: neither."""
        if elsewhere is None:
            self._elsewhere.pop(address, None)
        else:
            self._elsewhere[address] = elsewhere

    def code(self, address: int, code: int) -> None:
        """One reading."""
        if address in self.fine:
            return
        codes = self._coarse.setdefault(address, set())
        if code & 0xF:
            self.fine.add(address)
            del self._coarse[address]
        elif code and len(codes) < DISTINCT_CODES:
            codes.add(code)
            if len(codes) == DISTINCT_CODES:
                _log.warning("%s", _coarse(address))

    def tick(self) -> None:
        """The end of a frame: a series of restarts that is over is summed up."""
        if not self._unsummed:
            return
        now_s = self._clock.monotonic()
        for address, count in list(self._unsummed.items()):
            if now_s - self._last_restart_s[address] >= QUIET_S:
                del self._unsummed[address]
                _log.info("%s at 0x%02x runs on after %d restarts", self._model.upper(), address, count)


def _coarse(address: int) -> str:
    return (
        f"The converter at 0x{address:02x} gives only 12 of 16 bits: it is an ADS1015, whatever it was sold as; "
        'set model = "ads1015" under [source].'
    )
