"""What somebody writes who follows the converter's guide: each input's voltage through Adafruit's driver, published as JSON.

`python -m tests.bench.naive PORT TOPIC CHIPS RATE`: no check, no retry, no state.
"""

from __future__ import annotations

import json
import os
import sys
import time

from adafruit_ads1x15.ads1115 import ADS1115
from adafruit_ads1x15.analog_in import AnalogIn
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from acumat_hw.i2c import extended_bus


def main() -> None:
    port, topic, chips, rate_hz = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    bus = extended_bus(1)
    converters = [ADS1115(bus, address=0x48 + chip, data_rate=860) for chip in range(chips)]
    inputs = [AnalogIn(converter, channel) for converter in converters for channel in range(4)]
    next_s = time.monotonic()
    while os.getppid() != 1:
        client.publish(topic, json.dumps({"volts": [each.voltage for each in inputs], "time": time.time()}))
        next_s += 1 / rate_hz
        time.sleep(max(0.0, next_s - time.monotonic()))


if __name__ == "__main__":
    main()
