"""The few errors that callers treat differently. Each message names the place and the fix."""

from __future__ import annotations


class AcumatError(Exception):
    """Base of our errors; never raised itself."""


class SourceUnavailableError(AcumatError):
    """The sensors cannot be reached at all now: report it, back off, open again."""


class SourceEndedError(AcumatError):
    """A recording or scenario is over: finish in good order."""


class InputError(AcumatError, ValueError):
    """What a person gave (configuration, recording, scenario, argument) cannot be used: show the message and stop."""


BUS_HANGS = "the I2C bus hangs: a line is held low; check SDA and SCL for a short and take the converters' power away once"
"""The sentence for it, wherever it is noticed: one outage is one line in the log."""
TOO_BUSY = "the machine is too busy to read the sensors in time; look at what else runs on it: top"
"""The same for a call that makes progress, but comes too late."""
