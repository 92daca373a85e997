from __future__ import annotations

import os
import subprocess
import sys

_LOAD = """
from core.settings import EmbeddingSettings
from retrieval.embedders.contract import load_embedder
load_embedder(EmbeddingSettings())
"""


def test_threads_of_the_model_sleep_while_they_wait() -> None:
    inherited = {name: v for name, v in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD],
        env={**inherited, "OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
