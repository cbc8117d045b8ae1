"""The command that shows the daemon at work on a simulated mat: demo."""

from __future__ import annotations

import logging
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.offline import say_at
from acumat.config import DaemonConfig, MqttConfig, PanelConfig, SimulatedConfig, load_config
from acumat.config_host import host_problem
from acumat.contract.events import Event
from acumat.demo_broker import NoBrokerError, demo_broker
from acumat.wiring.daemon import daemon as wired
from acumat.wiring.simulated import preset_layout
from acumat_hw.errors import InputError


def demo(scenario: str, *, layout: str, speed: float, broker: str | None) -> int:
    """The daemon on a simulated mat, with state that is gone afterwards."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acumat-demo-")))
        mqtt = _demo_mqtt(stack, broker)
        config = replace(
            load_config(None),
            name="Demo mat",
            mat_id="demo",
            layout=preset_layout(layout),
            source=SimulatedConfig(scenario=scenario, speed=speed),
            daemon=DaemonConfig(state_dir=folder, runtime_dir=folder),
            mqtt=mqtt,
            panel=PanelConfig(simulated=True),
        )
        story = _Story()
        daemon = wired(config, told=story.tell, shown=story.show)
        print(f"A simulated mat, layout {layout}, read by the real converter driver; scenario {scenario}. Ctrl-C ends it.")
        daemon.run()
        totals = daemon.service.status()["totals"]
        print(f"The end: {totals['sessions_total']} session(s), {totals['minutes_total']:.1f} minutes on the mat.")
    return exit_codes.OK


class _Story:
    """Tells events with the seconds of the mat's time since the first of them."""

    def __init__(self) -> None:
        self._zero_s: float | None = None

    def tell(self, event: Event) -> None:
        if self._zero_s is None:
            self._zero_s = event.t_mono_s
        say_at(event.t_mono_s - self._zero_s, event)

    def show(self, text: str) -> None:
        print(f"{'':9}    {'panel':<20} {text}", flush=True)


def _demo_mqtt(stack: ExitStack, broker: str | None) -> MqttConfig:
    if broker is not None:
        host, _, port = (broker, "", "") if not host_problem(broker) else broker.rpartition(":")
        if host_problem(host) or not (port or "1883").isdecimal() or not 0 < int(port or 1883) < 65536:
            raise InputError(f"--broker {broker!r} is no HOST[:PORT]")
        return MqttConfig(host=host, port=int(port or 1883))
    try:
        name, own_port = stack.enter_context(demo_broker())
    except NoBrokerError as exc:
        print(f"acumat: {exc}; going on without", file=sys.stderr)
        return MqttConfig(enabled=False)
    print(f"A broker ({name}) runs on 127.0.0.1:{own_port} as long as the demo. In another terminal:")
    print(f"    mosquitto_sub -h 127.0.0.1 -p {own_port} -v -t 'acumat/demo/#'")
    return MqttConfig(host="127.0.0.1", port=own_port)
