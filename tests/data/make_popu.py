"""Makes popu_4x2.csv.gz and .toml out of a real pressure map: run once with the map's file, the result is in the repository.

    python -m tests.data.make_popu volunteer4_0-250s.npz

The map (PoPu volunteer 4, over the mattress, 64 rows from the head by 27 columns) becomes eight pads of 3 x 3 cells where a mat
of 72 x 43 cm would lie under the trunk; each pad's force goes through one of the simulator's sensors and a divider, whose gain,
exponent and creep detection does not know. Each map is held until the next one (half a second, at most four) and read at 10 Hz.
Needs numpy.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from acumat_hw.layout import Layout, grid
from acumat_sim.fsr import Fsr, divider_volts, random_traits
from acumat_sim.streams import stream

SEED = 4
RATE_HZ = 10.0
TOP_ROW, ROWS = 9, 25
LEFT_COLUMN, COLUMNS = 7, 15
"""Cells are about 29 mm: 25 x 15 of them are 72 x 43 cm. The shoulders' row of maxima to the pelvis' lies inside."""
GRAVITY_N_PER_KG = 9.81
RM_OHM = 3300.0


def pad_forces_n(maps: npt.NDArray[np.float64], weight_kg: float, occupied: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Force on each pad and map; a unit of the map is worth what makes its sum the person's weight while occupied."""
    n_per_unit = weight_kg * GRAVITY_N_PER_KG / float(np.median(maps[occupied].sum(axis=(1, 2))))
    columns = []
    for row in range(4):
        for column in range(2):
            middle_row = TOP_ROW + int(ROWS * (row + 0.5) / 4)
            middle_column = LEFT_COLUMN + int(COLUMNS * (column + 0.5) / 2)
            cells = maps[:, middle_row - 1 : middle_row + 2, middle_column - 1 : middle_column + 2]
            columns.append(cells.sum(axis=(1, 2)) * n_per_unit)
    return np.stack(columns, axis=1)


def rows(layout: Layout, times_s: npt.NDArray[np.float64], forces_n: npt.NDArray[np.float64]) -> list[str]:
    """The lines of the recording."""
    sensors = [
        Fsr(random_traits(stream(SEED, f"part {i}"), 0.15, exponent=1.1), stream(SEED, f"fsr {i}"))
        for i in range(len(layout.sensors))
    ]
    noise = stream(SEED, "conversions")
    lines = ["t_s," + ",".join(sensor.name for sensor in layout.sensors)]
    for step in range(int(float(times_s[-1]) * RATE_HZ)):
        t_s = step / RATE_HZ
        now_n = forces_n[max(0, int(np.searchsorted(times_s, t_s, side="right")) - 1)]
        volts = [
            divider_volts(fsr.step(float(force), 1 / RATE_HZ), RM_OHM, layout.vcc_v)
            for fsr, force in zip(sensors, now_n, strict=True)
        ]
        lines.append(f"{t_s:.1f}," + ",".join(str(round(v / layout.lsb_v + noise.gauss(0, 1))) for v in volts))
    return lines


def toml(layout: Layout) -> str:
    """What the columns are."""
    head = (
        "# Eight pads cut out of a real pressure map, through simulated sensors: made by make_popu.py from PoPu volunteer 4\n"
        "# (CC0); cite: Fonseca et al., PoPu-Data: A Multilayered, Simultaneously Collected Lying Position Dataset,\n"
        "# Data 2023, 8(7), 120. Empty until 105 s, lying down until 111 s, then lying to the end: labels set by hand.\n"
        f"\n[adc]\nlsb_v = {layout.lsb_v}\nvcc_v = {layout.vcc_v}\n"
    )
    sensors = "".join(
        f'\n[[sensors]]\nname = "{s.name}"\nx_mm = {s.x_mm}\ny_mm = {s.y_mm}\nrm_ohm = {s.rm_ohm}\nzone = "{s.zone}"\n'
        for s in layout.sensors
    )
    return head + sensors


def main(source: str) -> None:
    data = np.load(source)
    layout = grid(4, 2, rm_ohm=RM_OHM)
    forces_n = pad_forces_n(data["over"].astype(float), float(data["weight_kg"]), data["occupied"])
    text = "\n".join(rows(layout, data["t_s"].astype(float), forces_n)) + "\n"
    out = Path(__file__).parent / "popu_4x2"
    with out.with_suffix(".csv.gz").open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        packed.write(text.encode())
    out.with_suffix(".toml").write_text(toml(layout), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
