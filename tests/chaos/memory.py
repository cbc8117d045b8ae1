"""Memory over a day, flat out: `python -m tests.chaos.memory` prints what the whole daemon holds after each hour.

A person comes every three hours, the broker goes and comes, the disk fails now and then; what grows is a leak.
"""

from __future__ import annotations

import gc
import logging
import sys
import tempfile
from pathlib import Path

import pytest

from tests.chaos.house import House

HOUR_S = 3600.0


def held(folder: Path, hours: int) -> list[tuple[int, int]]:
    """Blocks of memory that Python holds, and KB resident, hour by hour; a visit, an outage and a failure in each."""
    with pytest.MonkeyPatch.context() as patch:
        house = House(folder, patch, hours=hours + 1.0)
        house.set_clock()
        house.start()
        try:
            return [_hour(house) for _ in range(hours)]
        finally:
            house.close()


def _hour(house: House) -> tuple[int, int]:
    until_s = house.clock.now_s + HOUR_S
    house.wait(120)
    house.lie_down()
    house.wait(400)
    house.broker.go(forgetful=True)
    house.wait(200)
    house.get_up()
    house.wait(120)
    house.broker.come()
    house.break_disk()
    house.wait(60)
    house.mend_disk()
    house.wait(until_s - house.clock.now_s)
    house.broker.listened.clear()  # the rig's own
    gc.collect()
    return sys.getallocatedblocks(), resident_kb()


def resident_kb() -> int:
    """Of this process."""
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1])


def main() -> None:
    logging.disable()
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    with tempfile.TemporaryDirectory() as name:
        found = held(Path(name), hours)
    for hour, (blocks, kb) in enumerate(found, start=1):
        print(f"hour {hour:>2}  {blocks:>9} blocks held  {kb:>7} KB resident")
    grown = found[-1][1] - found[2][1]
    print(f"from hour 3 to {hours}: {grown:+d} KB (asked: below 500)")
    raise SystemExit(grown > 500)


if __name__ == "__main__":
    main()
