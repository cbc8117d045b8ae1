"""The least that Python can do: read each input once and publish it. What the daemon costs is measured by it.

`python -m tests.bench.floor PORT TOPIC CHIPS RATE`: one transfer an input, made once; no check, no retry, no state.
"""

from __future__ import annotations

import json
import os
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from acumat_hw.linux_i2c import LinuxI2C

CONVERSION_S = 1.41e-3


def main() -> None:
    port, topic, chips, rate_hz = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    bus, answer = LinuxI2C(1), bytearray(2)
    words = [bytes((1, 0xC3 + 16 * channel, 0xE3)) for channel in range(4)]
    starts = [bus.prepare(0x48 + chip, (words[0],), bytearray()) for chip in range(chips)]
    nexts = [[bus.prepare(0x48 + chip, (word, b"\0"), answer) for chip in range(chips)] for word in words[1:]]
    results = [bus.prepare(0x48 + chip, (b"\0",), answer) for chip in range(chips)]
    next_s = time.monotonic()
    while os.getppid() != 1:
        for start in starts:
            start()
        codes = []
        for step in (*nexts, results):
            time.sleep(CONVERSION_S)
            for transfer in step:
                transfer()
                codes.append(int.from_bytes(answer, "big", signed=True))
        client.publish(topic, json.dumps({"codes": codes, "time": time.time()}))
        next_s += 1 / rate_hz
        time.sleep(max(0.0, next_s - time.monotonic()))


if __name__ == "__main__":
    main()
