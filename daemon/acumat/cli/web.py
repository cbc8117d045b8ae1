"""The command that serves the page: web."""

from __future__ import annotations

import logging
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import find_config, load_config
from acumat.own_process import own_process
from acumat.web.code import SecretFile
from acumat_hw.errors import AcumatError

try:
    from acumat.web.server import IDLE_S, Page, handed_over, on_loopback
except ModuleNotFoundError as exc:
    raise AcumatError(f"the page needs {exc.name}, which is not installed: pip install 'acumat[web]'") from exc


def web(config_path: Path | None, *, port: int) -> int:
    """Serve the page until Ctrl-C, or as systemd's socket wants it."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    path = find_config(config_path)
    config = load_config(path, secrets=False)
    sockets = handed_over()
    idle_s = IDLE_S if sockets else None
    if not sockets:
        sockets = on_loopback(port)
        print(
            f"The page is at http://127.0.0.1:{sockets[0].getsockname()[1]}/ on this machine alone. Ctrl-C ends it.", flush=True
        )
        if SecretFile(config.web.code_file).current() is None:
            print(f"Nobody can sign in yet: acumat web-code makes a code ({config.web.code_file}).", flush=True)
    hosts, code_file = config.web.hosts, config.web.code_file
    Page(sockets, path, config.daemon.control_socket, code_file, hosts, own_process, idle_s=idle_s).run()
    return exit_codes.OK
