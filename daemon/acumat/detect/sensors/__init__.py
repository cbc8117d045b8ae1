"""How the sensors are: health, faults, wear, calibration."""
