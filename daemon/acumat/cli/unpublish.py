"""The command that removes a mat from the broker, and so from Home Assistant."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.broker import host_and_port
from acumat.cli.doctor_secrets import broker_target
from acumat.config import Config, find_config, load_config
from acumat.config.rules import ID_PATTERN, ID_WORDS
from acumat.control import DaemonNotRunningError, DaemonTimeoutError, ask
from acumat.identity import machine_mat_id
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_retained
from acumat_hw.errors import InputError

ASK_S = 2.0


def unpublish(config_path: Path | None, mat_id: str | None, broker: str | None) -> int:
    """Remove everything retained of the mat `mat_id` at `broker`, by default the configured ones."""
    if mat_id is not None and not re.fullmatch(ID_PATTERN, mat_id):
        raise InputError(f"--mat {mat_id!r} is no mat's id; allowed: {ID_WORDS}")
    config = load_config(find_config(config_path))
    if broker is not None:
        config = replace(config, mqtt=replace(config.mqtt, brokers=(host_and_port(broker),)))
    mat = mat_id or config.mat_id or machine_mat_id()
    if mat in _running(config):
        print(f"acumat: the daemon of mat {mat} is running; stop it first: sudo systemctl stop acumat", file=sys.stderr)
        return exit_codes.REFUSED
    mqtt = config.mqtt
    cleared = clear_retained(broker_target(config), Topics(mqtt.base_topic, mat, mqtt.discovery_prefix))
    for topic in cleared.removed:
        print(f"removed {topic}")
    if cleared.unseen:
        print(f"cleared without being seen: {', '.join(cleared.unseen)}")
        print(
            f"acumat: the broker does not show what it stores under {len(cleared.unseen)} of the topics, or has not taken the "
            "clearing; let this user read and write there to be sure",
            file=sys.stderr,
        )
    elif not cleared.removed:
        print(f"The broker stored nothing of mat {mat}.")
    else:
        print(f"The broker stores nothing of mat {mat} any more.")
    return exit_codes.OK


def _running(config: Config) -> tuple[str, ...]:
    """The id of the local daemon's mat. If the daemon is too busy to answer, it counts as the configured one."""
    try:
        status = ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
    except DaemonNotRunningError:
        return ()
    except DaemonTimeoutError:
        return (config.mat_id or machine_mat_id(),)
    return (str(status.get("mat")),)
