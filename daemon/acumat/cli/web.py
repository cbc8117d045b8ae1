"""The command that serves the page: web. With --fleet the page of many mats."""

from __future__ import annotations

import logging
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import find_config, load_config
from acumat.own_process import own_process
from acumat.web.code import SecretFile
from acumat_hw.errors import AcumatError

try:
    from acumat.web.server import IDLE_S, Page, Site, handed_over, on_loopback
except ModuleNotFoundError as exc:
    raise AcumatError(f"the page needs {exc.name}, which is not installed: pip install 'acumat[web]'") from exc


def web(config_path: Path | None, *, port: int, fleet_file: Path | None) -> int:
    """Serve the page until Ctrl-C, or on the socket from systemd."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    site, code_file = _mat(config_path) if fleet_file is None else _fleet(fleet_file)
    sockets = handed_over()
    idle_s = IDLE_S if sockets else None
    if not sockets:
        sockets = on_loopback(port)
        print(
            f"The page is at http://127.0.0.1:{sockets[0].getsockname()[1]}/ on this machine alone. Ctrl-C ends it.", flush=True
        )
        if SecretFile(code_file).current() is None:
            print(f"Nobody can sign in yet: acumat web-code makes a code ({code_file}).", flush=True)
    Page(sockets, site, idle_s=idle_s).run()
    return exit_codes.OK


def _mat(config_path: Path | None) -> tuple[Site, Path]:
    from acumat.web.mat_site import MatSite  # noqa: PLC0415  a fleet's page needs none of it

    path = find_config(config_path)
    config = load_config(path, secrets=False)
    code_file = config.web.code_file
    return MatSite(path, config.daemon.control_socket, code_file, config.web.hosts, own_process), code_file


def _fleet(path: Path) -> tuple[Site, Path]:
    from acumat.fleet.overview.settings import load_settings  # noqa: PLC0415  a mat has no database's driver
    from acumat.web.fleet_site import FleetSite  # noqa: PLC0415

    settings = load_settings(path)
    try:
        from acumat.fleet.overview.record import Record  # noqa: PLC0415
    except ModuleNotFoundError as exc:
        raise AcumatError(
            f"the fleet's page needs {exc.name}, which is not installed: pip install 'acumat[web,fleet]'"
        ) from exc
    return FleetSite(Record(settings.dsn), settings.code_file, settings.hosts), settings.code_file
