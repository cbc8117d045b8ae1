"""The command that shows the daemon at work on a simulated mat: demo."""

from __future__ import annotations

import logging
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.broker import host_and_port
from acumat.cli.demo_page import demo_page
from acumat.cli.demo_story import HourLater, Person
from acumat.cli.printing import print_event
from acumat.cli.simulate import refuse_speed
from acumat.config import DaemonConfig, MqttConfig, PanelConfig, SimulatedConfig, load_config
from acumat.contract.events import Event
from acumat.demo_broker import NoBrokerError, demo_broker
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_retained
from acumat.wiring.broker import target_of
from acumat.wiring.daemon import daemon as wired
from acumat.wiring.simulated import preset_layout, simulation
from acumat.wiring.sources import Mat

MAT_ID = "demo"


def demo(scenario: str, *, layout: str, speed: float, broker: str | None) -> int:
    """Run the daemon on a simulated mat; afterwards everything that it stored and published is removed."""
    refuse_speed(speed)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acumat-demo-")))
        mqtt = _mqtt(stack, broker)
        config = replace(
            load_config(None),
            name="Demo mat",
            mat_id=MAT_ID,
            layout=preset_layout(layout),
            source=SimulatedConfig(scenario=scenario, speed=speed),
            daemon=DaemonConfig(state_dir=folder, runtime_dir=folder),
            mqtt=mqtt,
            panel=PanelConfig(simulated=True),
        )
        _print_ways_in(stack, folder)
        sim = simulation(scenario, layout=config.layout, speed=speed, rate_hz=config.daemon.rate_hz)
        zero_s = sim.clock.monotonic()
        person = Person(config.daemon.control_socket, sim.clock, zero_s, sim.story)
        source = HourLater(sim.source, sim.clock, zero_s, lambda: person.waits)

        def on_event(event: Event) -> None:
            print_event(event.t_mono_s - zero_s, event, zero_s)
            person.hear(event)

        daemon = wired(config, on_event=on_event, on_text=_show, mat=Mat(source, sim.clock, sim.remark, sim.frame_s, speed))
        daemon.open()
        person.start()
        print(f"A simulated mat, layout {layout}, read by the real converter driver; scenario {scenario}. Ctrl-C ends it.")
        try:
            daemon.run()
        finally:
            person.stop()
        totals = daemon.service.status()["totals"]
        print(f"The end: {totals['sessions_total']} session(s), {totals['minutes_total']:.1f} minutes on the mat.")
        if broker is not None:
            _unpublish(mqtt)
    return exit_codes.OK


def _show(text: str) -> None:
    print(f"{'':9}    {'panel':<20} {text}", flush=True)


def _mqtt(stack: ExitStack, broker: str | None) -> MqttConfig:
    if broker is not None:
        return MqttConfig(brokers=(host_and_port(broker),))
    try:
        name, own_port = stack.enter_context(demo_broker())
    except NoBrokerError as exc:
        print(f"acumat: {exc}; continuing without", file=sys.stderr)
        return MqttConfig(enabled=False)
    print(f"A broker ({name}) runs on 127.0.0.1:{own_port} as long as the demo. To listen in another terminal, with the")
    print("program of the Debian package mosquitto-clients:")
    print(f"    mosquitto_sub -h 127.0.0.1 -p {own_port} -v -t 'acumat/{MAT_ID}/#' -T 'acumat/{MAT_ID}/picture'")
    return MqttConfig(brokers=(("127.0.0.1", own_port),))


def _print_ways_in(stack: ExitStack, folder: Path) -> None:
    """The page, and a configuration that leads every command to this daemon."""
    path, code_file = folder / "acumat.toml", folder / "code"
    folders = f'[daemon]\nstate_dir = "{folder}"\nruntime_dir = "{folder}"\n'
    path.write_text(f'{folders}[web]\ncode_file = "{code_file}"\n', encoding="utf-8")
    address = stack.enter_context(demo_page(code_file, "--config", str(path)))
    if address is None:
        print("Without the page, which needs: pip install 'acumat[web]'")
    else:
        print(f"To see it live, open this in a browser on this machine:\n    {address}")
    program = sys.argv[0] if Path(sys.argv[0]).name == "acumat" else "acumat"
    print("To watch it, or to ask it something, in another terminal:")
    print(f"    {program} watch --config {path}\n    {program} status --config {path}")


def _unpublish(mqtt: MqttConfig) -> None:
    """Remove the mat from the broker, and so from Home Assistant."""
    cleared = clear_retained(target_of(mqtt, password=None), Topics(mqtt.base_topic, MAT_ID, mqtt.discovery_prefix))
    print(f"The demo's mat is off the broker: {len(cleared.removed)} topics removed.")
