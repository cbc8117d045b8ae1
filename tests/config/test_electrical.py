"""What no circuit can be is refused by the configuration, with the values that can."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from acumat.config import ConfigError, load_config
from acumat.wiring.sources import mat_of
from acumat_hw.ads1x15_facts import RATES_HZ

FOUR = "".join(f'[[sensors]]\nname = "s{n}"\nx_mm = 0\ny_mm = {n}\nchip = {72 + n}\nchannel = 0\n' for n in range(4))
SUPPLY = ", and the sensors get 3.3 V (layout.vcc_v); allowed: "
FOR_10_HZ = "frames a second of this layout; allowed for daemon.rate_hz = 10: 64, 128, 250, 475, 860"
FOR_100_HZ = "frames a second of this layout; allowed for daemon.rate_hz = 100: 920, 1600, 2400, 3300"
TOO_FAST = "frames a second are more than converters and bus can read of this layout; allowed: 1 to"
REFUSED = [
    ("[source]\ngain = 16", f'2: source.gain: gain 16 reads up to 0.256 V{SUPPLY}"2/3", 1'),
    ("[source]\ngain = 2", f'2: source.gain: gain 2 reads up to 2.048 V{SUPPLY}"2/3", 1'),
    (
        "[source]\ngain = 1\n[layout]\nvcc_v = 4.1",
        f'2: source.gain: gain 1 reads up to 4.096 V{SUPPLY}"2/3"'.replace("3.3 V", "4.1 V"),
    ),
    (
        "[layout]\nvcc_v = 5.0",
        (
            "2: layout.vcc_v: 5 V is above the 4.096 V that gain 1 reads; "
            'set source.gain = "2/3", or feed the sensors from 3.3 V as the converters'
        ),
    ),
    ("[layout]\nvcc_v = 5.6", "2: layout.vcc_v: 5.6 is not possible; allowed: 1 to 5.5"),
    ("[source]\ndata_rate = 8", f"2: source.data_rate: 8 samples a second make 1.8 {FOR_10_HZ}"),
    ("[source]\ndata_rate = 32", f"2: source.data_rate: 32 samples a second make 7.1 {FOR_10_HZ}"),
    (
        "[daemon]\nrate_hz = 100\n[source]\nmodel = 'ads1015'\ndata_rate = 128",
        f"5: source.data_rate: 128 samples a second make 28 {FOR_100_HZ}",
    ),
    ("[daemon]\nrate_hz = 200", f"2: daemon.rate_hz: 200 {TOO_FAST} 153"),
    ("[daemon]\nrate_hz = 200\n[source]\ndata_rate = 860", f"2: daemon.rate_hz: 200 {TOO_FAST} 153"),
    ("[source]\nkind = 'simulated'\nbus_hz = 10000\n[layout]\npreset = '4x4'", f"1: daemon.rate_hz: 10 {TOO_FAST} 7"),
    (
        "[layout]\nbleed_ohm = 33000",
        "2: layout.bleed_ohm: 33000 is too little beside a resistor to ground of 3300; allowed: 66000 or more",
    ),
    (
        "[layout]\nbleed_ohm = 470000\nrm_ohm = 100",
        "2: layout.bleed_ohm: 470000 is too much to be measured on 100 ohms; allowed: up to 409600",
    ),
]
TAKEN = [
    "[source]\ngain = '2/3'\n[layout]\nvcc_v = 5.0",
    "[source]\ngain = 2\n[layout]\nvcc_v = 2.048",
    "[source]\ndata_rate = 64",
    f"[source]\ndata_rate = 16\n{FOUR}",
    "[source]\nkind = 'simulated'\n[layout]\nvcc_v = 5",
    "[source]\nkind = 'simulated'\nthrough = 'fast'\n[daemon]\nrate_hz = 200",
    f"[daemon]\nrate_hz = 200\n{FOUR}",
    "[layout]\nbleed_ohm = 470000",
    "[layout]\nbleed_ohm = 470000\nrm_ohm = 1000",
]


def written(folder: Path, text: str) -> Path:
    path = folder / "acumat.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_a_contradiction_is_reported_with_what_is_possible(tmp_path: Path, text: str, problem: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert [each.removeprefix(f"{path}:") for each in caught.value.problems] == [problem]


@pytest.mark.parametrize("text", TAKEN)
def test_what_a_circuit_can_be_is_taken(tmp_path: Path, text: str) -> None:
    mat_of(load_config(written(tmp_path, text)))


@pytest.mark.parametrize(("model", "preset"), [*itertools.product(RATES_HZ, ["2x2", "4x2", "4x3", "4x4"])])
def test_a_data_rate_is_taken_where_the_converters_alone_could_keep_up_by_half_and_refused_where_they_cannot(
    tmp_path: Path, model: str, preset: str
) -> None:
    inputs = 4
    for data_rate, rate_hz in itertools.product(RATES_HZ[model], (1, 5, 10, 50, 100)):
        text = f"[source]\nmodel = '{model}'\ndata_rate = {data_rate}\n[daemon]\nrate_hz = {rate_hz}\nidle_rate_hz = 1\n"
        path = written(tmp_path, f"{text}[layout]\npreset = '{preset}'")
        needed = inputs * rate_hz / data_rate
        if needed >= 0.9:
            with pytest.raises(ConfigError):
                load_config(path)
        elif needed <= 0.45:
            load_config(path)


def test_a_simulated_mat_of_five_volts_is_read_up_to_its_supply(tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_text("duration_s = 60\n[[fault]]\ndo = 'short'\nat_s = 0\nsensor = 'r2c1'\n")
    source = f"[source]\nkind = 'simulated'\nscenario = '{story}'\nspeed = 0\n"
    config = load_config(written(tmp_path, f"{source}[layout]\nvcc_v = 5"))
    mat = mat_of(config)
    mat.source.open()
    code = mat.source.read().codes[2]
    mat.source.close()
    assert code is not None
    assert code * config.layout.lsb_v == pytest.approx(5.0, abs=0.01)
