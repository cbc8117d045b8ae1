"""An installation without the extra: a sentence, and nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("absent", ["psycopg", "nats"])
def test_a_missing_library_is_a_sentence_with_the_pip_line(absent: str) -> None:
    code = f"import sys; sys.modules['{absent}'] = None\nfrom acumat.cli.main import main\nsys.exit(main(['collect', '--config', '/absent']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if absent == "nats":  # only who collects from NATS needs it
        assert "/absent" in done.stderr
    else:
        assert done.returncode == 69
        assert "pip install 'acumat[fleet]'" in done.stderr


def test_the_daemon_loads_nothing_of_it() -> None:
    code = "import sys, acumat.wiring.daemon, acumat.cli.main; print([m for m in sys.modules if m.split('.')[0] in ('psycopg', 'nats')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
