"""Which panel a configuration names, real or simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from acumat.config import PanelConfig
from acumat.service.panel import NullPanel, Panel
from acumat.wiring.context import Context
from acumat_hw.clock import SystemClock
from acumat_hw.panel import GpioPanel, NoPanel, Press, lgpio_factory


def panel_of(context: Context, on_text: Callable[[str], None]) -> Panel | NullPanel:
    """The panel that the configuration asks for. `on_text` gets what a simulated one would show and play."""
    config, monotonic, pacer = context.config.panel, context.clock.monotonic, context.config.routine.pacer
    light, sound = pacer in ("light", "both"), pacer in ("sound", "both")
    if config.simulated:
        return Panel(NoPanel(), monotonic, on_text=on_text, pacer_light=light, pacer_sound=sound)
    if not config.fitted:
        return NullPanel()
    pins = _pins(config, context.config.daemon.runtime_dir, context.inbox.press)
    return Panel(pins, monotonic, pacer_light=light, pacer_sound=sound)


def switch_off(config: PanelConfig, work_dir: Path) -> None:
    """LED and buzzer off: taking their pins does that. Raises PanelUnavailableError where a daemon has them."""
    pins = replace(config.pins, button=None)
    if config.simulated or (pins.led is None and pins.buzzer is None):
        return
    parts = _pins(replace(config, pins=pins), work_dir, _ignore)
    parts.open()
    parts.close()


def _pins(config: PanelConfig, work_dir: Path, pressed: Callable[[Press], object]) -> GpioPanel:
    return GpioPanel(config.pins, factory=partial(lgpio_factory, work_dir), pressed=pressed, monotonic=SystemClock().monotonic)


def _ignore(_kind: Press) -> None: ...
