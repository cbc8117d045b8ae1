"""One ADS1115 or ADS1015: starts conversions, collects their results, and knows whether a result can be that conversion's.

A result that differs from the one before it in the register is new: a start that came while a conversion was running is lost,
and the register then stays as it is. Two equal results, or a zero, which is also what a restarted chip holds, need a proof:

- In a check, every half second, the configuration read back shows that a conversion has ended within its time, and of the right
  input. No conversion is given less time than that one. A mark in the comparator's low threshold, which nothing here uses
  otherwise, is gone after a restart.
- Until the next check, an equal result or a zero is taken if the same input gave nearly the same before; a wrong one would be
  wrong by no more than that. Any other is examined at once, and converted again if need be.

A start and the read of the result before it are one transfer, unless the new conversion may end within it, as an ADS1015's does
at 100 kHz. If one lasts unusually long, its result is taken as an equal one is.
"""

from __future__ import annotations

import errno
import math
from dataclasses import dataclass, field

from acumat_hw.ads1x15_transfers import MARK, Transfer, Transfers
from acumat_hw.clock import Clock
from acumat_hw.frame import Missing

OS_BIT = 0x8000
SINGLE_SHOT = 0x0100
COMPARATOR_OFF = 0x0003
RESET_THRESHOLD = 0x8000
"""The low threshold after a restart (data sheets, Lo_thresh register)."""
SIGN_BIT = 0x8000
"""Of a result, which is in two's complement."""
RETRIES = 2
NEAR_CODES = 32
"""Two steps of an ADS1015; 4 mV at gain 1, a hundredth of what counts as contact."""
IN_HAND_S = 95e-6
"""A conversion is given 120 us to wake up, and the data sheet says 25 us: a check that is late by the rest proves enough."""
LATE_S = 5e-3
"""One that is later than this, and than a conversion, as on a busy machine, proves too little; the next frame has another."""
START_SHARE = 0.75
"""Of the 85 bits of a transfer with a start, 38 come before the start counts: so much of the 48 bits of a register's read."""


class BusTimeoutError(Exception):
    """The kernel gave up on a transfer: every further one would cost another second."""


@dataclass(slots=True)
class Chip:
    """One converter with its inputs as (sensor's index, configuration word), and how it fares."""

    address: int
    inputs: list[tuple[int, int]]
    clock: Clock
    least_s: float
    """The longest time that a conversion takes from its start on, by the data sheet."""
    quickest_s: float
    """The shortest, without its wake-up."""
    transfers: Transfers = field(init=False)  # since it was found
    present: bool = False
    fault: Missing | None = None  # why the chip is out of this frame
    unsure: bool = True  # a conversion that nobody waited for may be running
    ahead: bool = False  # the first input of the next scan converts already
    checked: bool = False  # a conversion of this frame was seen to end in time
    restarts: int = 0  # since somebody took note
    wait_s: float = 0.0  # what a conversion is given
    started_s: float = 0.0
    read_s: float = math.inf  # the shortest time that the read of a register has taken
    last_word: int | None = None  # the result read last, as the register holds it
    codes: list[int | None] = field(default_factory=list)  # what each input gave last

    def is_out(self) -> bool:
        """Of the frame under way."""
        return self.fault is not None

    def found(self, transfers: Transfers) -> None:
        """The driver has set it up; what it did before is not known."""
        self.transfers, self.present, self.fault = transfers, True, None
        self.unsure, self.ahead, self.checked, self.last_word = True, False, False, None
        self.wait_s = self.least_s
        self.codes = [None] * len(self.inputs)

    def come_to_rest(self) -> None:
        """Wait for a conversion that may be running: a start meanwhile is lost, yet reads back well."""
        self.ahead = False
        give_up_s = self.clock.monotonic() + 2 * self.least_s
        while (config := self._config()) is not None:
            if config & OS_BIT or not config & SINGLE_SHOT:
                self.unsure = False
                return
            if self.clock.monotonic() >= give_up_s:
                self.fault, self.unsure = Missing.NOT_READY, True
                return
            self.clock.sleep(self.least_s / 2)

    def begin(self, *, check: bool) -> None:
        """Convert the first input; with `check` ask for the mark as well."""
        transfers = self.transfers
        word = self._run(transfers.start_then_mark if check else transfers.starts[0])
        self.started_s = self.clock.monotonic()
        if check and word is not None and word != MARK:
            self.examine()

    def check(self) -> Missing | None:
        """Look whether the first conversion ends in time; what is wrong if it does not."""
        self._wait(self.least_s)
        return self._prove(0)

    def collect(self, step: int, then: int | None) -> int | Missing | None:
        """The signed code, or why this input has none; None if the chip is out of the frame. Then convert the input `then`."""
        began_s = self.clock.monotonic()
        if began_s < self.started_s + self.wait_s:  # seldom: who reads a whole mat has waited for all of its chips
            began_s = self._wait(self.wait_s)
        transfers = self.transfers
        if then is None or self.read_s >= self.quickest_s:
            word, overlong = self._result_first(then), False
        else:
            word = self._run(transfers.start_then_result[then])
            self.started_s = ended_s = self.clock.monotonic()
            overlong = ended_s - began_s > self.quickest_s + START_SHARE * self.read_s  # it may be that one's result already
        if word is None:
            return self.fault
        before, self.last_word = self.last_word, word
        code = (word ^ SIGN_BIT) - SIGN_BIT
        near, self.codes[step] = self.codes[step], code
        new = word != before or self.checked
        if word and new and not overlong:
            return code
        if near is not None and -NEAR_CODES <= code - near <= NEAR_CODES:
            return code
        if (wrong := self.examine()) is not None:
            self.codes[step] = None
            return wrong
        # the conversion may have ended after its time, and the next start was lost then; or the next one ended already
        return code if new and not overlong else self._again(step, then)

    def _result_first(self, then: int | None) -> int | None:
        """The result, and the input `then` started after that."""
        word = self._run(self.transfers.result)
        if then is not None and word is not None:
            self._start(then)
        return word

    def _start(self, step: int) -> None:
        self._run(self.transfers.starts[step])
        self.started_s = self.clock.monotonic()

    def examine(self) -> Missing | None:
        """Whether the chip has lost its settings since they were made; its mark is set again then."""
        transfers = self.transfers
        mark = self._run(transfers.mark)
        if mark is not None and mark != MARK:
            mark = self._run(transfers.mark)  # a bit may have flipped on the wire: look again
        if mark == RESET_THRESHOLD:
            self.restarts += 1
            self._run(transfers.set_mark)
            return Missing.RESET
        if mark == 0:  # neither value: a data line is held low
            self.fault, self.unsure = Missing.BUS_FAULT, True
        return self.fault

    def _again(self, step: int, then: int | None) -> int | Missing | None:
        """Convert this input once more, alone and with proof, then go on."""
        self.codes[step] = None
        self.come_to_rest()
        if not self.is_out():
            self._start(step)
            self._wait(self.least_s)
        if wrong := self.fault or self._prove(step):
            return wrong
        word = self._run(self.transfers.result)
        if word is None:
            return self.fault
        self.last_word, self.codes[step] = word, (word ^ SIGN_BIT) - SIGN_BIT
        if then is not None:
            self._start(then)
        return self.codes[step] if self.fault is None else self.fault

    def _prove(self, step: int) -> Missing | None:
        """What is wrong with the conversion, by the configuration read back; waits for one that has not ended."""
        expected = self.inputs[step][1]
        give_up_s = self.started_s + 2 * self.least_s
        mismatched = False
        while True:
            began_s = self.clock.monotonic()
            config = self._config()
            if config is None:
                return self.fault
            if config == expected:
                self.read_s = min(self.read_s, self.clock.monotonic() - began_s)
                late_s = began_s - self.started_s - self.least_s
                if late_s <= max(LATE_S, self.least_s):
                    self.wait_s, self.checked = self.least_s + (late_s if late_s > IN_HAND_S else 0.0), True
                return None
            if config == expected & ~OS_BIT:
                if self.clock.monotonic() >= give_up_s:
                    self.fault, self.unsure = Missing.NOT_READY, True
                    return Missing.NOT_READY
                self.clock.sleep(self.least_s / 4)
            elif mismatched:
                return self._other(config)
            else:
                mismatched = True  # a bit may have flipped on the wire: look again

    def _other(self, config: int) -> Missing | None:
        """The configuration is none of ours."""
        self.unsure = True
        # nothing but a data line held low reads as zero, for every word of ours has bits that never change
        reason = Missing.RESET if config else Missing.BUS_FAULT
        if not config & OS_BIT:
            self.fault = reason
            return reason
        return self.examine() or reason

    def _config(self) -> int | None:
        return self._run(self.transfers.config)

    def _wait(self, seconds: float) -> float:
        """Until so long after the start; the time then."""
        now_s = self.clock.monotonic()
        left_s = self.started_s + seconds - now_s
        if left_s <= 0:
            return now_s
        self.clock.sleep(left_s)
        return self.clock.monotonic()

    def _run(self, transfer: Transfer) -> int | None:
        """The unsigned word that was read, or None with the chip out of the frame."""
        try:
            transfer()
        except OSError as error:
            if not self._run_again(transfer, error):
                return None
        answer = self.transfers.answer
        return answer[0] << 8 | answer[1]

    def _run_again(self, transfer: Transfer, error: OSError) -> bool:
        """A transfer that failed; whether it went well after all, else the chip is out of the frame."""
        left = RETRIES
        while left and error.errno != errno.ETIMEDOUT:
            left -= 1
            try:
                transfer()
            except OSError as last:
                error = last
            else:
                return True
        if error.errno == errno.ETIMEDOUT:
            raise BusTimeoutError from error
        self.fault, self.unsure, self.ahead = Missing.NO_ANSWER, True, False
        return False
