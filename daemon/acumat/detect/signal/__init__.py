"""From codes to loads: conductance, the empty mat, noise."""
