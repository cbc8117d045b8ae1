"""The routine as pure rules: what is planned, when a cue is due, what holds guidance back. No clock, no file, no log."""
