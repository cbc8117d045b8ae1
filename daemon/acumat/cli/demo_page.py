"""The demo's page: `acumat web` beside its daemon, on loopback alone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from acumat.demo_broker import end_process
from acumat.own_process import own_process
from acumat.web.code import new_code, store


@contextmanager
def demo_page(code_file: Path, *options: str) -> Iterator[str | None]:
    """The address of a running page, which signs a browser in; None if the page is not installed or does not start.

    `options` name a configuration with that `code_file`. The page is stopped at the end.
    """
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        yield None
        return
    code, secret = new_code()
    store(code_file, secret)
    command = own_process("acumat.cli.main", "web", "--port", "0", *options)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+/", process.stdout.readline())  # empty once the process has ended
        yield None if found is None else f"{found[0]}#code={code}"
    finally:
        end_process(process)
        process.stdout.close()
