"""The command that examines the mat and prints the findings: doctor."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.doctor_bundle import write_bundle
from acumat.cli.doctor_secrets import broker_target, secret_findings
from acumat.config import Config, ConfigError, SimulatedConfig, find_config, load_config
from acumat.control import DaemonForbiddenError, DaemonNotRunningError, DaemonRunningError, DaemonTimeoutError, ask, claimed
from acumat.doctor.board import MachineFacts
from acumat.doctor.broker import check_broker, check_discovery, check_encryption
from acumat.doctor.examine import check_board, check_daemon, failed
from acumat.doctor.finding import Finding, fail, ok
from acumat.doctor.home import check_machine
from acumat.doctor.linux import gpio_facts, is_this_machine, machine_facts
from acumat.doctor.pins import check_pins
from acumat.doctor.press import press_test
from acumat.identity import machine_mat_id
from acumat.mqtt.topics import Topics
from acumat.wiring import doctor_board
from acumat_hw.errors import InputError, SourceUnavailableError

ASK_S = 5.0


def doctor(config_path: Path | None, *, as_json: bool, press: bool, vcc_on: str | None, bundle: Path | None) -> int:
    """Examine everything and print each finding as it comes, or all at the end as JSON; `bundle`: also into this archive."""
    found: list[Finding] = []
    for finding in _examine(config_path, press=press, vcc_on=None if vcc_on is None else vcc_input(vcc_on)):
        found.append(finding)
        if not as_json:
            print(finding.line, flush=True)
    bad = failed(found)
    if as_json:
        print(json.dumps({"ok": not bad, "findings": [each.document() for each in found]}, indent=2, ensure_ascii=False))
    if bundle is not None:
        write_bundle(bundle, config_path, found)
        print(
            f"{bundle}: findings, versions, configuration without secrets, status and log. Look through it before you send it.",
            file=sys.stderr,
        )
    return exit_codes.FAULTY if bad else exit_codes.OK


def vcc_input(text: str) -> tuple[int, int]:
    """A chip's address and channel, such as 0x4b:3. Raises InputError."""
    found = re.fullmatch(r"(0x4[89ab]):([0-3])", text.lower())
    if found is None:
        raise InputError(f"--vcc-on {text!r} is no input; give chip and channel, such as 0x4b:3")
    return int(found[1], 16), int(found[2])


def _examine(config_path: Path | None, *, press: bool, vcc_on: tuple[int, int] | None) -> Iterator[Finding]:
    path = find_config(config_path)
    try:
        config = load_config(path, secrets=False)
    except ConfigError as error:
        for problem in error.problems:
            yield fail("configuration", "config", problem, "")
        return
    yield ok(
        "configuration", f"{path or 'the defaults'}: layout {config.layout.name} with {len(config.layout.sensors)} sensors."
    )
    yield from secret_findings(config)
    machine = machine_facts(config.daemon.state_dir)
    try:
        with claimed(config.daemon.control_socket):
            yield from _apart(config, machine, press=press, vcc_on=vcc_on)
    except DaemonRunningError:
        said = list(_beside_daemon(config, press=press))
        yield from said
        lines = {each.line for each in said}  # what the daemon says of the broker is not said again
        yield from (each for each in _broker(config, machine) if each.line not in lines)
    except DaemonForbiddenError as error:
        yield fail("daemon", "daemon_forbidden", f"Whether a daemon reads the mat cannot be known: {error}.", "")
    yield from check_machine(machine)


def _apart(config: Config, machine: MachineFacts, *, press: bool, vcc_on: tuple[int, int] | None) -> Iterator[Finding]:
    """Without a daemon the board is ours."""
    try:
        board = doctor_board.board(config)
    except InputError as error:
        yield fail("configuration", "config", f"{error}", "")
        return
    if isinstance(config.source, SimulatedConfig):
        scenario = config.source.scenario
        yield ok("mat", f"simulated: nobody lies on it, and every fault that the scenario {scenario} has is on all the time.")
    found: list[Finding] = []
    for finding in check_board(board, vcc_on):
        found.append(finding)
        yield finding
    if press and not failed(found):
        try:
            yield from press_test(board, lambda text: print(text, file=sys.stderr, flush=True))
        except SourceUnavailableError as error:
            yield fail("press test", "unreadable", f"The sensors cannot be read: {error}.", "")
    if not config.panel.simulated:
        pins = config.panel.pins
        fitted = {"button": pins.button, "led": pins.led, "buzzer": pins.buzzer}
        wanted = {part: pin for part, pin in fitted.items() if pin is not None}
        yield from check_pins(gpio_facts(wanted.values()), wanted)
    found = list(_broker(config, machine))
    yield from found
    if config.mqtt.enabled and config.mqtt.discovery and not failed(found):
        mqtt = config.mqtt
        topics = Topics(mqtt.base_topic, config.mat_id or machine_mat_id(), mqtt.discovery_prefix)
        yield check_discovery(broker_target(config), topics)


def _beside_daemon(config: Config, *, press: bool) -> Iterator[Finding]:
    if press:
        cause = "The daemon is reading the mat."
        yield fail("press test", "daemon_runs", cause, "Stop it first: sudo systemctl stop acumat.")
    try:
        status = ask(config.daemon.control_socket, {"command": "status"}, ASK_S)
    except (DaemonNotRunningError, DaemonForbiddenError, DaemonTimeoutError) as error:
        yield fail("daemon", "daemon_silent", f"A daemon holds the mat and does not answer: {error}.", "")
        return
    yield from check_daemon(status)


def _broker(config: Config, machine: MachineFacts) -> Iterator[Finding]:
    mqtt = config.mqtt
    if not mqtt.enabled:
        yield ok("broker", "MQTT is switched off in the configuration.")
        return
    for target in broker_target(config).nodes:
        found = check_broker(target, clock_synchronised=machine.clock_synchronised)
        yield found
        if not failed([found]):
            yield from check_encryption(target, local=is_this_machine(target.host))
