"""acumat: the daemon that turns readings of an acupressure mat into presence, sessions and balance."""

__version__ = "0.2.0"
