"""The running daemon: one loop that reads the mat, steps detection and hands on what came of it."""
