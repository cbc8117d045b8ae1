"""The running daemon: one loop that reads the mat, steps detection and passes on the result."""
