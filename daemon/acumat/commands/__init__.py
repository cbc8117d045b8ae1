"""What people may ask of the running daemon: one table of commands, and the parser that reads requests by it."""
