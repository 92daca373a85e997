"""`vouch up` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_START_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchProcess:
    """Where it answers, and to whom."""

    url: str
    admin_key: str

    def command(self, *arguments: str | Path) -> str:
        """What the command line prints about this server."""
        environment = {"VOUCH_URL": self.url, "VOUCH_API_KEY": self.admin_key}
        return subprocess.run(
            [sys.executable, "-m", "vouch.cli", *arguments],
            cwd=_ROOT,
            env=os.environ | environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@contextmanager
def vouch_process(data_dir: Path, **settings: str) -> Iterator[VouchProcess]:
    """Ready to answer; `settings` are named as in the environment, without `VOUCH_`."""
    announcement = data_dir / "server.json"
    data_dir.mkdir(parents=True, exist_ok=True)
    # One that was killed has left its own.
    announcement.unlink(missing_ok=True)
    wanted = {"DATA_DIR": str(data_dir), "SERVER__PORT": "0", **settings}
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "vouch.cli", "up"],
            cwd=_ROOT,
            env=os.environ | {f"VOUCH_{name}": value for name, value in wanted.items()},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + _START_S
        while not announcement.exists():
            assert process.poll() is None, f"it has ended: {(data_dir / 'up.log').read_text()}"
            assert time.monotonic() < deadline, "it is not ready"
            time.sleep(0.05)
        yield VouchProcess(
            url=json.loads(announcement.read_text())["url"],
            admin_key=(data_dir / "admin.key").read_text(),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
