"""Which panel a configuration names, real or simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from acumat.config import PanelConfig
from acumat.service.panel import Panel
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.panel import GpioPanel, NoPanel, Press, lgpio_factory


def panel_of(
    config: PanelConfig, work_dir: Path, clock: Clock, *, pressed: Callable[[Press], object], shown: Callable[[str], None]
) -> Panel | None:
    """The panel that the configuration asks for; None for a mat without one."""
    if config.simulated:
        return Panel(NoPanel(), clock.monotonic, told=shown)
    if not config.fitted:
        return None
    return Panel(_pins(config, work_dir, pressed), clock.monotonic)


def switch_off(config: PanelConfig, work_dir: Path) -> None:
    """LED and buzzer off: whoever takes their pins switches them off. Raises PanelUnavailableError where a daemon has them."""
    pins = replace(config.pins, button=None)
    if config.simulated or (pins.led is None and pins.buzzer is None):
        return
    parts = _pins(replace(config, pins=pins), work_dir, lambda _kind: None)
    parts.open()
    parts.close()


def _pins(config: PanelConfig, work_dir: Path, pressed: Callable[[Press], object]) -> GpioPanel:
    return GpioPanel(config.pins, factory=partial(lgpio_factory, work_dir), pressed=pressed, monotonic=SystemClock().monotonic)
