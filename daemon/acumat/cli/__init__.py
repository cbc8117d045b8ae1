"""The command line: thin over functions, every failure a sentence and an exit code, never a traceback."""
