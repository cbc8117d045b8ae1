"""What the exit code of a command says."""

from __future__ import annotations

OK = 0
FAULTY = 1
"""The doctor found something that does not work."""
USAGE = 2
"""Wrong use of the command line (argparse's own)."""
DATA = 65
"""Some input could not be used; what could be used was (EX_DATAERR of sysexits.h)."""
UNAVAILABLE = 69
"""Something that is needed is not there: sensors, bus, daemon, broker (EX_UNAVAILABLE)."""
SOFTWARE = 70
"""A fault of acumat's own; ACUMAT_DEBUG=1 shows where (EX_SOFTWARE)."""
REFUSED = 75
"""The daemon cannot do it now; try again later (EX_TEMPFAIL)."""
INTERRUPTED = 130
"""Ended by Ctrl-C before it was done."""
