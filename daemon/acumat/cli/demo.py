"""The command that shows the daemon at work on a simulated mat: demo."""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.broker import host_and_port
from acumat.cli.printing import print_event, print_line
from acumat.cli.simulate import refuse_speed
from acumat.coach.rules import LEAST_MIN
from acumat.coach.screening import QUESTIONS, Answer
from acumat.config import DaemonConfig, MqttConfig, PanelConfig, SimulatedConfig, load_config
from acumat.contract.events import Event
from acumat.control import ask
from acumat.demo_broker import NoBrokerError, demo_broker
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_retained
from acumat.wiring.broker import target_of
from acumat.wiring.daemon import daemon as wired
from acumat.wiring.simulated import preset_layout, simulation
from acumat.wiring.sources import Mat
from acumat_hw.clock import Clock
from acumat_hw.errors import AcumatError

MAT_ID = "demo"
ASK_S = 10.0
LOOK_S = 0.05


def demo(scenario: str, *, layout: str, speed: float, broker: str | None) -> int:
    """The daemon on a simulated mat; what it stores and publishes is gone afterwards."""
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
        sim = simulation(scenario, layout=config.layout, speed=speed, rate_hz=config.daemon.rate_hz)
        zero_s = sim.clock.monotonic()
        mat = Mat(sim.source, sim.clock, sim.remark, sim.frame_s, speed)
        daemon = wired(config, on_event=partial(_print, zero_s), on_text=_show, mat=mat)
        daemon.open()
        _print_ways_in(folder)
        person = _Person(config.daemon.control_socket, sim.clock, zero_s, sim.story)
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


class _Person(threading.Thread):
    """Whoever the mat belongs to: answers the questions about health, and lies on it as the scenario says."""

    def __init__(self, socket: Path, clock: Clock, zero_s: float, story: Sequence[tuple[float, str]]) -> None:
        super().__init__(name="person", daemon=True)
        self._socket = socket
        self._clock = clock
        self._zero_s = zero_s
        self._story = story
        self._over = threading.Event()

    def run(self) -> None:
        with suppress(AcumatError):  # the demo was ended before the daemon answered
            self._ask("acumat screen --none", command="screen", **dict.fromkeys(QUESTIONS, Answer.NO.value))
            self._ask(f"acumat programme set --minutes {LEAST_MIN}", command="programme_set", minutes=LEAST_MIN)
        for at_s, text in self._story:
            while self._clock.monotonic() - self._zero_s < at_s:
                if self._over.wait(LOOK_S):
                    return
            print_line(at_s, "(scenario)", text)

    def stop(self) -> None:
        self._over.set()
        self.join(ASK_S)

    def _ask(self, typed: str, **request: object) -> None:
        answer = ask(self._socket, request, ASK_S)
        print(f"{'':9}    {'$ ' + typed}\n{'':9}      {answer['text']}", flush=True)


def _print(zero_s: float, event: Event) -> None:
    print_event(event.t_mono_s - zero_s, event, zero_s)


def _show(text: str) -> None:
    print(f"{'':9}    {'panel':<20} {text}", flush=True)


def _mqtt(stack: ExitStack, broker: str | None) -> MqttConfig:
    if broker is not None:
        host, port = host_and_port(broker)
        return MqttConfig(host=host, port=port)
    try:
        name, own_port = stack.enter_context(demo_broker())
    except NoBrokerError as exc:
        print(f"acumat: {exc}; going on without", file=sys.stderr)
        return MqttConfig(enabled=False)
    print(f"A broker ({name}) runs on 127.0.0.1:{own_port} as long as the demo. To listen in another terminal, with the")
    print("program of the Debian package mosquitto-clients:")
    print(f"    mosquitto_sub -h 127.0.0.1 -p {own_port} -v -t 'acumat/{MAT_ID}/#'")
    return MqttConfig(host="127.0.0.1", port=own_port)


def _print_ways_in(folder: Path) -> None:
    """A configuration that leads every command to this daemon."""
    path = folder / "acumat.toml"
    path.write_text(f'[daemon]\nstate_dir = "{folder}"\nruntime_dir = "{folder}"\n', encoding="utf-8")
    program = sys.argv[0] if Path(sys.argv[0]).name == "acumat" else "acumat"
    print("To watch it, or to ask it something, in another terminal:")
    print(f"    {program} watch --config {path}\n    {program} status --config {path}")


def _unpublish(mqtt: MqttConfig) -> None:
    """Off the broker, and out of Home Assistant with it."""
    cleared = clear_retained(target_of(mqtt, password=None), Topics(mqtt.base_topic, MAT_ID, mqtt.discovery_prefix))
    print(f"The demo's mat is off the broker: {len(cleared.removed)} topics removed.")
