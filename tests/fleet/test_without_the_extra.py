"""An installation without the extra: a sentence, and nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = (
    "import sys; sys.modules[{0!r}] = None; from acumat.cli.main import main; sys.exit(main(['collect', '--config', {1!r}]))"
)
LOADED = "print([each for each in sys.modules if each.split('.')[0] in ('psycopg', 'nats')])"


@pytest.mark.parametrize("absent", ["psycopg", "nats"])
def test_a_missing_library_is_a_sentence_with_the_pip_line(tmp_path: Path, absent: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text('[record]\ndsn = "x"\n[transport]\nkind = "nats"\n')
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(absent, str(path))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 69
    assert f"needs {absent}" in done.stderr
    assert "pip install 'acumat[fleet]'" in done.stderr


def test_the_daemon_loads_nothing_of_it() -> None:
    code = f"import sys, acumat.wiring.daemon, acumat.cli.main; {LOADED}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
