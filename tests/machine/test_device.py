import time

import numpy as np

from fmnist_lessons.machine import device


def test_the_meter_sees_time_and_memory():
    with device.Meter() as meter:
        start = time.process_time()
        block = np.ones(40_000_000)  # 320 MB
        while time.process_time() - start < 0.3:
            block += 1
    before = meter.peak_memory_mb
    assert meter.wall > 0.2
    assert meter.cpu >= 0.3
    del block
    with device.Meter() as after:
        pass
    assert before > after.peak_memory_mb + 250


def test_the_machine_is_named():
    here = device.describe(uses_keras=False)
    assert "core" in here.device
    assert here.kind == "CPU"
    assert {"python", "keras", "numpy"} <= set(device.versions())
