"""Where the command `acumat` begins: Ctrl-C ends it without a traceback, also while the rest is still being imported."""

from __future__ import annotations

INTERRUPTED = 130
"""The same as in exit_codes, which is imported only inside."""


def main() -> int:
    """Run the command of the command line."""
    try:
        from acumat.cli.main import main as command  # noqa: PLC0415

        return command()
    except KeyboardInterrupt:
        return INTERRUPTED
