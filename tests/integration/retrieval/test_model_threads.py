from __future__ import annotations

import os
import subprocess
import sys

import pytest

_LOAD = """
from core.settings import EmbeddingSettings
from retrieval.embedders.contract import load_embedder
load_embedder(EmbeddingSettings())
"""


@pytest.mark.parametrize(
    ("environment", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "active"}, "ACTIVE")]
)
def test_waiting_threads_sleep_unless_the_environment_says_otherwise(
    environment: dict[str, str], policy: str
) -> None:
    inherited = {name: v for name, v in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD],
        env={**inherited, "OMP_DISPLAY_ENV": "true", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"OMP_WAIT_POLICY = '{policy}'" in done.stderr
