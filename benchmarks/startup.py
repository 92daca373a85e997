"""From `vouch up` to ready, the memory of an idle server, and the time that `vouch --help` takes.

    python -m benchmarks.startup [--rounds 3]

Memory is resident and proportional (shared pages counted once), of the server and its children,
after one search has warmed everything that a first question needs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.support import percentile
from vouch.client import VouchClient

_VOUCH = str(Path(sys.executable).parent / "vouch")
_PORT = 8097
_URL = f"http://127.0.0.1:{_PORT}"
_MIB = 1024**2


def main() -> None:
    parser = argparse.ArgumentParser(description="Start-up time and idle memory.")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    help_s = [_help_seconds() for _ in range(rounds)]
    print(f"vouch --help: median {percentile(help_s, 0.5):.2f} s")
    results = [_start_once() for _ in range(rounds)]
    ready_s, memory = [seconds for seconds, _ in results], [size for _, size in results]
    print(f"start to ready: median {percentile(ready_s, 0.5):.1f} s, worst {max(ready_s):.1f} s")
    print(f"idle memory: median {percentile(memory, 0.5) / _MIB:.0f} MiB")


def _help_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([_VOUCH, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _start_once() -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as data_dir:
        environment = os.environ | {"VOUCH_DATA_DIR": data_dir, "VOUCH_SERVER__PORT": str(_PORT)}
        started = time.perf_counter()
        server = subprocess.Popen([_VOUCH, "up"], env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_until_ready()
            ready_s = time.perf_counter() - started
            client = VouchClient(_URL, api_key=(Path(data_dir) / "admin.key").read_text())
            client.post("/v1/search", {"query": "warm up"})
            client.close()
            time.sleep(2)
            return ready_s, _memory_bytes(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _wait_until_ready() -> None:
    # One client: to make one for each look would take a core from the server that is starting.
    with httpx.Client(base_url=_URL, trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if client.get("/health/ready").is_success:
                    return
            time.sleep(0.05)


def _memory_bytes(pid: int) -> int:
    """Proportional set size of a process and its children, which need Linux's /proc to be known."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if "Pss:" in line)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_memory_bytes(int(child)) for child in children)


if __name__ == "__main__":
    main()
