"""How a model's threads wait for one another."""

from __future__ import annotations

import os


def let_waiting_threads_sleep() -> None:
    """Call before torch is imported. Its OpenMP threads then sleep while they wait, where by
    default they spin, and take the cores from whatever else wants them: beside other work a
    question was embedded in 20-40 ms in place of 130-630. `OMP_WAIT_POLICY` in the environment
    wins.

    Source: the OpenMP specification's OMP_WAIT_POLICY, as GNU's libgomp reads it when it loads.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
