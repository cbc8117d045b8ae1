"""The running daemon: one loop that reads the mat, steps detection and passes on what came of it."""
