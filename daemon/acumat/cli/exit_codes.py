"""The exit codes of the commands."""

from __future__ import annotations

OK = 0
FAULTY = 1
USAGE = 2
DATA = 65
UNAVAILABLE = 69
SOFTWARE = 70
REFUSED = 75
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    OK: "it is done",
    FAULTY: "the doctor found something that does not work, or a field test a position that is not as expected",
    USAGE: "wrong use of the command line",
    DATA: "some input could not be used; what could be used was",
    UNAVAILABLE: "something that is needed is not there: sensors, bus, daemon, broker",
    SOFTWARE: "an error inside acumat; ACUMAT_DEBUG=1 shows where",
    REFUSED: "the daemon cannot do it now; its answer says why",
    INTERRUPTED: "ended by Ctrl-C before it was done",
}
"""USAGE is argparse's own; DATA to REFUSED are those of sysexits.h."""
