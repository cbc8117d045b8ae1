"""The mat as a physical thing: frames, layout, clock and the converter reader. Knows nothing of daemon or simulator."""
