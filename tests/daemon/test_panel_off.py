"""LED and buzzer off after a daemon that was killed, on gpiozero's own test pins."""

from __future__ import annotations

from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.wiring import panel
from acumat_hw.panel import PanelUnavailableError

BUTTON, LED, BUZZER = 17, 27, 22
FITTED = f"[panel]\nbutton_pin = {BUTTON}\nled_pin = {LED}\nbuzzer_pin = {BUZZER}\n"


def panel_off(folder: Path, lines: str) -> int:
    path = folder / "acumat.toml"
    path.write_text(f'[source]\nkind = "simulated"\n[daemon]\nruntime_dir = "{folder}"\n{lines}')
    return main(["panel-off", "--config", str(path)])


@pytest.mark.parametrize("passive", [False, True])
def test_what_a_killed_daemon_left_on_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passive: bool) -> None:
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(panel, "lgpio_factory", lambda _folder: factory)
    button, led, buzzer = factory.pin(BUTTON), factory.pin(LED), factory.pin(BUZZER)
    for pin in (led, buzzer):
        pin.function, pin.state = "output", 1
    assert panel_off(tmp_path, FITTED + ('buzzer = "passive"\n' if passive else "")) == exit_codes.OK
    assert (led.state, buzzer.state) == (0, 0)
    assert button.function == "input"


@pytest.mark.parametrize("lines", ["", f"[panel]\nbutton_pin = {BUTTON}\n", "[panel]\nsimulated = true\n"])
def test_a_mat_with_nothing_to_switch_off_needs_no_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    def refuse(_folder: Path) -> MockFactory:
        raise AssertionError("no pin is needed")

    monkeypatch.setattr(panel, "lgpio_factory", refuse)
    assert panel_off(tmp_path, lines) == exit_codes.OK


def test_pins_that_another_process_holds_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(_folder: Path) -> MockFactory:
        raise PanelUnavailableError("a pin is taken by something else")

    monkeypatch.setattr(panel, "lgpio_factory", busy)
    assert panel_off(tmp_path, FITTED) == exit_codes.UNAVAILABLE
    assert "taken" in capsys.readouterr().err
