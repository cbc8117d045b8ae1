"""How fast the reader is on the simulated bus, bus time counted, beside the limit and the usual loop over `AnalogIn.voltage`.

`python -m tests.bench.reader` prints a table and keeps it in docs/bench.json. The limit is that of chips which convert side by
side, each started again and read in one transfer: a slot lasts as long as the slower of one conversion with that transfer and
all chips' transfers. Conversions are allowed for at 0.9 times the data rate and 120 us to wake up.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from adafruit_ads1x15.ads1015 import ADS1015
from adafruit_ads1x15.ads1115 import ADS1115
from adafruit_ads1x15.analog_in import AnalogIn

from acumat_hw.ads1x15_facts import RATES_HZ, Model
from tests.bench.record import record
from tests.hw.bench import LAYOUT, Bench

WAKE_S = 120e-6
SLOWEST = 0.9
TRANSFER_BITS = 85
"""Start, address and three bytes, repeated start, address and pointer, repeated start, address and two bytes, stop; nine bits a
byte."""
FRAMES = 200
NAIVE_FRAMES = 5
CHANNELS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Frames a second of `chips` full converters: the limit, the reader's and the usual loop's; transfers a frame of both."""

    model: Model
    bus_hz: float
    chips: int
    limit_hz: float
    reader_hz: float
    transfers: float
    naive_hz: float
    naive_transfers: float

    @property
    def ratio(self) -> float:
        return self.reader_hz / self.limit_hz

    def __str__(self) -> str:
        return (
            f"{self.model:<8} {self.bus_hz / 1000:>4.0f} kHz {CHANNELS * self.chips:>3} sensors "
            f"{self.reader_hz:>8.1f} of {self.limit_hz:>6.1f} Hz = {100 * self.ratio:>5.1f} %, {self.transfers:>5.1f} transfers"
            f" | AnalogIn.voltage {self.naive_hz:>6.1f} Hz, {self.naive_transfers:>6.1f} transfers"
        )


def limit_hz(model: Model, bus_hz: float, chips: int) -> float:
    """Frames a second that the bus and the chips allow."""
    convert_s = WAKE_S + 1 / (SLOWEST * RATES_HZ[model][-1])
    transfer_s = TRANSFER_BITS / bus_hz
    return 1 / (CHANNELS * max(convert_s + transfer_s, chips * transfer_s))


def measure(model: Model, bus_hz: float, chips: int, *, rate_error: float = 0.0, wake_s: float = 25e-6) -> tuple[Row, Bench]:
    """One row, and the bench with all counters after the reader's run."""
    layout = replace(LAYOUT, sensors=LAYOUT.sensors[: CHANNELS * chips])
    bench = Bench(model=model, bus_hz=bus_hz, layout=layout, rate_error=rate_error, wake_s=wake_s)
    bench.reader.open()
    for _ in range(3):
        bench.reader.read()
    start_s, transfers = bench.clock.now_s, bench.bus.transfers
    for _ in range(FRAMES):
        bench.reader.read()
    reader_hz = FRAMES / (bench.clock.now_s - start_s)
    each = (bench.bus.transfers - transfers) / FRAMES
    naive_hz, naive_each = naive(model, bus_hz, chips)
    return Row(model, bus_hz, chips, limit_hz(model, bus_hz, chips), reader_hz, each, naive_hz, naive_each), bench


def naive(model: Model, bus_hz: float, chips: int) -> tuple[float, float]:
    """Frames a second and transfers a frame of the loop that tutorials show, at the driver's own data rate."""
    layout = replace(LAYOUT, sensors=LAYOUT.sensors[: CHANNELS * chips])
    bench = Bench(model=model, bus_hz=bus_hz, layout=layout)
    driver = ADS1115 if model == "ads1115" else ADS1015
    inputs = [AnalogIn(driver(bench.bus, address=0x48 + chip), pin) for chip in range(chips) for pin in range(CHANNELS)]
    start_s, transfers = bench.clock.now_s, bench.bus.transfers
    for _ in range(NAIVE_FRAMES):
        assert all(each.voltage > 0 for each in inputs)
    took_s = bench.clock.now_s - start_s
    return NAIVE_FRAMES / took_s, (bench.bus.transfers - transfers) / NAIVE_FRAMES


CASES: tuple[tuple[Model, float, int], ...] = tuple(
    (model, bus_hz, chips) for model in ("ads1115", "ads1015") for bus_hz in (1e5, 4e5) for chips in (1, 2, 3, 4)
)


def main() -> None:
    print("frames a second on the simulated bus, its time counted; chips at their nominal rate, waited for at 0.9 of it")
    rows = [measure(*case)[0] for case in CASES]
    for row in rows:
        print(row)
    record(
        "reader",
        {"rows": [{**asdict(row), "limit_hz": round(row.limit_hz, 1), "reader_hz": round(row.reader_hz, 1)} for row in rows]},
    )


if __name__ == "__main__":
    main()
